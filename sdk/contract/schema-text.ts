// The canonical text of a method's schema: what the schema hash is taken of (docs/wire.md). Trailing optionals are left out,
// so that adding one keeps the hash.
import type { Method } from "./contract.ts";
import type { Field, Fields } from "./field.ts";

function fieldText(field: Field<unknown>): string {
  switch (field.type) {
    case "array":
    case "optional":
    case "secret":
      return `${field.type}(${fieldText(field.inner!)})`;
    case "struct":
      return `struct(${fieldsText(field.fields!)})`;
    case "oneof":
      return `oneof(${field.words!.join("|")})`;
    case "handle":
    case "channel":
      return `${field.type}(${field.kind})`;
    default:
      return field.type;
  }
}

/** The canonical text of named fields, in their order. */
export function fieldsText(fields: Fields): string {
  return Object.entries(fields)
    .map(([name, field]) => `${name}:${fieldText(field)}`)
    .join(",");
}

function withoutTrailing(fields: Fields): Fields {
  const entries = Object.entries(fields);
  while (entries.length > 0 && entries[entries.length - 1]![1].type === "optional") entries.pop();
  return Object.fromEntries(entries);
}

/** For example `call(host:string,port:u16)(stream:channel(tcp))`. */
export function schemaText(method: Method): string {
  if (method.kind === "event")
    return `event ${method.to}(${fieldsText(withoutTrailing(method.fields))})`;
  const request = fieldsText(withoutTrailing(method.request));
  return `call(${request})(${fieldsText(withoutTrailing(method.reply))})`;
}
