// A contract as the source of a Tape module for its clients: one function for each call that a script can make.
// Runs at build time, where contracts still hold their fields. Replies are structs with the contract's field names.
import type { CallMethod, Contract, Methods } from "../contract/contract.ts";
import type { Field, Fields } from "../contract/field.ts";

const INTEGERS: { readonly [type: string]: string | undefined } = {
  u8: "u8",
  u16: "u16",
  u32: "u32",
  i8: "i8",
  i16: "i16",
  i32: "i32",
  u64: "i64",
  i64: "i64",
  time: "i64",
  duration: "i64",
};

/** Words of Tape that a contract may use as a name; they get an underscore. */
const RESERVED =
  /^(import|from|let|var|const|type|fn|match|is|as|or|in|for|if|else|while|return|test|self|true|false|null|struct|enum|union|tagged|pub|attr|extern|break|continue|defer)$/;
/** A name of a contract as Tape can write it. */
export const safe = (name: string) => (RESERVED.test(name) ? `${name}_` : name);

/** Tape's type of a field; `dyn` for what has parts. */
export function typeOf(field: Field<unknown>): string {
  if (field.type === "secret" && field.inner !== undefined) return typeOf(field.inner);
  if (field.type === "string" || field.type === "oneof") return "string";
  if (field.type === "bool" || field.type === "f64") return field.type;
  return INTEGERS[field.type] ?? "dyn";
}

/** Whether bytes lie inside a list or struct, where nothing tells them from a list of integers. */
function hidesBytes(field: Field<unknown>): boolean {
  const parts = [field.inner, ...Object.values(field.fields ?? {})];
  return parts.some((part) => part !== undefined && (part.type === "bytes" || hidesBytes(part)));
}

/** The statement that hands a value over; undefined for what Tape cannot write. */
export function give(field: Field<unknown>, name: string): string | undefined {
  if (holdsHandle({ field }) || hidesBytes(field)) return undefined;
  const type = typeOf(field);
  if (field.type === "bytes") return `bridge.bytes(${name});`;
  if (type === "dyn") return `bridge.give(${name});`;
  if (type === "string") return `bridge.text(${name});`;
  if (type === "bool") return `bridge.bool_(${name});`;
  if (type === "f64") return `bridge.float(${name});`;
  return `bridge.int(${name} as i64);`;
}

/** A field of the record `from` as its type. */
export function read(field: Field<unknown>, name: string, from = "answer"): string {
  const type = typeOf(field);
  const value = `${from}["${name}"]`;
  if (type === "dyn") return value;
  return Object.values(INTEGERS).includes(type) && type !== "i64"
    ? `${value} as i64 as ${type}`
    : `${value} as ${type}`;
}

/** Whether a handle is among the fields: such a reply means nothing to a script. */
export function holdsHandle(fields: Fields): boolean {
  return Object.values(fields).some(
    (field: Field<unknown>) =>
      field.type === "handle" ||
      field.type === "channel" ||
      (field.inner !== undefined && holdsHandle({ inner: field.inner })) ||
      (field.fields !== undefined && holdsHandle(field.fields)),
  );
}

/** The struct of a reply, and how it becomes a dynamic record. */
export function replyStruct(
  name: string,
  reply: readonly (readonly [string, Field<unknown>])[],
): string[] {
  const list = reply.map(([field, type]) => `${safe(field)}: ${typeOf(type)}`);
  return [
    `pub struct ${name} { ${list.join(", ")} }`,
    `pub fn ${name}.record(*self) -> dyn {`,
    "    let out = dyn.map();",
    ...reply.map(([field, type]) => {
      const wide = Object.values(INTEGERS).includes(typeOf(type)) ? " as i64" : "";
      return `    out["${field}"] = self.${safe(field)}${wide};`;
    }),
    "    return out;",
    "}",
  ];
}

/** The reply struct's name of a call. */
export const replyName = (name: string) => `${name[0]?.toUpperCase()}${name.slice(1)}Reply`;

/** The head of a function that takes a method's fields. */
export const parameters = (fields: readonly (readonly [string, Field<unknown>])[]) =>
  fields.map(([field, type]) => `${safe(field)}: ${typeOf(type)}`).join(", ");

/** One call. */
function callFunction(module: string, name: string, method: CallMethod): string[] {
  const fields = Object.entries(method.request as { [name: string]: Field<unknown> });
  const reply = Object.entries(method.reply as { [name: string]: Field<unknown> });
  const given = fields.map(([field, type]) => give(type, safe(field)));
  if (holdsHandle(method.reply) || given.includes(undefined)) return [];
  const answer = replyName(name);
  const path = `"svc ${module} ${name} ${fields.map(([field]) => field).join(",")}"`;
  const begin = `pub fn ${safe(name)}(${parameters(fields)})`;
  const body = given.map((each) => `    ${each}`);
  if (reply.length === 0) return [`${begin} {`, ...body, `    bridge.call(${path});`, "}"];
  const values = reply.map(([field, type]) => `${safe(field)}: ${read(type, field)}`);
  return [
    ...replyStruct(answer, reply),
    `${begin} -> ${answer} {`,
    ...body,
    `    let answer = bridge.call(${path});`,
    `    return ${answer} { ${values.join(", ")} };`,
    "}",
  ];
}

/** The source. @param module the name behind `svc:` and under /svc */
export function tapeModule(module: string, contract: Contract<Methods>): string {
  const lines = [
    `// ${contract.name} ${contract.version}, from its contract.`,
    "@profile(t2);",
    'import bridge from "bridge";',
    'import dyn from "dyn";',
  ];
  for (const [name, method] of Object.entries(contract.methods))
    if (method.kind === "call") lines.push(...callFunction(module, name, method));
  return `${lines.join("\n")}\n`;
}
