// What is kept of the end of a server's process: when, why, and what its engine said of an uncaught exception.
// Invariant: a line of the log is read once and used for one end, the next one of that server.
import type { ExitReport } from "../../sdk/runtime/process.ts";
import { now } from "../../sdk/runtime/time.ts";
import type { Heads } from "./heads.ts";
import { logPiece } from "./log-piece.ts";

export interface LastEnd {
  /** ns since boot */
  readonly at: number;
  /** The exit report as a sentence. */
  readonly why: string;
  /** The heads of its last messages. */
  readonly heads?: Heads | undefined;
  /** Message and TypeScript places of an uncaught exception, "" when there was none. */
  readonly place: string;
}

/** The mark of the engine's last words (sdk/runtime/engine/report.c). */
const MARK = ": uncaught";
/** Pieces of the log that are read at one end; the ring holds 32 KiB. */
const PIECES = 16;

let position = 0;
const words: { [name: string]: string | undefined } = {};

/** Takes the last words of each server out of a text of whole lines. */
export function takeWords(text: string, into: { [name: string]: string | undefined }): void {
  for (let at = text.indexOf(MARK); at >= 0; at = text.indexOf(MARK, at + 1)) {
    const begin = text.lastIndexOf("\n", at) + 1;
    const end = text.indexOf("\n", at);
    const name = text.slice(begin, at);
    if (/^[a-z][a-z0-9-]*$/.test(name))
      into[name] = text.slice(at + 2, end < 0 ? text.length : end);
  }
}

/** The end of a process of server `name`; `log` is a handle that may read the nucleus's log. */
export function lastEnd(log: number, name: string, report: ExitReport, why: string): LastEnd {
  if (report.code !== 0) readWords(log);
  const place = words[name] ?? "";
  words[name] = undefined;
  return { at: now(), why, place };
}

function readWords(log: number): void {
  let text = "";
  for (let piece = 0; piece < PIECES; piece += 1) {
    const part = logPiece(log, position);
    if (part.next === position) break;
    position = part.next;
    text += part.text;
  }
  takeWords(text, words);
}
