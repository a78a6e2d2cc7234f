// Writes abi.gen.h, the C view of the table. `node sdk/abi/header.ts` rewrites the committed file; a test compares the two.
import { writeFileSync } from "node:fs";
import * as table from "./table.ts";

const upper = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();
const hex = (value: number) => (value > 9999 ? `0x${value.toString(16)}` : String(value));

function defines(prefix: string, values: Record<string, number>): string[] {
  return Object.entries(values).map(([name, value]) => {
    const text = value > 0x7fffffff ? `${hex(value)}ull` : hex(value);
    return `#define ${prefix}_${upper(name)} ${value < 0 ? `(${value})` : text}`;
  });
}

/** The text of the C header; a pure function of the table. */
export function header(): string {
  const errors = Object.fromEntries(
    Object.entries(table.errors).map(([name, [code]]) => [name, code]),
  );
  const layouts = Object.entries(table.layouts).flatMap(([name, fields]) => [
    "",
    ...defines(`AT_${upper(name)}`, fields),
  ]);
  return [
    "// Generated from sdk/abi/table.ts by sdk/abi/header.ts; do not edit.",
    "#ifndef LEIVOS_ABI_H",
    "#define LEIVOS_ABI_H",
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
    ...layouts,
    "",
    ...table.syscalls.map(([name, number]) => `#define SYS_${upper(name)} ${number}`),
    `#define SYS_COUNT ${table.syscalls.length}`,
    "#endif",
    "",
  ].join("\n");
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(new URL("abi.gen.h", import.meta.url), header());
}
