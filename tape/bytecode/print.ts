/** Bytecode as text, for people and golden tests. */
import { ops, traps } from "./op-table.ts";
import type { Code, FnCode } from "./program.ts";

/** All functions of a program. */
export function printCode(code: Code): string {
  let out = "";
  for (const i of code.imports) out += `import ${i.name} (${i.params}) -> (${i.results})\n`;
  code.fns.forEach((f, index) => {
    out += `${out === "" ? "" : "\n"}${printFn(code, f, index)}`;
  });
  return out;
}

/** One function: a line per instruction, targets as `@word`, source lines as comments. */
export function printFn(code: Code, f: FnCode, index: number): string {
  let out = `fn ${index} ${f.name} (${f.params}) -> (${f.results})  regs ${f.regs}  frame ${f.frame}\n`;
  const targets = new Set<number>();
  walk(f, (at, words) => {
    const op = ops[f.code[at]];
    op.operands.forEach((o, k) => {
      if (o.role === "target") targets.add(words[k]);
    });
    if (op.name === "switch") for (const t of words.slice(2)) targets.add(t);
  });
  let line = 0;
  let next = 0;
  walk(f, (at, words) => {
    const op = ops[f.code[at]];
    const shown = op.operands.map((o, k) => {
      const v = words[k];
      if (o.role === "def" || o.role === "use") return `r${v}`;
      if (o.role === "target") return `@${v}`;
      if (o.role === "fn") return code.fns[v]?.name ?? `fn ${v}`;
      if (o.role === "list") return "";
      return op.name.startsWith("trap") && o.name === "n" ? `"${traps[v]}"` : String(v);
    });
    const fixed = op.operands.filter((o) => o.role !== "list").length;
    if (op.name === "switch")
      shown.push(
        words
          .slice(fixed)
          .map((t) => `@${t}`)
          .join(" "),
      );
    else if (op.name === "ret")
      shown.push(
        words
          .slice(fixed)
          .map((r) => `r${r}`)
          .join(" "),
      );
    else if (words.length > fixed) {
      const n = words[fixed - 1];
      const args = words.slice(fixed + 1, fixed + 1 + n).map((r) => `r${r}`);
      const results = words.slice(fixed + 1 + n).map((r) => `r${r}`);
      shown.push(`(${args.join(" ")}) -> (${results.join(" ")})`);
    }
    while (next < f.lines.length && f.lines[next] <= at) {
      line = f.lines[next + 1];
      next += 2;
    }
    const mark = targets.has(at) ? `@${at}:` : "";
    const text = `${mark.padEnd(7)} ${op.name.padEnd(11)} ${shown.filter((s) => s !== "").join(", ")}`;
    out += `${text.padEnd(56)} ; ${line}\n`;
  });
  return out;
}

/** Calls `visit` with each instruction's offset and the words after its number. */
export function walk(f: FnCode, visit: (at: number, words: readonly number[]) => void): void {
  for (let at = 0; at < f.code.length; ) {
    const size = sizeAt(f.code, at);
    visit(at, [...f.code.subarray(at + 1, at + size)]);
    at += size;
  }
}

/** Words of the instruction at `at`, lists included. */
export function sizeAt(code: Int32Array, at: number): number {
  const op = ops[code[at]];
  switch (op.name) {
    case "switch":
      return op.size + code[at + 2] + 1;
    case "ret":
      return op.size + code[at + 1];
    case "call":
    case "calli":
    case "host": {
      const end = at + op.size;
      return op.size + 1 + code[end - 1] + code[end];
    }
    default:
      return op.size;
  }
}
