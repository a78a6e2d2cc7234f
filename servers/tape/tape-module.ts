// A contract as the source of a Tape module: one function for each call whose arguments a script can write.
// Runs at build time, where contracts still hold their fields. Replies are structs with the contract's field names.
import type { CallMethod, Contract, Methods } from "../../sdk/contract/contract.ts";
import type { Field, Fields } from "../../sdk/contract/field.ts";

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
const safe = (name: string) => (RESERVED.test(name) ? `${name}_` : name);

/** Tape's type of a field; `dyn` for what has parts. */
function typeOf(field: Field<unknown>): string {
  if (field.type === "secret" && field.inner !== undefined) return typeOf(field.inner);
  if (field.type === "string" || field.type === "oneof") return "string";
  if (field.type === "bool" || field.type === "f64") return field.type;
  return INTEGERS[field.type] ?? "dyn";
}

/** The statement that hands an argument over; undefined for what a script cannot write. */
function give(field: Field<unknown>, name: string): string | undefined {
  const type = typeOf(field);
  if (type === "dyn") return undefined;
  if (type === "string") return `bridge.text(${name});`;
  if (type === "bool") return `bridge.bool_(${name});`;
  if (type === "f64") return `bridge.float(${name});`;
  return `bridge.int(${name} as i64);`;
}

/** A field of the answer as its type. */
function read(field: Field<unknown>, name: string): string {
  const type = typeOf(field);
  const value = `answer["${name}"]`;
  if (type === "dyn") return value;
  return Object.values(INTEGERS).includes(type) && type !== "i64"
    ? `${value} as i64 as ${type}`
    : `${value} as ${type}`;
}

/** Whether a handle is among the fields: such a reply means nothing to a script. */
function holdsHandle(fields: Fields): boolean {
  return Object.values(fields).some(
    (field: Field<unknown>) =>
      field.type === "handle" ||
      field.type === "channel" ||
      (field.inner !== undefined && holdsHandle({ inner: field.inner })) ||
      (field.fields !== undefined && holdsHandle(field.fields)),
  );
}

/** The struct of a reply, and how it becomes a dynamic record. */
function replyStruct(name: string, reply: readonly [string, Field<unknown>][]): string[] {
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

/** One call. */
function callFunction(module: string, name: string, method: CallMethod): string[] {
  const fields = Object.entries(method.request as { [name: string]: Field<unknown> });
  const reply = Object.entries(method.reply as { [name: string]: Field<unknown> });
  const given = fields.map(([field, type]) => give(type, safe(field)));
  if (holdsHandle(method.reply) || given.includes(undefined)) return [];
  const answer = `${name[0]?.toUpperCase()}${name.slice(1)}Reply`;
  const list = fields.map(([field, type]) => `${safe(field)}: ${typeOf(type)}`);
  const path = `"svc ${module} ${name} ${fields.map(([field]) => field).join(",")}"`;
  const begin = `pub fn ${safe(name)}(${list.join(", ")})`;
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
