// Writes a contract's codecs as straight-line JavaScript, the only implementation of docs/wire.md: bundles hold the text, Node
// evaluates it. Invariant: an encoder says so when a message has more than 4,096 bytes, a decoder never reads past `reader.end`.
import { EmitDecoder } from "./emit-decoder.ts";
import { EmitEncoder } from "./emit-encoder.ts";
import { fnv1a } from "./fnv.ts";
import type { Contract, Method, Methods } from "./contract.ts";
import type { Field, Fields } from "./field.ts";
import { schemaText } from "./schema-text.ts";

const reserved = ["on", "send", "close", "closed", "onClosed", "opened", "then", "peers"];
const identifier = /^[A-Za-z][A-Za-z0-9]*$/;

function holds(fields: Fields, type: string): boolean {
  const inside = (field: Field<unknown>): boolean =>
    field.type === type ||
    (field.inner !== undefined && inside(field.inner)) ||
    (field.fields !== undefined && Object.values(field.fields).some(inside));
  return Object.values(fields).some(inside);
}

/** Whether a value of the type takes no byte on the wire; an array of such would be free to repeat. */
function isEmpty(field: Field<unknown>): boolean {
  if (field.type === "handle" || field.type === "channel") return false; // bounded by the handles
  if (field.type === "secret") return isEmpty(field.inner!);
  return field.type === "struct" && Object.values(field.fields!).every(isEmpty);
}

function checkFields(where: string, fields: Fields): void {
  for (const [name, field] of Object.entries(fields)) {
    const at = `${where}.${name}`;
    if (!identifier.test(name)) throw new Error(`${at}: a field's name must be an identifier`);
    if (fixedBytes(fields) > 4000) throw new Error(`${where}: does not fit a message`);
    for (let f: Field<unknown> | undefined = field; f !== undefined; f = f.inner) {
      if (f.type === "oneof" && (f.words!.length === 0 || f.words!.length > 255))
        throw new Error(`${at}: oneof needs 1 to 255 words`);
      if (f.type === "array" && isEmpty(f.inner!))
        throw new Error(`${at}: an array's elements must take room`);
      if (f.type === "optional" && f.inner!.type === "optional")
        throw new Error(`${at}: an optional of an optional cannot be told apart`);
      if (f.fields !== undefined) checkFields(at, f.fields);
    }
  }
}

function checkContract(contract: Contract<Methods>): void {
  const ids = new Map<number, string>([[0, "hello"]]);
  for (const [name, method] of Object.entries(contract.methods)) {
    const where = `${contract.name}.${name}`;
    if (!identifier.test(name) || reserved.includes(name))
      throw new Error(`${where}: this name cannot be a method's`);
    const id = fnv1a(name);
    const other = ids.get(id);
    if (other !== undefined) throw new Error(`${where} and ${other} have the same id; rename one`);
    ids.set(id, name);
    if (method.kind === "event") checkFields(where, method.fields);
    else {
      checkFields(where, method.request);
      checkFields(where, method.reply);
    }
  }
  if (ids.size > 400) throw new Error(`${contract.name}: more methods than one hello can name`);
  if (!(contract.version > 0 && contract.version < 65536 && contract.version % 1 === 0))
    throw new Error(`${contract.name}: the version must be 1 to 65535`);
}

/** Bytes of the parts of fixed size, one element of each array and optional included. */
function fixedBytes(fields: Fields): number {
  const sizes: { [type: string]: number } = { u8: 1, i8: 1, bool: 1, oneof: 1, u16: 2, i16: 2 };
  const of = (field: Field<unknown>): number => {
    if (field.fields !== undefined) return fixedBytes(field.fields);
    if (field.inner !== undefined) return 2 + of(field.inner);
    return sizes[field.type] ?? (field.type === "u32" || field.type === "i32" ? 4 : 8);
  };
  return Object.values(fields).reduce((sum, field) => sum + of(field), 4);
}

function emitMethod(name: string, method: Method, text: string): string {
  const id = fnv1a(name);
  const sent = method.kind === "event" ? method.fields : method.request;
  const reply = method.kind === "call" ? method.reply : undefined;
  const parts = [
    `name:${JSON.stringify(name)}`,
    `id:${id}`,
    `hash:${fnv1a(schemaText(method))}`,
    `schema:${JSON.stringify(schemaText(method))}`,
    `call:${method.kind === "call"}`,
    `toClient:${method.kind === "event" && method.to === "client"}`,
    `full:${JSON.stringify(method.kind === "event" ? method.full : "close")}`,
    `retry:${method.kind === "call" && method.retry}`,
    `handles:${new EmitEncoder(text).countHandles(sent)}`,
    `encode:${new EmitEncoder(text).message(`${id}`, sent)}`,
    `decode:${new EmitDecoder(text).message(sent)}`,
    `replyHandles:${reply === undefined ? "0" : new EmitEncoder(text).countHandles(reply)}`,
    `encodeReply:${reply === undefined ? "undefined" : new EmitEncoder(text).message("0", reply)}`,
    `decodeReply:${reply === undefined ? "undefined" : new EmitDecoder(text).message(reply)}`,
    `secret:${holds(sent, "secret")}`,
    `replySecret:${reply !== undefined && holds(reply, "secret")}`,
  ];
  return `{${parts.join(",\n")}}`;
}

/**
 * The compiled form of a contract as the text of a JavaScript expression. `text` names the UTF-8 codec in scope.
 * Throws when the contract is unsound: colliding ids, reserved names, elements without size.
 */
export function emitContract(contract: Contract<Methods>, text: string): string {
  checkContract(contract);
  const methods = Object.entries(contract.methods);
  const cases = methods.map(([name], i) => `case ${fnv1a(name)}:return ${i};`).join("");
  const hello = [
    fnv1a(contract.name),
    contract.version + methods.length * 65536,
    ...methods.flatMap(([name, method]) => [fnv1a(name), fnv1a(schemaText(method))]),
  ];
  return `(function(){
function bad(w,what){w.problem=what;return -1;}
return {name:${JSON.stringify(contract.name)},version:${contract.version},id:${fnv1a(contract.name)},
methods:[${methods.map(([name, method]) => emitMethod(name, method, text)).join(",\n")}],
find:function(id){switch(id){${cases}}return -1;},
hello:[${hello.join(",")}]};})()`;
}
