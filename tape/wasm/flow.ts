/**
 * From jumps back to blocks and loops, over the dominator tree.
 *
 * Source of the method: N. Ramsey, "Beyond Relooper" (ICFP 2022): each block is emitted where its dominator is;
 * a block reached by several forward edges follows a `block`, one reached by a back edge opens a `loop`. It takes
 * reducible flow, which the compiler's always is. Invariant: blocks are numbered in reverse postorder.
 */
import { ops } from "../bytecode/op-table.ts";
import { sizeAt } from "../bytecode/print.ts";
import type { FnCode } from "../bytecode/program.ts";

/** A basic block: its words, where it goes, who dominates it. */
export interface Flow {
  readonly start: number;
  /** Offset of the instruction that ends it, or of the next block where control falls through. */
  readonly end: number;
  /** Offset of the last instruction. */
  readonly last: number;
  readonly next: number[];
  isLoop: boolean;
  isMerge: boolean;
  idom: number;
  readonly children: number[];
}

/** Blocks of a function in reverse postorder, or undefined where flow is irreducible. */
export function blocksOf(f: FnCode): Flow[] | undefined {
  const leaders = new Set([0]);
  const instrs: number[] = [];
  for (let at = 0; at < f.code.length; at += sizeAt(f.code, at)) {
    instrs.push(at);
    const op = ops[f.code[at]];
    const targets = targetsAt(f, at);
    for (const t of targets) leaders.add(t);
    if (targets.length > 0 || op.ends) leaders.add(at + sizeAt(f.code, at));
  }
  const raw = new Map<number, { last: number; end: number; next: number[] }>();
  let start = 0;
  instrs.forEach((at, i) => {
    const after = instrs[i + 1] ?? f.code.length;
    if (!leaders.has(after) && after !== f.code.length) return;
    const next = targetsAt(f, at);
    if (!ops[f.code[at]].ends && after < f.code.length) next.push(after);
    raw.set(start, { last: at, end: after, next });
    start = after;
  });
  return order(raw);
}

/** Jump targets of an instruction, the fall-through excluded. */
export function targetsAt(f: FnCode, at: number): number[] {
  const op = ops[f.code[at]];
  if (op.name === "switch") {
    const n = f.code[at + 2];
    return [...f.code.subarray(at + 3, at + 4 + n)];
  }
  const k = op.operands.findIndex((o) => o.role === "target");
  return k < 0 ? [] : [f.code[at + 1 + k]];
}

function order(
  raw: Map<number, { last: number; end: number; next: number[] }>,
): Flow[] | undefined {
  const post: number[] = [];
  const seen = new Set<number>([0]);
  const stack: { at: number; i: number }[] = [{ at: 0, i: 0 }];
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    const next = raw.get(top.at)?.next ?? [];
    // The last successor (fall-through) first, so that it comes early in reverse postorder.
    if (top.i < next.length) {
      const t = next[top.i++];
      if (!seen.has(t)) {
        seen.add(t);
        stack.push({ at: t, i: 0 });
      }
    } else {
      post.push(top.at);
      stack.pop();
    }
  }
  const rpo = post.reverse();
  const number = new Map(rpo.map((at, i) => [at, i]));
  const blocks = rpo.map((at): Flow => {
    const b = raw.get(at) ?? { last: at, end: at, next: [] };
    return {
      start: at,
      end: b.end,
      last: b.last,
      next: b.next.map((t) => number.get(t) ?? 0),
      isLoop: false,
      isMerge: false,
      idom: -1,
      children: [],
    };
  });
  return dominate(blocks) ? blocks : undefined;
}

/** Immediate dominators (Cooper, Harvey, Kennedy), merges, loops; false where flow is irreducible. */
function dominate(blocks: Flow[]): boolean {
  const before: number[][] = blocks.map(() => []);
  blocks.forEach((b, i) => {
    for (const t of b.next) before[t].push(i);
  });
  blocks[0].idom = 0;
  const meet = (a: number, b: number): number => {
    let x = a;
    let y = b;
    while (x !== y) {
      while (x > y) x = blocks[x].idom;
      while (y > x) y = blocks[y].idom;
    }
    return x;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = 1; i < blocks.length; i++) {
      let idom = -1;
      for (const p of before[i]) if (blocks[p].idom >= 0) idom = idom < 0 ? p : meet(idom, p);
      if (idom !== blocks[i].idom) {
        blocks[i].idom = idom;
        changed = true;
      }
    }
  }
  for (let i = 1; i < blocks.length; i++) blocks[blocks[i].idom].children.push(i);
  const dominates = (a: number, b: number): boolean => {
    let x = b;
    while (x > a) x = blocks[x].idom;
    return x === a;
  };
  for (let i = 0; i < blocks.length; i++) {
    let forward = 0;
    for (const p of before[i]) {
      if (p >= i) {
        if (!dominates(i, p)) return false;
        blocks[i].isLoop = true;
      } else forward++;
    }
    blocks[i].isMerge = forward > 1;
  }
  return true;
}
