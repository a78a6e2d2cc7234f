// What a journal keeps, as text for new code of this server, and back.
// Invariant: `read(write(v))` is v for all that a script can be given: JSON's values, integers of any size, bytes, failures, nothing.
import { Failure } from "../../sdk/contract/failure.ts";

/** JSON in which everything that JSON lacks is a list behind its letter. */
type Text = null | boolean | number | string | readonly Text[];

function packed(value: unknown): Text {
  if (value === undefined) return ["u"];
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number")
    return Number.isFinite(value) && !Object.is(value, -0) ? value : ["n", numberText(value)];
  if (typeof value === "bigint") return ["i", String(value)];
  if (value instanceof Uint8Array) return ["b", letters(value)];
  if (value instanceof Failure) return ["f", value.code, value.sentence];
  const list: Text[] = [];
  if (Array.isArray(value)) {
    list.push("a");
    for (let i = 0; i < value.length; i += 1) list.push(packed(value[i]));
    return list;
  }
  if (typeof value !== "object") throw new Error(`a journal keeps no ${typeof value}`);
  list.push("o");
  for (const [key, each] of Object.entries(value)) list.push(key, packed(each));
  return list;
}

const numberText = (value: number) => (Object.is(value, -0) ? "-0" : String(value));

/** Bytes as characters, one each. */
function letters(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 1) text += String.fromCharCode(bytes[i] as number);
  return text;
}

function unpacked(text: Text): unknown {
  if (typeof text !== "object" || text === null) return text;
  const [letter, first, second] = text;
  if (letter === "u") return undefined;
  if (letter === "n") return Number(first);
  if (letter === "i") return BigInt(first as string);
  if (letter === "b") return Uint8Array.from(first as string, (each) => each.charCodeAt(0));
  if (letter === "f") return new Failure(first as number, second as string);
  if (letter === "a") return text.slice(1).map(unpacked);
  if (letter !== "o") throw new Error("this is no journal");
  const record: { [key: string]: unknown } = {};
  for (let i = 1; i < text.length; i += 2)
    Object.defineProperty(record, text[i] as string, {
      value: unpacked(text[i + 1] as Text),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  return record;
}

/** The answers as text. */
export function journalText(answers: readonly unknown[]): string {
  return JSON.stringify(answers.map(packed));
}

/** The answers that `journalText` was given. Throws on other text. */
export function journalAnswers(text: string): unknown[] {
  return (JSON.parse(text) as Text[]).map(unpacked);
}
