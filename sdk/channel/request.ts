// Requests and answers as messages of the channel: JSON text in UTF-8, checked on arrival.
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
