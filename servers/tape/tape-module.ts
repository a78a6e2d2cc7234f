// A contract as the source of a Tape module: one function for each call whose arguments a script can write.
// Runs at build time, where contracts still hold their fields. Replies come back as dynamic values with the contract's field names.
import type { Contract, Methods } from "../../sdk/contract/contract.ts";
import type { Field, Fields } from "../../sdk/contract/field.ts";

/** Tape's type of a parameter, and the expression that hands the argument over. */
interface Parameter {
  readonly type: string;
  readonly give: (name: string) => string;
}

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

/** Words of Tape that a contract may use as a field's name. */
const RESERVED = /^(import|from|let|var|const|type|fn|match|is|as|or|in|for|if|else|test|self)$/;

function parameter(field: Field<unknown>): Parameter | undefined {
  if (field.type === "secret" && field.inner !== undefined) return parameter(field.inner);
  const integer = INTEGERS[field.type];
  if (integer !== undefined)
    return { type: integer, give: (name) => `bridge.int(${name} as i64);` };
  if (field.type === "string" || field.type === "oneof")
    return { type: "string", give: (name) => `bridge.text(${name});` };
  if (field.type === "bool") return { type: "bool", give: (name) => `bridge.bool_(${name});` };
  if (field.type === "f64") return { type: "f64", give: (name) => `bridge.float(${name});` };
  return undefined;
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

/** The source. @param module the name behind `svc:` and under /svc */
export function tapeModule(module: string, contract: Contract<Methods>): string {
  const lines = [
    `// ${contract.name} ${contract.version}, from its contract.`,
    "@profile(t2);",
    'import bridge from "bridge";',
  ];
  for (const [name, method] of Object.entries(contract.methods)) {
    if (method.kind !== "call" || holdsHandle(method.reply)) continue;
    const fields = Object.entries(method.request as { [name: string]: Field<unknown> });
    const parameters = fields.map(([, field]) => parameter(field));
    if (parameters.some((each) => each === undefined)) continue;
    const safe = (field: string) => (RESERVED.test(field) ? `${field}_` : field);
    const list = fields.map(([field], i) => `${safe(field)}: ${parameters[i]?.type}`);
    lines.push(`pub fn ${safe(name)}(${list.join(", ")}) -> dyn {`);
    fields.forEach(([field], i) => lines.push(`    ${parameters[i]?.give(safe(field))}`));
    const names = fields.map(([field]) => field).join(",");
    lines.push(`    return bridge.call("svc ${module} ${name} ${names}");`, "}");
  }
  return `${lines.join("\n")}\n`;
}
