// What the boot has said so far, for a screen that was not there to show it.
import { uusi } from "../../sdk/runtime/binding.ts";
import { readLog } from "../../sdk/runtime/system.ts";

/** Pieces read at most: the ring holds 32 KiB. */
const PIECES = 16;
/** Lines shown. */
const LINES = 20;

/** The last lines of the log as terminal output; "" without the right to read it. */
export function bootLog(log: number): string {
  if (log === 0) return "";
  let text = "";
  let position = 0;
  for (let piece = 0; piece < PIECES; piece += 1) {
    const { bytes, next } = readLog(log, position);
    if (next === position) break;
    position = next;
    text += uusi.decode(bytes, 0, bytes.length) ?? "";
  }
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines
    .slice(-LINES)
    .map((line) => line.trimEnd() + "\r\n")
    .join("");
}
