// A piece of the nucleus's log that fits a message, cut between characters.
import { uusi } from "../../sdk/runtime/binding.ts";
import { readLog } from "../../sdk/runtime/system.ts";

const MOST = 3500;

/** Bytes of `bytes` that can be sent: at most MOST, not ending inside a character. */
export function cutPoint(bytes: Uint8Array): number {
  let end = Math.min(bytes.length, MOST);
  if (end === 0) return 0;
  let start = end - 1;
  while (start > 0 && end - start < 4 && ((bytes[start] as number) & 0xc0) === 0x80) start -= 1;
  const lead = bytes[start] as number;
  const size = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (lead >= 0xc0 && start + size > end && start > 0) end = start;
  return end;
}

/** Text from `position` on and where it goes on. Bytes that are no text are shown as `?`. */
export function logPiece(log: number, position: number): { text: string; next: number } {
  const { bytes, next } = readLog(log, position);
  const end = cutPoint(bytes);
  let text = uusi.decode(bytes, 0, end);
  if (text === undefined) {
    text = "";
    for (let index = 0; index < end; index += 1) {
      const byte = bytes[index] as number;
      text += byte < 0x80 ? String.fromCharCode(byte) : "?";
    }
  }
  return { text, next: next - (bytes.length - end) };
}
