// Writes abi.gen.h, the C view of the table. `node sdk/abi/header.ts` rewrites the committed file; a test compares the two.
import { writeFileSync } from "node:fs";
import * as table from "./table.ts";

const upper = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();
const lower = (name: string) => upper(name).toLowerCase();
const hex = (value: number) => (value > 9999 ? `0x${value.toString(16)}` : String(value));

function defines(prefix: string, values: Record<string, number>): string[] {
  return Object.entries(values).map(([name, value]) => {
    const text = value > 0x7fffffff ? `${hex(value)}ull` : hex(value);
    return `#define ${prefix}_${upper(name)} ${value < 0 ? `(${value})` : text}`;
  });
}

const widths: Record<string, number> = { u8: 1, char: 1, u16: 2, u32: 4, s32: 4, u64: 8 };

/** A layout as a C structure, each member checked against its offset. */
function structure(name: keyof typeof table.layouts): string {
  const fields: Record<string, number> = table.layouts[name];
  let at = 0;
  const members = table.structures[name].split(";").flatMap((declaration) => {
    const [type = "", ...names] = declaration.trim().split(/,? /);
    if (names.length === 0) return [];
    for (const member of names) {
      const [, field = "", count = "1"] = /^(\w+)(?:\[(\w+)\])?$/.exec(member) ?? [];
      if (field !== "pad" && fields[field] !== at)
        throw new Error(`${name}.${field} lies at ${fields[field]}, its structure says ${at}`);
      at += widths[type]! * (count === "LIMIT_CPUS" ? table.limits.CPUS : Number(count));
    }
    return [`  ${type} ${names.map((n) => n.replace(/^\w+/, lower)).join(", ")};`];
  });
  if (at !== (fields.SIZE ?? fields.HEADER)) throw new Error(`${name} is ${at} bytes long`);
  return `struct ${lower(name)} {\n${members.join("\n")}\n};`;
}

/** X(NAME, name, kind, rights) for each call. */
function calls(): string {
  const rows = table.syscalls.map(([name]) => {
    const [kind = "NONE", ...rights] = table.firstArguments[name] ?? [];
    const bits = rights.map((right) => (right === "OWN" ? right : `RIGHT_${right}`));
    const taken = `${kind === "ANY" ? kind : `KIND_${kind}`}, ${bits.join(" | ") || 0}`;
    return `  X(${upper(name)}, ${name}, ${taken})`;
  });
  return `#define SYSTEM_CALLS(X) \\\n${rows.join(" \\\n")}`;
}

/** The text of the C header; a pure function of the table. */
export function header(): string {
  const errors = Object.fromEntries(
    Object.entries(table.errors).map(([name, [code]]) => [name, code]),
  );
  return [
    "// Generated from sdk/abi/table.ts by sdk/abi/header.ts; do not edit.",
    "#ifndef LEIVOS_ABI_H",
    "#define LEIVOS_ABI_H",
    "#include <stdint.h>",
    "",
    ...defines("ERROR", errors),
    "",
    ...defines("KIND", table.kinds),
    "",
    ...defines("RIGHT", table.rights),
    "",
    ...defines("OP", table.operations),
    "",
    ...defines("EVENT", table.events),
    "",
    ...defines("ENDED", table.exits),
    "",
    ...defines("START", table.startFlags),
    ...defines("TRANSFER", table.transfers),
    ...defines("MEMORY", table.memoryFlags),
    ...defines("PROTECT", table.protections),
    ...defines("WEIGHT", table.weights),
    ...defines("DEVICE_MEMORY", table.deviceMemoryFlags),
    ...defines("INTERRUPT", table.interruptSources),
    "",
    ...defines("FIRST", table.firstHandles),
    "",
    ...defines("CONTROL", table.controls),
    "",
    ...defines("LIMIT", table.limits),
    "",
    ...defines("ADDRESS", table.addresses),
    "",
    "typedef uint8_t u8;",
    "typedef uint16_t u16;",
    "typedef uint32_t u32;",
    "typedef uint64_t u64;",
    "typedef int32_t s32;",
    "typedef int64_t s64;",
    ...Object.keys(table.structures).map((name) => structure(name as keyof typeof table.layouts)),
    "",
    calls(),
    "#define NUMBER_OF(NAME, name, kind, rights) SYS_##NAME,",
    "enum { SYSTEM_CALLS(NUMBER_OF) SYS_COUNT };",
    "#endif",
    "",
  ].join("\n");
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(new URL("abi.gen.h", import.meta.url), header());
}
