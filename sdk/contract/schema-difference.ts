// The first difference of two schemas of one method, as a sentence: read from their canonical texts (schema-text.ts), so that code of two
// builds can be compared. Invariant: equal texts give undefined, different texts a sentence that names a field or what else it is.

/** A field of a canonical text: its name and the text of its type. */
interface TextField {
  readonly name: string;
  readonly type: string;
}

interface Side {
  /** of the "request", "answer" or "event" */
  readonly of: string;
  readonly fields: readonly TextField[];
}

/** Where a bracket that opens at `from` closes. */
function closing(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++)
    if (text[i] === "(") depth++;
    else if (text[i] === ")" && --depth === 0) return i;
  return text.length;
}

/** `name:type,name:type`, types with brackets of their own. */
function fieldsOf(text: string): TextField[] {
  const fields: TextField[] = [];
  let from = 0;
  while (from < text.length) {
    const colon = text.indexOf(":", from);
    let end = colon + 1;
    while (end < text.length && text[end] !== ",")
      end = text[end] === "(" ? closing(text, end) + 1 : end + 1;
    fields.push({ name: text.slice(from, colon), type: text.slice(colon + 1, end) });
    from = end + 1;
  }
  return fields;
}

/** The field lists of a method's text: two of a call, one of an event. */
function sidesOf(schema: string): Side[] {
  const open = schema.indexOf("(");
  const end = closing(schema, open);
  const first = fieldsOf(schema.slice(open + 1, end));
  if (!schema.startsWith("call")) return [{ of: "event", fields: first }];
  const answer = fieldsOf(schema.slice(end + 2, closing(schema, end + 1)));
  return [
    { of: "request", fields: first },
    { of: "answer", fields: answer },
  ];
}

/** The fields of a struct within a list, optional or secret of it; undefined when the type has none. */
function inner(type: string): TextField[] | undefined {
  const open = type.indexOf("(");
  const kind = open < 0 ? type : type.slice(0, open);
  const inside = type.slice(open + 1, -1);
  if (kind === "struct") return fieldsOf(inside);
  return kind === "array" || kind === "optional" || kind === "secret" ? inner(inside) : undefined;
}

/** What became of the words of a oneof, or of what lies around one; "" for other types. */
function words(was: string, is: string): string {
  const [old, now] = [was, is].map((type) => /^(.*)oneof\(([^()]*)\)(\)*)$/.exec(type));
  if (!old || !now || old[1] !== now[1] || old[3] !== now[3]) return "";
  const [before, after] = [old[2]!.split("|"), now[2]!.split("|")];
  const list = (all: string[]) => all.map((word) => `\`${word}\``).join(", ");
  const more = after.filter((word) => !before.includes(word));
  const less = before.filter((word) => !after.includes(word));
  if (more.length > 0) return `has the new word${more.length > 1 ? "s" : ""} ${list(more)}`;
  if (less.length > 0) return `lacks the word${less.length > 1 ? "s" : ""} ${list(less)}`;
  return "has its words in another order";
}

function compare(of: string, was: readonly TextField[], is: readonly TextField[], at = ""): string {
  for (let i = 0; i < Math.max(was.length, is.length); i++) {
    const [old, now] = [was[i], is[i]];
    if (old !== undefined && now !== undefined && old.name === now.name) {
      if (old.type === now.type) continue;
      const [before, after] = [inner(old.type), inner(now.type)];
      const deeper =
        before === undefined || after === undefined
          ? ""
          : compare(of, before, after, `${at}${old.name}.`);
      const how = words(old.type, now.type) || `changed from ${old.type} to ${now.type}`;
      return deeper || `field \`${at}${old.name}\` of the ${of} ${how}`;
    }
    const other = (list: readonly TextField[], each: TextField) =>
      !list.some(({ name }) => name === each.name);
    if (old !== undefined && now?.type === old.type && other(is, old) && other(was, now))
      return `field \`${at}${old.name}\` of the ${of} is called \`${now.name}\` now`;
    if (old !== undefined && !is.some((each) => each.name === old.name))
      return `field \`${at}${old.name}\` of the ${of} is gone`;
    if (now !== undefined && !was.some((each) => each.name === now.name))
      return `field \`${at}${now.name}\` of the ${of} is new${at === "" ? " and no trailing optional" : ""}`;
    return `field \`${at}${(old ?? now)!.name}\` of the ${of} has another place`;
  }
  return "";
}

const kindOf = (schema: string) =>
  schema.startsWith("call")
    ? "a call"
    : `an event to the ${schema.slice("event ".length, schema.indexOf("("))}`;

/** What makes `is` incompatible with `was`; undefined when they are the same. */
export function schemaDifference(was: string, is: string): string | undefined {
  if (was === is) return undefined;
  if (kindOf(was) !== kindOf(is)) return `it was ${kindOf(was)} and is ${kindOf(is)}`;
  const [before, after] = [sidesOf(was), sidesOf(is)];
  for (let i = 0; i < before.length; i++) {
    const found = compare(before[i]!.of, before[i]!.fields, after[i]!.fields);
    if (found !== "") return found;
  }
  return "its schema changed";
}
