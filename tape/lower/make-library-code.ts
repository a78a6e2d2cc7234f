/**
 * Compiles every function of library modules, for `LibraryCode`. Runs when the system is built.
 */
import { ops, opNumber } from "../bytecode/op-table.ts";
import type { FnCode } from "../bytecode/program.ts";
import { verify } from "../bytecode/verify.ts";
import { checkProgram } from "../check/program.ts";
import { loadText, runTimeOf } from "../module/load.ts";
import { hex, sha256 } from "../source/sha256.ts";
import { bytesOf, toByteString } from "../source/utf8.ts";
import { formatHuman, Report } from "../source/diagnostic.ts";
import { Lowering } from "./context.ts";
import {
  fnKey,
  globalKey,
  type LibraryData,
  PLACE_FN,
  PLACE_IMPORT,
  PLACE_SIG,
} from "./library-code.ts";
import { compileQueue } from "./program.ts";

const SWITCH = opNumber("switch");
const RET = opNumber("ret");
const HOST = opNumber("host");
const CALLI = opNumber("calli");
const CALLS = ["call", "calli", "host"].map(opNumber);

/** Words of a function's code that name functions, imports and signatures: word and kind in turn. */
function placesOf({ code }: FnCode): number[] {
  const places: number[] = [];
  let at = 0;
  while (at < code.length) {
    const op = ops[code[at]];
    op.operands.forEach((operand, i) => {
      if (operand.role === "fn") places.push(at + 1 + i, PLACE_FN);
    });
    if (op.number === HOST) places.push(at + 1, PLACE_IMPORT);
    if (op.number === CALLI) places.push(at + 2, PLACE_SIG);
    let end = at + op.size;
    if (op.number === SWITCH) end += code[at + 2] + 1;
    else if (op.number === RET) end += code[at + 1];
    else if (CALLS.includes(op.number)) end += 1 + code[end - 1] + code[end];
    at = end;
  }
  return places;
}

/**
 * The library as data.
 * @param sources text of each module by name
 * @throws Error when a module does not compile, or has data that a program cannot take over
 */
export function makeLibraryCode(sources: { readonly [name: string]: string }): LibraryData {
  const report = new Report();
  const names = Object.keys(sources);
  const imports = names.map((name, i) => `import m${i} from "${name}";`).join(" ");
  const reader = { folders: [], file: () => undefined, library: (name: string) => sources[name] };
  const modules = loadText("all.tape", `${imports}\nfn main() {}\n`, reader, report) ?? [];
  const failed = () => new Error(report.list.map(formatHuman).join("\n"));
  if (report.failed) throw failed();
  const world = { modules, report, printed: [], target: "vm", embed: () => undefined };
  const program = checkProgram(world, true);
  if (report.failed) throw failed();
  const lowering = new Lowering(runTimeOf(modules), program.demand);
  const index: { [key: string]: number } = {};
  for (const module of modules) {
    if (!module.key.startsWith("std:")) continue;
    for (const fn of module.fns) {
      if (fn.decl?.body === undefined || fn.decl.tape) continue;
      const key = fnKey(fn);
      if (index[key] !== undefined) throw new Error(`two functions are called ${key}`);
      index[key] = lowering.fnIndex(fn);
    }
  }
  // bodies are checked as their functions get numbers
  if (report.failed) throw failed();
  compileQueue(lowering);
  if (report.failed) throw failed();
  const fns = lowering.fns as FnCode[];
  if (lowering.data.holdsFns) throw new Error("the library's data names functions");
  const globals: { [key: string]: number } = {};
  for (const [sym, address] of lowering.globals) {
    const key = globalKey(sym);
    if (key !== undefined) globals[key] = address;
  }
  const { files, imports: hosts, sigs } = lowering;
  const data = lowering.data.bytes;
  const code = {
    files,
    fns,
    imports: hosts,
    sigs,
    data,
    exports: [],
    tests: [],
    main: -1,
    source: "",
  };
  const problem = verify(code);
  if (problem !== undefined) throw new Error(problem);
  const made = {
    fns: fns.map((fn) => {
      const { name, params, results, regs, frame, file, lines } = fn;
      const words = [...fn.code];
      return JSON.stringify([name, params, results, regs, frame, file, words, lines, placesOf(fn)]);
    }),
    index,
    globals,
    bytes: JSON.stringify([...data]),
    imports: hosts.map(({ name, params, results }) => [name, params, results] as const),
    sigs: sigs.map((sig) => sig.split(":") as [string, string]),
    files,
  };
  return { ...made, source: hex(sha256(bytesOf(toByteString(JSON.stringify(made))))) };
}
