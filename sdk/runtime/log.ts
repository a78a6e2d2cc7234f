// Lines for the log, each under the process's name.
import { writeLog } from "./system.ts";

export type Level = "info" | "warning" | "error";

const target = {
  name: "?",
  handle: 0,
  other: undefined as ((text: string, level: Level) => void) | undefined,
};

/** For run.ts: the log handle (0 none) and, without one, where lines go instead. */
export function setLog(
  name: string,
  handle: number,
  other?: (text: string, level: Level) => void,
): void {
  target.name = name;
  target.handle = handle;
  target.other = other;
}

/** A line for the log; at most 1,000 characters, longer ones are cut. A text of several lines stays together. */
export function log(text: string, level: Level = "info"): void {
  const line = text.length > 1000 ? `${text.slice(0, 997)}...` : text;
  if (target.handle !== 0) writeLog(target.handle, `${target.name}: ${line}\n`, level === "info");
  else if (target.other !== undefined) target.other(line, level);
}
