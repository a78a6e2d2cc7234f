/** One function to WebAssembly: locals, frame, structured control flow. */
import { ops } from "../bytecode/op-table.ts";
import { sizeAt } from "../bytecode/print.ts";
import type { FnCode } from "../bytecode/program.ts";
import { Bytes } from "./bytes.ts";
import { blocksOf, type Flow } from "./flow.ts";
import { get, i32, i64, type Layout, set, trapIf, writeInstr, type Writing } from "./instr.ts";
import { nonNegative } from "./non-negative.ts";
import { provedBounds } from "./proved-bounds.ts";

export const valueTypes: Readonly<Record<string, number>> = {
  i: 0x7f,
  l: 0x7e,
  f: 0x7d,
  d: 0x7c,
  p: 0x7f,
};

/** What an open construct stands for: the block after it, the loop that it is, or neither. */
interface Open {
  readonly kind: "after" | "loop" | "if";
  readonly block: number;
}

/** A body, its size included, and where each line's code starts in it: offset and line in turn. */
export interface Body {
  readonly bytes: Bytes;
  readonly marks: readonly number[];
}

/** Body of a function. Problems come as a sentence. */
export function functionBody(f: FnCode, layout: Layout, stackLow: number): Body | string {
  const blocks = blocksOf(f);
  if (blocks === undefined) return `function ${f.name} has irreducible control flow`;
  const n = f.regs.length;
  const kept = nonNegative(f);
  const w: Writing = {
    out: new Bytes(),
    f,
    layout,
    scratch: { i: n, j: n + 1, l: n + 2, m: n + 3 },
    frame: n + 4,
    nonNegative: kept,
    proved: provedBounds(f, blocks, kept),
    line: 0,
    marks: [],
  };
  if (f.lines.length > 0) w.marks.push(0, f.lines[1]);
  if (f.frame > 0) {
    w.line = f.lines[1] ?? 0;
    w.out.byte(0x23).u32(0);
    i32(w, f.frame);
    w.out.byte(0x6b, 0x22).u32(w.frame);
    i32(w, stackLow);
    w.out.byte(0x48, 0x04, 0x40);
    i32(w, 7);
    i32(w, w.line);
    w.out.byte(0x10).u32(layout.trap).byte(0x00, 0x0b);
    get(w, w.frame).byte(0x24).u32(0);
  }
  if (layout.fuel) burn(w);
  for (const b of blocks) {
    if (ops[f.code[b.last]].name === "switch")
      for (const t of b.next)
        if (!blocks[t].isLoop || t > blocks.indexOf(b)) blocks[t].isMerge = true;
  }
  new Shaper(w, blocks).tree(0, []);
  w.out.byte(0x00, 0x0b);
  const locals = new Bytes();
  const rest = [...f.regs.slice(f.params.length)].map((c) => valueTypes[c]);
  const all = [...rest, 0x7f, 0x7f, 0x7e, 0x7e, 0x7f];
  locals.u32(all.length);
  for (const t of all) locals.u32(1).byte(t);
  const body = new Bytes().append(locals.list).append(w.out.list);
  const bytes = new Bytes().u32(body.list.length).append(body.list);
  const shift = bytes.list.length - w.out.list.length;
  return { bytes, marks: w.marks.map((v, i) => (i % 2 === 0 ? v + shift : v)) };
}

/** One unit of fuel, at the places where the interpreter takes one. */
function burn(w: Writing): void {
  w.out.byte(0x23).u32(1);
  i64(w, 1n);
  w.out.byte(0x7d, 0x24).u32(1).byte(0x23).u32(1);
  i64(w, 0n);
  w.out.byte(0x53);
  trapIf(w, "out of fuel");
}

class Shaper {
  readonly w: Writing;
  readonly blocks: readonly Flow[];

  constructor(w: Writing, blocks: readonly Flow[]) {
    this.w = w;
    this.blocks = blocks;
  }

  /** A block and all that it dominates. Blocks in a row are a loop here, so that long functions nest no deeper. */
  tree(first: number, open: readonly Open[]): void {
    for (let x = first; ; ) {
      const b = this.blocks[x];
      const merges = b.children.filter((c) => this.blocks[c].isMerge).sort((p, q) => q - p);
      if (b.isLoop) {
        this.w.out.byte(0x03, 0x40);
        this.within(x, merges, [...open, { kind: "loop", block: x }]);
        this.w.out.byte(0x0b);
        return;
      }
      if (merges.length === 0) {
        this.body(x, open);
        return;
      }
      this.w.out.byte(0x02, 0x40);
      this.within(x, merges.slice(1), [...open, { kind: "after", block: merges[0] }]);
      this.w.out.byte(0x0b);
      x = merges[0];
    }
  }

  within(x: number, merges: readonly number[], open: readonly Open[]): void {
    if (merges.length === 0) {
      this.body(x, open);
      return;
    }
    const [y, ...rest] = merges;
    this.w.out.byte(0x02, 0x40);
    this.within(x, rest, [...open, { kind: "after", block: y }]);
    this.w.out.byte(0x0b);
    this.tree(y, open);
  }

  body(x: number, open: readonly Open[]): void {
    const b = this.blocks[x];
    const { w } = this;
    const { code } = w.f;
    let line = 0;
    for (let at = b.start; at < b.last; at += sizeAt(code, at)) {
      line = this.line(at, line);
      writeInstr(w, at);
    }
    this.line(b.last, line);
    const op = ops[code[b.last]];
    switch (op.name) {
      case "jmp":
        this.branch(x, b.next[0], open);
        return;
      case "ret":
        this.leave(b.last);
        return;
      case "trap":
        i32(w, code[b.last + 1]);
        i32(w, w.line);
        w.out.byte(0x10).u32(w.layout.trap).byte(0x00);
        return;
      case "trap.text":
        get(w, code[b.last + 1]);
        get(w, code[b.last + 2]).byte(0xa7);
        i32(w, code[b.last + 3]);
        i32(w, w.line);
        w.out.byte(0x10).u32(w.layout.trapText).byte(0x00);
        return;
      case "switch":
        this.table(x, open);
        return;
    }
    if (!op.operands.some((o) => o.role === "target")) {
      writeInstr(w, b.last);
      if (b.next.length > 0) this.branch(x, b.next[0], open);
      return;
    }
    this.condition(b.last, op.name);
    const inner: readonly Open[] = [...open, { kind: "if", block: -1 }];
    w.out.byte(0x04, 0x40);
    this.branch(x, b.next[0], inner);
    w.out.byte(0x05);
    this.branch(x, b.next[1], inner);
    w.out.byte(0x0b);
  }

  /** Finds the line of an instruction. */
  line(at: number, from: number): number {
    const { lines } = this.w.f;
    let i = from;
    while (i + 2 < lines.length && lines[i + 2] <= at) i += 2;
    const line = lines[i + 1] ?? 0;
    if (line !== this.w.marks[this.w.marks.length - 1])
      this.w.marks.push(this.w.out.list.length, line);
    this.w.line = line;
    return i;
  }

  branch(x: number, t: number, open: readonly Open[]): void {
    const back = t <= x;
    if (!back && !this.blocks[t].isMerge) {
      this.tree(t, open);
      return;
    }
    if (back && this.w.layout.fuel) burn(this.w);
    this.w.out.byte(0x0c).u32(this.depth(t, back ? "loop" : "after", open));
  }

  depth(t: number, kind: Open["kind"], open: readonly Open[]): number {
    for (let i = open.length - 1; i >= 0; i--)
      if (open[i].kind === kind && open[i].block === t) return open.length - 1 - i;
    throw new Error(`block ${t} of ${this.w.f.name} is not open`);
  }

  table(x: number, open: readonly Open[]): void {
    const b = this.blocks[x];
    const depths = b.next.map((t) => this.depth(t, t <= x ? "loop" : "after", open));
    get(this.w, this.w.f.code[b.last + 1])
      .byte(0x0e)
      .u32(depths.length - 1);
    for (const d of depths) this.w.out.u32(d);
  }

  leave(at: number): void {
    const { w } = this;
    const n = w.f.code[at + 1];
    if (w.f.frame > 0) {
      get(w, w.frame);
      i32(w, w.f.frame);
      w.out.byte(0x6a, 0x24).u32(0);
    }
    for (let i = 0; i < n; i++) get(w, w.f.code[at + 2 + i]);
    w.out.byte(0x0f);
  }

  /** The condition of a jump as an i32. */
  condition(at: number, name: string): void {
    const { w } = this;
    const [a, b] = [w.f.code[at + 1], w.f.code[at + 2]];
    if (name === "jt" || name === "jnonnull") get(w, a);
    else if (name === "jf" || name === "jnull") get(w, a).byte(0x45);
    else {
      const m = /^j(eq|ne|lts|ltu|les|leu|ges)(i?)\.(i32|i64)$/.exec(name);
      if (m === null) throw new Error(`the WebAssembly backend has no \`${name}\``);
      get(w, a);
      if (m[2] === "") get(w, b);
      else if (m[3] === "i32") i32(w, b);
      else i64(w, BigInt(b));
      const codes: Record<string, number> = {
        eq: 0x46,
        ne: 0x47,
        lts: 0x48,
        ltu: 0x49,
        les: 0x4c,
        leu: 0x4d,
        ges: 0x4e,
      };
      w.out.byte(codes[m[1]] + (m[3] === "i64" ? 0x0b : 0));
    }
  }
}

export { set };
