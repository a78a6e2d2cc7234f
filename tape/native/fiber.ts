/**
 * Code that can be suspended: a program runs on a stack of its own, leaves it whenever it needs the host, and goes on where it was.
 *
 * `README.md`, "Suspended code", says how a host runs it. Invariant: what is suspended is wholly on the program's stack, and
 * `resume` is its top: a return address with whatever that place takes off behind it.
 */
import {
  r8,
  r9,
  r10,
  r11,
  r12,
  r13,
  r14,
  r15,
  rax,
  rbp,
  rbx,
  rcx,
  rdi,
  rdx,
  rsi,
  rsp,
} from "../x86-64/registers.ts";
import { Label } from "../x86-64/encode.ts";
import { alu, aluMi32, aluRm, cc, jcc, x } from "../x86-64/rows.ts";
import type { FiberState, ModuleState } from "./emit.ts";
import { environment } from "./environment.ts";
import { resultPlaces } from "./select-call.ts";
import { kept, writeExit } from "./support.ts";

/** What is asked when code is suspended (`kind` of the environment); an import has its number above `IMPORT`. */
export const asks = { done: 1, fuel: 2, grow: 3, import: 16 } as const;

/** Names of the entries in `NativeModule.entries`: where C enters, and where a fresh stack begins. */
export const ENTER = "fiber.enter";
export const BEGIN = "fiber.begin";

/** The library that lies beside a program, compiled before. */
export interface SharedCode {
  /** Bytes from the start of the program's code to that of the library's. */
  readonly distance: number;
  /** Offset of each function, and of the table of pointers, in the library's code. */
  readonly fns: readonly number[];
  readonly table: number;
}

export interface FiberOptions {
  /** The first so many functions are the library's. */
  readonly shared: number;
  /** Where that lies; left out when all is in this module. */
  readonly library?: SharedCode;
}

/** The labels of a module's own code for it. */
export function fiberState(options: FiberOptions, table: Label): FiberState {
  const sharedTable = options.library === undefined ? table : new Label();
  if (options.library !== undefined)
    sharedTable.at = options.library.distance + options.library.table;
  return {
    poll: new Label(),
    host: new Label(),
    grow: new Label(),
    shared: options.shared,
    sharedTable,
  };
}

/** Whatever a function may have in use when it looks at the fuel. */
const general = [rax, rcx, rdx, rbx, rsi, rdi, r8, r9, r10, r11, r12, r13, rbp];
const VECTORS = 16;

/** Registers that a call of a function keeps. */
const called = [rbx, r12, r13, rbp];

/** The code that functions call; and, for a program, its way in. `main`: its code, with the classes of its result. */
export function writeFiber(
  m: ModuleState,
  fiber: FiberState,
  main: { readonly label: Label; readonly results: string } | undefined,
  entries: Map<string, number>,
): void {
  const { a } = m;
  const suspend = new Label();
  a.align(16, 0x90);
  m.lines.push(a.length, -1, 0);
  writePoll(m, fiber, suspend);
  a.place(fiber.host);
  around(m, () => {
    a.rm(x.lea, 4, rax, rsi, asks.import);
    a.j(x.call, suspend);
  });
  a.rm(x.mov, 4, rax, r14, environment.own);
  a.z(x.ret);
  a.place(fiber.grow);
  a.rm(x.store, 8, rsi, r14, environment.hostValues);
  around(m, () => ask(m, asks.grow, suspend));
  a.rm(x.mov, 8, rax, r14, environment.hostValues);
  a.z(x.ret);
  // rax: what is asked; the return address is where it goes on
  a.place(suspend);
  a.rm(x.store, 8, rax, r14, environment.kind);
  a.rm(x.store, 8, rsp, r14, environment.resume);
  a.rr(aluRm[alu.xor], 4, rax, rax);
  writeExit(m);
  if (main !== undefined) writeWayIn(m, main, suspend, entries);
}

function ask(m: ModuleState, what: number, suspend: Label): void {
  m.a.o(x.movImm, 4, rax);
  m.a.int32(what);
  m.a.j(x.call, suspend);
}

function around(m: ModuleState, body: () => void): void {
  for (const r of called) m.a.o(x.push, 0, r);
  body();
  for (const r of [...called].reverse()) m.a.o(x.pop, 0, r);
}

/** Suspends for fuel. `own` is the kind of the trap that the host wants, or 0. */
function writePoll(m: ModuleState, fiber: FiberState, suspend: Label): void {
  const { a } = m;
  const on = new Label();
  a.place(fiber.poll);
  for (const r of general) a.o(x.push, 0, r);
  stack(m, alu.sub);
  for (let i = 0; i < VECTORS; i++) a.rm(x.storeups, 0, i, rsp, 16 * i);
  ask(m, asks.fuel, suspend);
  for (let i = 0; i < VECTORS; i++) a.rm(x.movups, 0, i, rsp, 16 * i);
  stack(m, alu.add);
  a.rm(x.mov, 4, rax, r14, environment.own);
  a.rm(x.store, 8, rax, r14, environment.kind);
  a.rr(x.test, 4, rax, rax);
  for (const r of [...general].reverse()) a.o(x.pop, 0, r);
  a.j(jcc[cc.e], on);
  a.j(x.jmp, m.common);
  a.place(on);
  a.z(x.ret);
}

function stack(m: ModuleState, what: number): void {
  m.a.rr(aluMi32[what], 8, 0, rsp);
  m.a.int32(16 * VECTORS);
}

/** Where C enters with the environment, and where a stack that holds nothing but this address begins. */
function writeWayIn(
  m: ModuleState,
  { label, results }: { readonly label: Label; readonly results: string },
  suspend: Label,
  entries: Map<string, number>,
): void {
  const { a } = m;
  a.align(16, 0x90);
  entries.set(ENTER, a.length);
  for (const r of kept) a.o(x.push, 0, r);
  a.rr(x.mov, 8, r14, rdi);
  a.rm(x.mov, 8, r15, r14, environment.memory);
  a.rm(x.store, 8, rsp, r14, environment.exit);
  a.rm(x.mov, 8, rax, r14, environment.stackLow);
  a.rm(x.store, 8, rax, r14, environment.limit);
  a.rm(x.mov, 8, rsp, r14, environment.resume);
  a.z(x.ret);
  a.align(16, 0x90);
  entries.set(BEGIN, a.length);
  a.rr(aluRm[alu.xor], 4, rbp, rbp);
  a.j(x.call, label);
  resultPlaces(results).forEach(({ reg, value }, k) => {
    if (reg >= 0) a.rm(x.store, results[k] === "l" ? 8 : 4, reg, r14, value);
  });
  ask(m, asks.done, suspend);
  a.z(x.ud2);
}
