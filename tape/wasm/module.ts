/**
 * A program to a WebAssembly module.
 *
 * Imports: `tape.trap`, `tape.trap_text` and a few exact helpers, and one function per host import. Exports:
 * `memory`, `main`, and the program's exports under their names. Needs multi-value, bulk memory, sign extension
 * and saturating conversions, which every engine has today.
 */
import { type Code, DATA_BASE, HEAP_LIMIT, heapStart, STACK_BYTES } from "../bytecode/program.ts";
import { Bytes } from "./bytes.ts";
import { type Body, functionBody, valueTypes } from "./function.ts";
import type { Layout } from "./instr.ts";
import { traceSection } from "./trace.ts";

export type Built =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reason: string };

/** Helper imports: name, parameters, results. */
export const helpers: readonly (readonly [string, string, string])[] = [
  ["trap", "ii", ""],
  ["trap_text", "piii", ""],
  ["mul_i64", "lli", "l"],
  ["mul_u64", "lli", "l"],
  ["mulhi", "ll", "l"],
  ["satadd.i32", "ii", "i"],
  ["satsub.i32", "ii", "i"],
  ["satadd.u32", "ii", "i"],
  ["satsub.u32", "ii", "i"],
  ["satadd.i64", "ll", "l"],
  ["satsub.i64", "ll", "l"],
  ["satadd.u64", "ll", "l"],
  ["satsub.u64", "ll", "l"],
];

/** Builds the module; at most `pages` pages of 64 KiB. With `fuel`, its calls and backward jumps are counted. */
export function buildWasm(code: Code, pages = 4096, fuel = false): Built {
  const types: string[] = [];
  const typeIndex = (params: string, results: string): number => {
    const key = `${params.replace(/p/g, "i")}:${results.replace(/p/g, "i")}`;
    if (!types.includes(key)) types.push(key);
    return types.indexOf(key);
  };
  const imports = new Bytes().u32(helpers.length + code.imports.length);
  for (const [name, params, results] of helpers)
    imports.text("tape").text(name).byte(0).u32(typeIndex(params, results));
  code.imports.forEach((imp, i) =>
    imports.text("host").text(`${i} ${imp.name}`).byte(0).u32(typeIndex(imp.params, imp.results)),
  );
  const first = helpers.length + code.imports.length;
  const at = (name: string): number => helpers.findIndex((h) => h[0] === name);
  const layout: Layout = {
    trap: at("trap"),
    trapText: at("trap_text"),
    fuel,
    mulI64: at("mul_i64"),
    mulU64: at("mul_u64"),
    mulHi: at("mulhi"),
    sat: Object.fromEntries(
      helpers.filter((h) => h[0].startsWith("sat")).map((h) => [h[0], at(h[0])]),
    ),
    host: (i) => helpers.length + i,
    fn: (i) => first + i,
    sigs: code.sigs,
    sig: (s) => typeIndex(s.split(":")[0], s.split(":")[1]),
  };
  const start = heapStart(code);
  const functions = new Bytes().u32(code.fns.length);
  const bodies = new Bytes().u32(code.fns.length);
  const places: { start: number; marks: readonly number[] }[] = [];
  for (const f of code.fns) {
    functions.u32(typeIndex(f.params, f.results));
    let body: Body | string;
    try {
      body = functionBody(f, layout, start - STACK_BYTES);
    } catch (e) {
      return { ok: false, reason: `function ${f.name}: ${(e as Error).message}` };
    }
    if (typeof body === "string") return { ok: false, reason: body };
    places.push({ start: bodies.list.length, marks: body.marks });
    bodies.append(body.bytes.list);
  }
  const out = new Bytes().byte(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
  out.section(1, typeSection(types));
  out.section(2, imports);
  out.section(3, functions);
  out.section(
    4,
    new Bytes()
      .u32(1)
      .byte(0x70, 0x00)
      .u32(code.fns.length + 1),
  );
  out.section(
    5,
    new Bytes()
      .u32(1)
      .byte(0x01)
      .u32((start + 65535) >>> 16)
      .u32(pages),
  );
  const globals = new Bytes()
    .u32(fuel ? 2 : 1)
    .byte(0x7f, 0x01, 0x41)
    .s32(start)
    .byte(0x0b);
  if (fuel) globals.byte(0x7e, 0x01, 0x42).s64(0n).byte(0x0b);
  out.section(6, globals);
  out.section(7, exportSection(code, first, fuel));
  const element = new Bytes().u32(1).u32(0).byte(0x41).s32(1).byte(0x0b).u32(code.fns.length);
  code.fns.forEach((_, i) => element.u32(first + i));
  out.section(9, element);
  out.section(10, bodies);
  const base = out.list.length - bodies.list.length;
  const words = new Int32Array([(start + 65535) & ~65535, 0, start, 0]);
  const data = new Bytes().u32(2).u32(0).byte(0x41).s32(HEAP_LIMIT).byte(0x0b).u32(16);
  data.append(new Uint8Array(words.buffer));
  data.u32(0).byte(0x41).s32(DATA_BASE).byte(0x0b).u32(code.data.length).append(code.data);
  out.section(11, data);
  out.section(0, traceSection(code, first, base, places));
  return { ok: true, bytes: Uint8Array.from(out.list) };
}

function typeSection(types: readonly string[]): Bytes {
  const out = new Bytes().u32(types.length);
  for (const t of types) {
    const [params, results] = t.split(":");
    out.byte(0x60).u32(params.length);
    for (const c of params) out.byte(valueTypes[c]);
    out.u32(results.length);
    for (const c of results) out.byte(valueTypes[c]);
  }
  return out;
}

function exportSection(code: Code, first: number, fuel: boolean): Bytes {
  const names = code.exports.filter((e) => !["memory", "main", "fuel"].includes(e.name));
  const out = new Bytes().u32(names.length + (code.main < 0 ? 2 : 3) + (fuel ? 1 : 0));
  out.text("memory").byte(2).u32(0);
  out.text("stack pointer").byte(3).u32(0);
  if (fuel) out.text("fuel").byte(3).u32(1);
  if (code.main >= 0)
    out
      .text("main")
      .byte(0)
      .u32(first + code.main);
  for (const e of names)
    out
      .text(e.name)
      .byte(0)
      .u32(first + e.fn);
  return out;
}
