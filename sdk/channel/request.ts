// Requests and answers as messages of the channel: JSON text in UTF-8, or pieces of pushed code; checked on arrival.
// Invariant: an answer carries the id of its request; whatever bytes come, the parsers return a value or undefined.

/** Asks for one call of the system's session contract (servers/init/contract.ts). */
export interface ChannelRequest {
  readonly id: number;
  readonly call: string;
  readonly fields: { readonly [name: string]: unknown };
}

/** What became of it: the reply's fields, or a stable code with a sentence. */
export type ChannelAnswer =
  | { readonly id: number; readonly reply: { readonly [name: string]: unknown } }
  | { readonly id: number; readonly failure: { readonly code: number; readonly sentence: string } };

type Json = { readonly [key: string]: unknown };

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isId = (value: unknown): value is number =>
  typeof value === "number" && value % 1 === 0 && value >= 0 && value < 2 ** 32;

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A request from its text. */
export function parseRequest(text: string): ChannelRequest | undefined {
  const { id, call, fields } = parse(text) ?? {};
  if (!isId(id) || typeof call !== "string" || !isObject(fields)) return undefined;
  return { id, call, fields };
}

/** An answer from its text. */
export function parseAnswer(text: string): ChannelAnswer | undefined {
  const { id, reply, failure } = parse(text) ?? {};
  if (!isId(id)) return undefined;
  if (isObject(reply)) return { id, reply };
  if (!isObject(failure)) return undefined;
  const { code, sentence } = failure;
  if (typeof code !== "number" || typeof sentence !== "string") return undefined;
  return { id, failure: { code, sentence } };
}

/** How a message begins that is no text but a piece of pushed code: this byte, then the request's id. */
const PIECE = 1;
const PIECE_HEADER = 5;

/** A piece of pushed code as a message; its answer comes like any other. */
export function encodePiece(id: number, operations: Uint8Array): Uint8Array {
  const message = new Uint8Array(PIECE_HEADER + operations.length);
  message[0] = PIECE;
  new DataView(message.buffer).setUint32(1, id, true);
  message.set(operations, PIECE_HEADER);
  return message;
}

/** The piece in a message; undefined when it is none. */
export function parsePiece(
  message: Uint8Array,
): { id: number; operations: Uint8Array } | undefined {
  if (message.length < PIECE_HEADER || message[0] !== PIECE) return undefined;
  const id = new DataView(message.buffer, message.byteOffset).getUint32(1, true);
  return { id, operations: message.subarray(PIECE_HEADER) };
}
