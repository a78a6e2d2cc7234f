/**
 * Builds the code of one function: instructions, labels, typed registers, frame slots, lines.
 *
 * Registers are reused: those taken since `mark()` are free again after `release(mark)`. Invariant: a register
 * keeps its class for ever, so reuse goes by class.
 */
import { opByName } from "../bytecode/op-table.ts";
import type { FnCode } from "../bytecode/program.ts";

export class Label {
  at = -1;
  readonly holes: number[] = [];
}

export class Builder {
  readonly code: number[] = [];
  readonly lines: number[] = [];
  regs = "";
  frame = 0;
  #line = 0;
  readonly #free: Record<string, number[]> = { i: [], l: [], f: [], d: [], p: [] };
  #taken: number[] = [];
  /** Nothing can reach the next instruction. */
  dead = false;

  /** A register of a class. */
  reg(cls: string): number {
    const free = this.#free[cls].pop();
    const r = free ?? this.regs.length;
    if (free === undefined) this.regs += cls;
    this.#taken.push(r);
    return r;
  }

  mark(): number {
    return this.#taken.length;
  }

  /** Frees registers taken since `mark`, except those that `keep` names, which stay with the outer mark. */
  release(mark: number, keep?: (r: number) => boolean): void {
    if (this.#taken.length === mark) return;
    const back = this.#taken.splice(mark);
    for (const r of back) {
      if (keep?.(r) === true) this.#taken.push(r);
      else if (!this.#free[this.regs[r]].includes(r)) this.#free[this.regs[r]].push(r);
    }
  }

  /** Bytes in the frame, aligned to at most 16. */
  slot(size: number, align: number): number {
    const a = Math.min(16, Math.max(8, align));
    this.frame = Math.ceil(this.frame / a) * a;
    const at = this.frame;
    this.frame += Math.max(size, 1);
    return at;
  }

  line(n: number): void {
    this.#line = n;
  }

  /** Emits one instruction; the words are checked against the table by the verifier. */
  emit(name: string, ...words: number[]): void {
    const op = opByName.get(name);
    if (op === undefined) throw new Error(`no operation ${name}`);
    if (this.dead) return;
    const n = this.lines.length;
    if (n === 0 || this.lines[n - 1] !== this.#line) this.lines.push(this.code.length, this.#line);
    this.code.push(op.number, ...words);
    if (op.ends) this.dead = true;
  }

  /** Emits a jump whose last operand is a label. */
  jump(name: string, label: Label, ...words: number[]): void {
    if (this.dead) return;
    this.emit(name, ...words, label.at);
    if (label.at < 0) label.holes.push(this.code.length - 1);
  }

  /** Emits a `switch` over labels; the last one is the default. */
  table(reg: number, labels: readonly Label[]): void {
    if (this.dead) return;
    this.emit("switch", reg, labels.length - 1, ...labels.map((l) => l.at));
    labels.forEach((l, i) => {
      if (l.at < 0) l.holes.push(this.code.length - labels.length + i);
    });
  }

  /** Places a label here. */
  place(label: Label): void {
    label.at = this.code.length;
    for (const hole of label.holes) this.code[hole] = label.at;
    if (label.holes.length > 0) this.dead = false;
    label.holes.length = 0;
  }

  /** Places a label that later jumps go back to. */
  placeLoop(label: Label): void {
    label.at = this.code.length;
    for (const hole of label.holes) this.code[hole] = label.at;
    if (label.holes.length > 0) this.dead = false;
    label.holes.length = 0;
  }

  finish(name: string, params: string, results: string, file: number): FnCode {
    // A label may stand after the last instruction.
    if (!this.dead) this.emit("trap", 1);
    return {
      name,
      params,
      results,
      regs: this.regs,
      frame: (this.frame + 15) & ~15,
      code: new Int32Array(this.code),
      file,
      lines: this.lines,
    };
  }
}
