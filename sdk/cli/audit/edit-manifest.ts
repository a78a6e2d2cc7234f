// Writes one grant into a manifest's source, or takes one out, exactly: the rest of the text stays letter for letter.
// Invariant: idempotent, and laid out as the formatter would; a source that is not understood is left alone, with a sentence.
import { Failure } from "../failure.ts";
import {
  closing,
  type Field,
  type ManifestSource,
  manifestSource,
  skip,
} from "./manifest-source.ts";

const WIDTH = 100;
/** Where a new field goes: behind the last of those before it in this order that the manifest has. */
const ORDER = ["name", "serves", "uses", "needs", "devices", "privileges", "may"];

/** The source with `value` in the list `field`. @throws Failure */
export function addLine(text: string, field: string, value: string): string {
  const source = read(text);
  const found = source.fields.find((each) => each.name === field);
  if (found === undefined) return withField(text, source, field, value);
  const items = listOf(text, found);
  if (items.some((each) => each.value === value)) return text;
  const inner = text.slice(found.from + 1, found.to - 1);
  const literal = JSON.stringify(value);
  if (hasComment(inner)) {
    const last = items.at(-1);
    const at = last === undefined ? found.from + 1 : last.to;
    const comma = last === undefined || text[last.to] === "," ? "" : ",";
    const behind = comma === "" && last !== undefined ? at + 1 : at;
    return `${text.slice(0, behind)}${comma}\n    ${literal},${text.slice(behind)}`;
  }
  return replace(text, found, [...items.map((each) => each.literal), literal]);
}

/** The source without `value` in the list `field`; a list that becomes empty goes with its line and the comment above it. @throws Failure */
export function removeLine(text: string, field: string, value: string): string {
  const source = read(text);
  const found = source.fields.find((each) => each.name === field);
  if (found === undefined) return text;
  if (field === "files") return value === "true" ? withoutField(text, found) : text;
  const items = listOf(text, found);
  const item = items.find((each) => each.value === value);
  if (item === undefined) return text;
  if (items.length === 1) return withoutField(text, found);
  if (hasComment(text.slice(found.from + 1, found.to - 1))) {
    const behind = text[item.to] === "," ? item.to + 1 : item.to;
    const line = text.lastIndexOf("\n", item.from) + 1;
    const alone = text.slice(line, item.from).trim() === "" && text[behind] === "\n";
    return alone
      ? text.slice(0, line) + text.slice(behind + 1)
      : text.slice(0, item.from) + text.slice(behind).replace(/^ /, "");
  }
  const left = items.filter((each) => each !== item);
  return replace(
    text,
    found,
    left.map((each) => each.literal),
  );
}

function read(text: string): ManifestSource {
  const source = manifestSource(text);
  if (source === undefined)
    throw new Failure("the manifest is no `manifest({ ... })` with plain fields; edit it by hand");
  return source;
}

interface Item {
  readonly literal: string;
  readonly value: string;
  readonly from: number;
  readonly to: number;
}

/** The strings of a list. @throws Failure when it holds anything else */
function listOf(text: string, { name, from, to }: Field): Item[] {
  const byHand = () => new Failure(`\`${name}\` is no list of plain strings; edit it by hand`);
  if (text[from] !== "[" || closing(text, from) !== to - 1) throw byHand();
  const items: Item[] = [];
  for (let place = from + 1; place < to - 1; ) {
    const behind = skip(text, place);
    if (behind === place) {
      if (!/[\s,]/.test(text[place]!)) throw byHand();
      place++;
      continue;
    }
    const literal = text.slice(place, behind);
    if (literal.startsWith('"'))
      items.push({ literal, value: JSON.parse(literal) as string, from: place, to: behind });
    else if (!literal.startsWith("/")) throw byHand();
    place = behind;
  }
  return items;
}

function hasComment(text: string): boolean {
  for (let place = 0; place < text.length; ) {
    const behind = skip(text, place);
    if (behind > place && text[place] === "/") return true;
    place = Math.max(behind, place + 1);
  }
  return false;
}

function layOut(name: string, literals: readonly string[]): string {
  const flat = `[${literals.join(", ")}]`;
  if (`  ${name}: ${flat},`.length <= WIDTH) return flat;
  return `[\n${literals.map((each) => `    ${each},\n`).join("")}  ]`;
}

function replace(text: string, field: Field, literals: readonly string[]): string {
  return text.slice(0, field.from) + layOut(field.name, literals) + text.slice(field.to);
}

function withField(text: string, source: ManifestSource, field: string, value: string): string {
  const before = ORDER.slice(0, ORDER.indexOf(field));
  const after = source.fields.filter((each) => before.includes(each.name)).at(-1);
  if (after === undefined || text[after.to] !== ",")
    throw new Failure("the manifest's fields do not end with commas; edit it by hand");
  const end = text.indexOf("\n", after.to);
  return `${text.slice(0, end)}\n  ${field}: ${layOut(field, [JSON.stringify(value)])},${text.slice(end)}`;
}

/** Without the field's lines and the comment lines right above it. */
function withoutField(text: string, { at, to }: Field): string {
  let begin = text.lastIndexOf("\n", at) + 1;
  const behind = text[to] === "," ? to + 1 : to;
  const rest = text.indexOf("\n", behind);
  if (text.slice(begin, at).trim() !== "" || text.slice(behind, rest).trim() !== "")
    throw new Failure("the field does not stand on lines of its own; edit it by hand");
  for (;;) {
    const above = text.lastIndexOf("\n", begin - 2) + 1;
    if (begin === 0 || !text.slice(above, begin).trim().startsWith("//")) break;
    begin = above;
  }
  return text.slice(0, begin) + text.slice(rest + 1);
}
