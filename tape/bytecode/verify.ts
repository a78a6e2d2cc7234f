/**
 * The verifier: what it accepts, every runtime can run without a check on the code itself.
 *
 * For each function: operations exist, registers exist and have the class that the table asks for, targets are
 * starts of instructions, calls fit what they call, control never runs off the end. Result: undefined, or the
 * first problem as a sentence.
 */
import { type Steps, wholly } from "../source/steps.ts";
import { ops, opNumber, traps } from "./op-table.ts";
import { type Code, DATA_BASE, type FnCode, STACK_BYTES } from "./program.ts";

const CALL = opNumber("call");
const CALLI = opNumber("calli");
const HOST = opNumber("host");
const RET = opNumber("ret");
const SWITCH = opNumber("switch");
const TRAP = opNumber("trap");
const TRAP_TEXT = opNumber("trap.text");
const FRAME = opNumber("frame");
const MAX_REGS = 1 << 16;
/** Words of a step. */
const STEP = 1024;

/** Checks a whole program; of one beside a library the functions from `first` on. */
export function verify(code: Code, first = 0): string | undefined {
  return wholly(verifySteps(code, first));
}

/** The same in steps, of some words each. */
export function* verifySteps(code: Code, first = 0): Steps<string | undefined> {
  if (code.fns.length > 1 << 20) return "there are too many functions";
  if (DATA_BASE + code.data.length > 1 << 28) return "its data is too large";
  const classes = /^[ilfdp]*$/;
  for (const i of code.imports) {
    if (!classes.test(i.params) || !classes.test(i.results))
      return `import ${i.name} has an unknown class`;
  }
  for (const s of code.sigs)
    if (!/^[ilfdp]*:[ilfdp]*$/.test(s)) return "a signature has an unknown class";
  const count = code.fns.length;
  for (const e of [...code.exports, ...code.tests])
    if (e.fn >= count) return `${e.name} names a function that is not there`;
  for (const t of code.tests) {
    if (t.kind !== "test" && t.kind !== "setup" && t.kind !== "teardown")
      return "a test has an unknown kind";
    if (code.fns[t.fn].params !== "" || code.fns[t.fn].results !== "")
      return "a test takes or gives values";
  }
  if (code.main < -1 || code.main >= count) return "main is not there";
  if (
    code.main >= 0 &&
    (code.fns[code.main].params !== "" || !/^[il]?$/.test(code.fns[code.main].results))
  ) {
    return "main has another signature than main";
  }
  for (let i = first; i < code.fns.length; i++) {
    const problem = yield* new Verifier(code, code.fns[i]).run();
    if (problem !== undefined) return `function ${code.fns[i].name}: ${problem}`;
  }
  return undefined;
}

class Verifier {
  readonly program: Code;
  readonly f: FnCode;

  constructor(program: Code, f: FnCode) {
    this.program = program;
    this.f = f;
  }

  *run(): Steps<string | undefined> {
    const { f } = this;
    if (!/^[ilfdp]*$/.test(f.regs) || !/^[ilfdp]*$/.test(f.results))
      return "a register has an unknown class";
    if (f.regs.length > MAX_REGS) return "it has too many registers";
    if (!f.regs.startsWith(f.params)) return "its parameters are not its first registers";
    if (f.frame % 16 !== 0 || f.frame > STACK_BYTES) return "its frame has an impossible size";
    if (f.file >= this.program.files.length) return "its file is not there";
    if (f.lines.length % 2 !== 0) return "its line table is broken";
    if (f.code.length === 0) return "it has no code";
    const starts = new Uint8Array(f.code.length);
    const targets: number[] = [];
    let at = 0;
    let told = 0;
    let ends = false;
    while (at < f.code.length) {
      if (at - told >= STEP) {
        yield at - told;
        told = at;
      }
      starts[at] = 1;
      const op = ops[f.code[at]];
      if (op === undefined) return `there is no operation ${f.code[at]} (word ${at})`;
      if (at + op.size > f.code.length) return `it is cut off at word ${at}`;
      const size = this.instruction(at, targets);
      if (typeof size === "string") return `${size} (\`${op.name}\`, word ${at})`;
      at += size;
      ends = op.ends;
    }
    yield at - told;
    if (!ends) return "control runs off its end";
    for (const t of targets)
      if (t < 0 || t >= starts.length || starts[t] === 0)
        return `a jump goes to word ${t}, where no instruction starts`;
    return undefined;
  }

  /** Checks the instruction at `at`; gives its size in words, or a problem. */
  instruction(at: number, targets: number[]): number | string {
    const { code, regs } = this.f;
    const op = ops[code[at]];
    for (let k = 0; k < op.operands.length; k++) {
      const o = op.operands[k];
      const v = code[at + 1 + k];
      if (o.role === "list") break;
      if (o.role === "target") targets.push(v);
      else if (o.role === "fn") {
        if (v < 0 || v >= this.program.fns.length) return "its function is not there";
      } else if (o.role === "def" || o.role === "use") {
        if (v < 0 || v >= regs.length) return `register ${v} is not there`;
        if (regs[v] !== o.cls) return `register ${v} has class ${regs[v]}, not ${o.cls}`;
      }
    }
    if (
      (op.number === TRAP && (code[at + 1] < 1 || code[at + 1] >= traps.length)) ||
      (op.number === TRAP_TEXT && (code[at + 3] < 1 || code[at + 3] >= traps.length))
    ) {
      return "its kind of trap is not there";
    }
    if (op.number === FRAME && (code[at + 2] < 0 || code[at + 2] > this.f.frame))
      return "it is outside the frame";
    if (op.operands.length === 0 || op.operands[op.operands.length - 1].role !== "list")
      return op.size;
    return this.list(at, op.number, targets);
  }

  list(at: number, number: number, targets: number[]): number | string {
    const { code } = this.f;
    const end = at + ops[number].size;
    if (number === SWITCH) {
      const n = code[at + 2];
      if (n < 0 || n >= code.length || end + n + 1 > code.length) return "its list is cut off";
      for (let i = 0; i <= n; i++) targets.push(code[end + i]);
      return ops[number].size + n + 1;
    }
    const n = code[end - 1];
    if (n < 0 || n > code.length) return "its list is cut off";
    if (number === RET) {
      if (end + n > code.length) return "its list is cut off";
      return this.classes(end, n, this.f.results, "results") ?? ops[number].size + n;
    }
    const results = code[end];
    if (results === undefined || results < 0 || end + 1 + n + results > code.length)
      return "its list is cut off";
    const target = this.callee(at, number);
    if (typeof target === "string") return target;
    const problem =
      this.classes(end + 1, n, target.params, "arguments") ??
      this.classes(end + 1 + n, results, target.results, "results");
    return problem ?? ops[number].size + 1 + n + results;
  }

  callee(at: number, number: number): { params: string; results: string } | string {
    const { code } = this.f;
    if (number === CALL) return this.program.fns[code[at + 1]] ?? "its function is not there";
    if (number === HOST) return this.program.imports[code[at + 1]] ?? "its import is not there";
    if (number !== CALLI) return "it has an unknown list";
    const sig = this.program.sigs[code[at + 2]];
    if (sig === undefined) return "its signature is not there";
    const [params, results] = sig.split(":");
    return { params, results };
  }

  classes(from: number, n: number, want: string, what: string): string | undefined {
    if (n !== want.length) return `it has ${n} ${what} for ${want.length}`;
    for (let i = 0; i < n; i++) {
      const r = this.f.code[from + i];
      if (r < 0 || r >= this.f.regs.length || this.f.regs[r] !== want[i])
        return `its ${what} have the wrong class`;
    }
    return undefined;
  }
}
