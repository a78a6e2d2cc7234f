/**
 * Text that follows from the instruction table: the interpreter's dispatch and the reference page.
 *
 * `node tape/bytecode/generate-files.ts` writes it; a test fails when a committed file differs.
 */
import { type Op, opNumber, ops, traps } from "./op-table.ts";

const head = (what: string): string =>
  `/** ${what} Made from the instruction table by \`tape/bytecode/generate-files.ts\`; change the table instead. */
// biome-ignore-all format: made by a program
// biome-ignore-all lint: made by a program
`;

function trapCode(name: string): number {
  const n = traps.indexOf(name as (typeof traps)[number]);
  if (n < 0) throw new Error(`no trap ${name}`);
  return n;
}

function fetch(op: Op, used: string): string {
  let out = "";
  op.operands.forEach((o, i) => {
    if (!new RegExp(`\\b${o.name}\\b`).test(used)) return;
    if (o.role === "list") return;
    const raw = `code[pc + ${i + 1}]`;
    out += `const ${o.name} = ${o.role === "def" || o.role === "use" ? `base + ${raw}` : raw}; `;
  });
  return out;
}

const special: Record<string, string> = {
  SWITCH: "const i = R[a] >>> 0; pc = code[pc + 3 + (i < n ? i : n)]; continue;",
  CALL: "const at = pc + 3; target = f; args = n; list = at;",
  CALLI:
    "const at = pc + 4; const f = R[a] - 1; if (f < 0 || f >= m.count || m.sigOf[f] !== s) TRAP(bad function pointer); target = f; args = n; list = at;",
  HOST: "m.save(pc, base, top, sp, fp, fuel); const k = m.callHost(f, n, pc + 3); fuel = m.fuel; M = m.view; if (k !== 0) TRAPN(k); pc += 4 + n + code[pc + 3]; continue;",
};

const enter = `const nres = code[list]; const nb = top; const need = nb + size[target];
        if (need > m.limit || fp + 4 > m.frames.length) TRAP(stack overflow);
        sp -= frame[target];
        if (sp < m.stackLow) { sp += frame[target]; TRAP(stack overflow); }
        for (let i = 1; i <= args; i++) { const from = base + code[list + i], to = nb + 2 * i - 2; R[to] = R[from]; R[to + 1] = R[from + 1]; }
        S[fp] = list + 1 + args; S[fp + 1] = base; S[fp + 2] = top; S[fp + 3] = sp + frame[target]; fp += 4;
        void nres; base = nb; top = need; pc = entry[target];
        if (--fuel < 0) TRAP(out of fuel);
        continue;`;

const leave = `if (fp === m.bottom) { m.save(pc, base, top, sp, fp, fuel); m.takeResults(n, pc + 2); return 0; }
        fp -= 4; const at = S[fp], up = S[fp + 1];
        for (let i = 0; i < n; i++) { const from = base + code[pc + 2 + i], to = up + code[at + i]; R[to] = R[from]; R[to + 1] = R[from + 1]; }
        base = up; top = S[fp + 2]; sp = S[fp + 3]; pc = at + n; continue;`;

function body(op: Op): string {
  let js = special[op.js] ?? op.js;
  if (op.js === "RET") js = leave;
  if (op.js === "CALL" || op.js === "CALLI") js += ` ${enter}`;
  return js
    .replace(/TRAP\(([a-z ]+)\);/g, (_, name: string) => `{ kind = ${trapCode(name)}; break run; }`)
    .replace(/TRAPN\((\w+)\);/g, "{ kind = $1; break run; }")
    .replace(
      /JUMP\(t\);/g,
      "{ if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; }",
    );
}

/** Operations are told apart in two steps: an engine that only interprets tries the cases of a switch one after the other. */
const GROUP_BITS = 5;

/** `interp/dispatch.ts`. */
export function dispatchText(): string {
  let out = head("The interpreter's main loop.");
  out += `import type { Machine } from "./machine.ts";
import { cold, coldSize } from "./cold.ts";
import { below64, copyBytes, divI64, fillBytes, mulI64, put64, remI64, wmulI64 } from "./arith.ts";

/** Runs from the machine's saved state until the outermost call returns (0) or traps (the kind). */
export function run(m: Machine): number {
  const R = m.R, F = m.F, G = m.G, B = m.B, code = m.code, S = m.frames, entry = m.entry, size = m.size, frame = m.frame;
  let M = m.view, pc = m.pc, base = m.base, top = m.top, sp = m.sp, fp = m.fp, fuel = m.fuel, kind = 0;
  let target = 0, args = 0, list = 0;
  try {
    run: for (;;) {
      const o = code[pc];
      switch (o >> ${GROUP_BITS}) {
`;
  let group = -1;
  for (const op of ops) {
    if (op.cold) continue;
    if (op.number >> GROUP_BITS !== group) {
      if (group >= 0) out += "        }\n        break;\n";
      group = op.number >> GROUP_BITS;
      out += `        case ${group}: switch (o) {\n`;
    }
    const js = body(op);
    const jumps = op.ends || op.js === "HOST" || op.js === "CALL" || op.js === "CALLI";
    const words = special[op.js] ?? op.js;
    out += `        case ${op.number}: { // ${op.name}\n          ${fetch(op, op.js === "RET" ? "n" : words)}${js}${jumps ? "" : ` pc += ${op.size}; continue;`}\n        }\n`;
  }
  out += `        }
        break;
      }
      kind = cold(m, pc, base);
      if (kind !== 0) break run;
      pc += coldSize[o];
    }
  } catch (e) {
    if (!(e instanceof RangeError)) throw e;
    kind = 9;
  }
  m.save(pc, base, top, sp, fp, fuel);
  return kind;
}
`;
  return out;
}

/** `interp/cold.ts`. */
export function coldText(): string {
  let out = head("The interpreter's rare operations.");
  out += `import type { Machine } from "./machine.ts";
import { asUint64 } from "../source/bits.ts";
import { clamp64, ctz32, divU64, froundBig, mulU64, nearest, popcnt32, put64, remU64, satI64, satU64 } from "./arith.ts";

/** Words of each rare operation, by number. */
export const coldSize: readonly number[] = [${ops.map((op) => (op.cold ? op.size : 0)).join(", ")}];

/** Runs the rare operation at \`pc\`; gives the kind of its trap, or 0. */
export function cold(m: Machine, pc: number, base: number): number {
  const R = m.R, F = m.F, G = m.G, B = m.B, M = m.view, code = m.code;
  switch (code[pc]) {
`;
  for (const op of ops) {
    if (!op.cold) continue;
    const js = op.js.replace(
      /TRAP\(([a-z ]+)\);/g,
      (_, name: string) => `return ${trapCode(name)};`,
    );
    out += `    case ${op.number}: { // ${op.name}\n      ${fetch(op, op.js)}${js} return 0;\n    }\n`;
  }
  return `${out}    default:\n      return 1;\n  }\n}\n`;
}

/** `spec/bytecode.md`. */
export function referenceText(): string {
  let out = `# Bytecode reference

Made from the instruction table (\`tape/bytecode/ops/\`). An instruction is its number and its operands, one 32-bit
word each. Classes of registers: \`i\` 32-bit integer, \`l\` 64-bit integer, \`f\` f32, \`d\` f64, \`p\` address; \`#\` is an
immediate, \`@\` a target in words from the start of the function.

| number | operation | operands | does | traps |
|---|---|---|---|---|
`;
  for (const op of ops) {
    const operands = op.operands.map((o) => `${o.name}:${o.cls}`).join(" ");
    out += `| ${op.number} | \`${op.name}\` | \`${operands}\` | ${op.doc.replace(/\|/g, "\\|")} | ${op.traps.join(", ")} |\n`;
  }
  out += "\n## Traps\n\n| number | kind |\n|---|---|\n";
  traps.forEach((name, i) => {
    out += `| ${i} | ${name} |\n`;
  });
  return out;
}

export { opNumber };
