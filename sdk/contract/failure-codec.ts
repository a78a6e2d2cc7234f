// Failed replies on the wire: u32 code, then the sentence as a string.
import type { Channel, Reader, Writer } from "./channel.ts";
import { Failure, failures } from "./failure.ts";
import { text } from "./text.ts";

/** Writes a failure; the end of the message. A code that is no positive integer becomes SERVER_FAULT, a long sentence is cut. */
function encodeFailure(writer: Writer, failure: Failure): number {
  const { start } = writer;
  const { code } = failure;
  writer.words[start >> 2] = code >>> 0 === code && code > 0 ? code : failures.SERVER_FAULT;
  let length = text.encode(failure.sentence.slice(0, 1000), writer.bytes, start + 6);
  if (length < 0) length = 0;
  writer.view.setUint16(start + 4, length, true);
  return start + 6 + length;
}

/** Answers a call with a failure. */
export function replyFailure(channel: Channel, reply: number, failure: Failure): void {
  const writer = channel.begin(0);
  channel.reply(reply, encodeFailure(writer, failure), false);
}

/** The failure of a reply whose first word is not 0; undefined when it is malformed. */
export function decodeFailure(reader: Reader): Failure | undefined {
  const { at, end, view, bytes } = reader;
  if (end - at < 6 || reader.handleCount !== 0) return undefined;
  const length = view.getUint16(at + 4, true);
  if (at + 6 + length !== end) return undefined;
  const sentence = text.decode(bytes, at + 6, length);
  return sentence === undefined ? undefined : new Failure(view.getUint32(at, true), sentence);
}
