// Bytes of the network as text for a terminal.
// Invariant: what somebody sends can't steer the terminal: control characters but tab and line feed are shown as a point.
import { utf8Stream, utf8Take } from "../utf8-stream.ts";

const shown = (point: number) =>
  (point < 32 && point !== 9 && point !== 10) || (point >= 127 && point < 160) ? 0x2e : point;

/** Text that comes in pieces, which may cut characters. */
export class ShownText {
  readonly #utf8 = utf8Stream();
  /** Whether the text so far is empty or ends a line. */
  lineEnded = true;

  /** What the next bytes show. */
  take(bytes: Uint8Array): string {
    let text = "";
    for (let at = 0; at < bytes.length; at++) {
      const point = utf8Take(this.#utf8, bytes[at]!);
      if (point < 0 || point === 13) continue;
      text += String.fromCodePoint(shown(point));
    }
    if (text !== "") this.lineEnded = text.endsWith("\n");
    return text;
  }
}
