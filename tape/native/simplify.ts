/**
 * Makes instructions cheaper before registers are given out: constants and copies become operands, addresses are folded
 * into accesses, comparisons into jumps, results into the registers that they are moved to, and what is then unused goes.
 *
 * One pass forward and one backward over each block. Invariant: an instruction that may trap stays where it was,
 * except when its operands prove that it cannot.
 */
import { opByName, type Op, ops } from "../bytecode/op-table.ts";
import { addConstant, type Block, type Body, type Constant, constantOf, type Instr } from "./ir.ts";
import { Room } from "./room.ts";
import type { Steps } from "../source/steps.ts";

/** What a register is known to hold. */
interface Fact {
  /** Operand that it equals: a constant or a register. */
  readonly same: number;
  readonly version: number;
  /** Or an address: base, index (or -1 for none), their versions. */
  readonly index: number;
  readonly indexVersion: number;
  readonly scale: number;
  readonly disp: number;
  readonly kind: "same" | "address";
}

/** A register that holds another one, shifted by a constant. */
interface Shifted {
  readonly of: number;
  readonly ofVersion: number;
  readonly version: number;
  readonly left: boolean;
  readonly by: number;
}

/** An instruction whose result is kept for the same one behind it. */
interface Seen {
  readonly instr: Instr;
  /** The count of instructions behind it, and of stores. */
  readonly at: number;
  readonly stores: number;
  /** Its result, or -1 for a check, and the result's version then. */
  readonly d: number;
  readonly version: number;
  /** The one before it in its group. */
  readonly next: Seen | undefined;
}

/** Groups that instructions are looked for in, a power of two. */
const GROUPS = 32;

/** By operation and first register: constants of one value have several numbers. */
function groupOf({ op, uses }: Instr): number {
  const first = uses.length > 0 && uses[0] >= 0 ? uses[0] : 0;
  return (op.number + 7 * first) & (GROUPS - 1);
}

const NONE = 1 << 30;
const isSmall = (v: number): boolean => v > -(1 << 20) && v < 1 << 20;

function operation(name: string): Op {
  const op = opByName.get(name);
  if (op === undefined) throw new Error(`no operation ${name}`);
  return op;
}
const JUMP = operation("jmp");
const rotations = { i32: operation("rotl.i32"), i64: operation("rotl.i64") } as const;
const moves: Readonly<Record<string, Op>> = {
  i: operation("mov.i32"),
  l: operation("mov.i64"),
  f: operation("mov.f32"),
  d: operation("mov.f64"),
  p: operation("mov.ptr"),
};
const moveOf = (cls: string): Op => moves[cls];

/** A property of operations, by their names. */
function property(test: (op: Op) => boolean): (op: Op) => boolean {
  const known = ops.map(test);
  return (op) => known[op.number];
}

const decidable = property((op) => /^j(eq|ne|lts|les|ges)i?\.i(32|64)$/.test(op.name));
const shifts = property((op) => /^(shl\.i|shr\.u)(32|64)$/.test(op.name));
const resizes = property((op) => /^(narrow\.i64|widen\.[iu]32)$/.test(op.name));
const joins = property((op) => /^x?or\.i(32|64)$/.test(op.name));
const accesses = property((op) => /^(ld|st)\./.test(op.name));
const loads = property((op) => op.name.startsWith("ld."));
const movesValue = property((op) => op.name.startsWith("mov."));
const changesMemory = property((op) => /^(st\.|call|host|mem\.(copy|fill|grow))/.test(op.name));
/** What gives the same again for the same operands; cheap operations are done again instead. */
const repeatable = property((op) =>
  /^(ld\.|bound|range|nonnull|padd$|pindex|add|sub|mul|div|rem|fit|w(add|sub|mul)|sh[lr]|rotl|widen\.i|f(32|64)\.|i(32|64)\.f|sqrt)/.test(
    op.name,
  ),
);

const newRooms = () => ({
  versions: new Room(),
  written: new Room(),
  factsOf: new Room(),
  factAt: new Room(),
  always: new Room(),
  bad: new Room(),
  uses: new Room(),
});
type Rooms = ReturnType<typeof newRooms>;
/** For functions that are done in one step; another function may come between two. */
const rooms = newRooms();

class Simplifier {
  readonly body: Body;
  readonly rooms: Rooms;
  readonly locals: number;
  /** What is known of registers in this block; of those where `factsOf` has its number, at `factAt`. */
  readonly facts: Fact[] = [];
  readonly factsOf: Int32Array;
  readonly factAt: Int32Array;
  /** Number of this block, from 1. */
  block = 0;
  /** Registers that were checked to lie in 0 to a number, in this block. */
  limits = new Map<number, { below: number; version: number }>();
  /** Results and passed checks of this block: the last of each group, by operation and operands. */
  readonly seen: (Seen | undefined)[] = new Array(GROUPS).fill(undefined);
  /** Instructions that were gone through. */
  count = 0;
  /** When each register was last written, in `count`. */
  readonly written: Int32Array;
  /** Shifts by constants in this block, by their results. */
  shifted = new Map<number, Shifted>();
  /** Grows with each store and call: what was loaded before may have changed. */
  stores = 0;
  readonly versions: Int32Array;
  /** Constants that registers hold all the time. */
  readonly always: Int32Array;

  constructor(body: Body, rooms: Rooms) {
    this.body = body;
    this.rooms = rooms;
    this.locals = body.f.regs.length;
    const n = body.classes.length;
    this.versions = rooms.versions.take(n, 0);
    this.written = rooms.written.take(n, 0);
    this.factsOf = rooms.factsOf.take(n, 0);
    this.factAt = rooms.factAt.take(n, 0);
    this.always = rooms.always.take(n, NONE);
  }

  /** Registers whose every definition is the same constant. */
  findAlways(): void {
    const n = this.body.classes.length;
    const bad = this.rooms.bad.take(n, 0);
    for (let p = 0; p < this.body.f.params.length; p++) bad[p] = 1;
    for (const b of this.body.blocks)
      for (const instr of b.instrs) {
        for (const d of instr.defs) {
          const c = this.constant(instr);
          if (c === undefined || instr.op.name === "frame") bad[d] = 1;
          else if (this.always[d] === NONE) this.always[d] = c;
          else {
            const [x, y] = [constantOf(this.body, c), constantOf(this.body, this.always[d])];
            if (x.lo !== y.lo || x.hi !== y.hi) bad[d] = 1;
          }
        }
      }
    for (let r = 0; r < n; r++) if (bad[r] !== 0) this.always[r] = NONE;
  }

  /** The constant that an instruction makes. */
  constant(instr: Instr): number | undefined {
    const [a, b] = instr.imm;
    switch (instr.op.name) {
      case "const.i32":
      case "const.ptr":
        return addConstant(this.body, { kind: "int", lo: a, hi: 0 });
      case "const.i64":
        return addConstant(this.body, { kind: "wide", lo: a, hi: b });
      case "const.f32":
        return addConstant(this.body, { kind: "f32", lo: a, hi: 0 });
      case "const.f64":
        return addConstant(this.body, { kind: "f64", lo: a, hi: b });
      case "frame":
        return addConstant(this.body, { kind: "frame", lo: a, hi: 0 });
      case "fnptr":
        return addConstant(this.body, { kind: "int", lo: a + 1, hi: 0 });
      default:
        return undefined;
    }
  }

  /** What is known of a register in this block. */
  fact(u: number): Fact | undefined {
    return this.factsOf[u] === this.block ? this.facts[this.factAt[u]] : undefined;
  }

  /** The best operand for a register. */
  best(u: number): number {
    if (u < 0) return u;
    if (this.always[u] !== NONE) return this.always[u];
    const fact = this.fact(u);
    if (fact === undefined || fact.kind !== "same") return u;
    if (fact.same >= 0 && this.versions[fact.same] !== fact.version) return u;
    return fact.same;
  }

  address(u: number): Fact | undefined {
    const fact = u < 0 ? undefined : this.fact(u);
    if (fact === undefined || fact.kind !== "address") return undefined;
    if (fact.same >= 0 && this.versions[fact.same] !== fact.version) return undefined;
    if (fact.index >= 0 && this.versions[fact.index] !== fact.indexVersion) return undefined;
    return fact;
  }

  forward(b: Block): void {
    this.block++;
    this.facts.length = 0;
    this.limits.clear();
    this.seen.fill(undefined);
    this.shifted.clear();
    const kept: Instr[] = [];
    for (const instr of b.instrs) {
      for (let u = 0; u < instr.uses.length; u++) instr.uses[u] = this.best(instr.uses[u]);
      if (accesses(instr.op)) this.access(instr);
      if (joins(instr.op)) this.rotate(instr);
      if (changesMemory(instr.op)) this.stores++;
      const found = repeatable(instr.op) ? this.find(instr) : undefined;
      const keeps = repeatable(instr.op);
      const before = this.known(instr, found);
      // A check that was passed once passes again.
      if (before !== undefined && instr.defs.length === 0) continue;
      kept.push(instr);
      const fact = before === undefined ? this.factOf(instr) : this.same(before);
      if (instr.op.name === "boundi" && instr.uses[0] >= 0)
        this.limits.set(instr.uses[0], {
          below: instr.imm[0] >>> 0,
          version: this.versions[instr.uses[0]],
        });
      const { defs } = instr;
      this.count++;
      for (let k = 0; k < defs.length; k++) {
        this.versions[defs[k]]++;
        this.written[defs[k]] = this.count;
        this.factsOf[defs[k]] = 0;
      }
      if (fact !== undefined) {
        this.factsOf[defs[0]] = this.block;
        this.factAt[defs[0]] = this.facts.push(fact) - 1;
      }
      if (shifts(instr.op)) this.noteShift(instr);
      if (keeps && before === undefined && !instr.uses.includes(defs[0])) this.note(instr);
    }
    b.instrs = kept;
    this.decide(b);
  }

  /** The last instruction of this block that computed the same value. */
  find(instr: Instr): Seen | undefined {
    for (let s = this.seen[groupOf(instr)]; s !== undefined; s = s.next)
      if (s.instr.op === instr.op && this.equal(s, instr)) return s;
    return undefined;
  }

  /** Whether an instruction of the same operation computes what one before it did. */
  equal({ instr: { uses, imm, scale }, at, stores }: Seen, instr: Instr): boolean {
    if (uses.length !== instr.uses.length || imm.length !== instr.imm.length) return false;
    if (loads(instr.op) && (stores !== this.stores || scale !== instr.scale)) return false;
    for (let k = 0; k < imm.length; k++) if (imm[k] !== instr.imm[k]) return false;
    for (let k = 0; k < uses.length; k++) {
      const [a, b] = [uses[k], instr.uses[k]];
      if (a >= 0) {
        if (a !== b || this.written[a] > at) return false;
      } else if (a !== b) {
        if (b >= 0) return false;
        const c = constantOf(this.body, a);
        const d = constantOf(this.body, b);
        if (c.kind !== d.kind || c.lo !== d.lo || c.hi !== d.hi) return false;
      }
    }
    return true;
  }

  /** Keeps an instruction for those behind it; its registers are not written by itself. */
  note(instr: Instr): void {
    const group = groupOf(instr);
    const d = instr.defs[0] ?? -1;
    const version = d < 0 ? 0 : this.versions[d];
    const [at, next] = [this.count, this.seen[group]];
    this.seen[group] = { instr, at, stores: this.stores, d, version, next };
  }

  /** The register that holds the result of the same operation before, or -1 for a check that was passed. */
  known(instr: Instr, before: Seen | undefined): number | undefined {
    if (before === undefined) return undefined;
    if (before.d < 0) return -1;
    if (this.versions[before.d] !== before.version) return undefined;
    instr.op = moveOf(this.body.classes[before.d]);
    instr.uses = [before.d];
    instr.imm.length = 0;
    instr.scale = 0;
    return before.d;
  }

  /** A jump whose comparison is of constants goes always or never. */
  decide(b: Block): void {
    const last = b.instrs[b.instrs.length - 1];
    const m =
      last === undefined || !decidable(last.op)
        ? null
        : /^j(eq|ne|lts|les|ges)(i?)\.i(32|64)$/.exec(last.op.name);
    if (last === undefined || m === null) return;
    const a = this.number(last.uses[0]);
    const c = m[2] === "i" ? last.imm[0] : this.number(last.uses[1]);
    if (a === undefined || c === undefined) return;
    const goes = { eq: a === c, ne: a !== c, lts: a < c, les: a <= c, ges: a >= c }[m[1]];
    if (goes === true) {
      last.op = JUMP;
      last.uses = [];
      last.imm.length = 0;
    } else if (b.instrs.length > 1) b.instrs.pop();
  }

  /** A signed constant of 32 bits. */
  number(u: number): number | undefined {
    if (u === undefined || u >= 0) return undefined;
    const c = constantOf(this.body, u);
    return c.kind === "int" || (c.kind === "wide" && c.hi === c.lo >> 31) ? c.lo : undefined;
  }

  same(use: number): Fact {
    return {
      kind: "same",
      same: use,
      version: use < 0 ? 0 : this.versions[use],
      index: -1,
      indexVersion: 0,
      scale: 0,
      disp: 0,
    };
  }

  /** Folds an address into an access. */
  access(instr: Instr): void {
    const fact = this.address(instr.uses[0]);
    if (fact === undefined) return;
    const disp = instr.imm[0] + fact.disp;
    if (disp !== 0 && !isSmall(disp)) return;
    if (fact.index >= 0) {
      instr.uses.push(fact.index);
      instr.scale = fact.scale;
      const limit = this.limits.get(fact.index);
      if (limit !== undefined && limit.version === this.versions[fact.index])
        instr.below = limit.below;
    }
    instr.uses[0] = fact.same;
    instr.imm[0] = disp;
  }

  /** A constant in another size. */
  resized(name: string, { kind, lo }: Constant): Fact | undefined {
    if (kind !== "int" && kind !== "wide") return undefined;
    const hi = name === "widen.i32" ? lo >> 31 : 0;
    const size = name === "narrow.i64" ? "int" : "wide";
    return this.same(addConstant(this.body, { kind: size, lo, hi }));
  }

  noteShift({ op, uses: [of, count], defs: [d] }: Instr): void {
    const by = this.number(count);
    this.shifted.delete(d);
    if (of < 0 || of === d || by === undefined) return;
    const [ofVersion, version] = [this.versions[of], this.versions[d]];
    this.shifted.set(d, { of, ofVersion, version, left: op.name.startsWith("shl"), by });
  }

  /** `x << n | x >> bits - n` is one rotation. */
  rotate(instr: Instr): void {
    const [a, b] = instr.uses.map((u) => this.shifted.get(u));
    if (a === undefined || b === undefined || a.of !== b.of || a.left === b.left) return;
    const bits = instr.op.name.endsWith("64") ? 64 : 32;
    if (a.by + b.by !== bits || a.by < 1 || b.by < 1) return;
    for (const [i, each] of [a, b].entries())
      if (
        this.versions[each.of] !== each.ofVersion ||
        this.versions[instr.uses[i]] !== each.version
      )
        return;
    const n = { kind: "int", lo: a.left ? a.by : b.by, hi: 0 } as const;
    instr.op = bits === 64 ? rotations.i64 : rotations.i32;
    instr.uses = [a.of, addConstant(this.body, n)];
  }

  factOf(instr: Instr): Fact | undefined {
    if (instr.defs.length !== 1) return undefined;
    const { name } = instr.op;
    const c = this.constant(instr);
    if (c !== undefined) return this.same(c);
    const [a, b] = instr.uses;
    if (movesValue(instr.op)) return a === instr.defs[0] ? undefined : this.same(a);
    if (a === instr.defs[0] || b === instr.defs[0]) return undefined;
    if (a < 0 && resizes(instr.op)) return this.resized(name, constantOf(this.body, a));
    if (name === "paddi" && isSmall(instr.imm[0])) return this.plus(a, instr.imm[0]);
    if (name !== "pindex") return undefined;
    const scale = instr.imm[0];
    if (b < 0) {
      const offset = constantOf(this.body, b).lo * scale;
      return isSmall(offset) ? this.plus(a, offset) : undefined;
    }
    if (scale !== 1 && scale !== 2 && scale !== 4 && scale !== 8) return undefined;
    return { ...this.same(a), kind: "address", index: b, indexVersion: this.versions[b], scale };
  }

  /** The address `n` bytes after an operand. */
  plus(a: number, n: number): Fact | undefined {
    if (a < 0) {
      const c = constantOf(this.body, a);
      const use = addConstant(this.body, { kind: c.kind, lo: (c.lo + n) | 0, hi: 0 });
      return { kind: "same", same: use, version: 0, index: -1, indexVersion: 0, scale: 0, disp: 0 };
    }
    const known = this.address(a);
    if (known !== undefined && known.index < 0) return { ...known, disp: known.disp + n };
    return {
      kind: "address",
      same: a,
      version: this.versions[a],
      index: -1,
      indexVersion: 0,
      scale: 0,
      disp: n,
    };
  }
}

const pure =
  /^(const|mov|frame|fnptr|padd|pindex|ptr|i64\.ptr|widen|narrow|w(add|sub|mul)|sat|and|or|xor|sh[lr]|rotl|clz|ctz|popcnt|mulhi|clamp|ext|eq|ne|lts|ltu|les|leu|lt|le|(add|sub|mul|div|abs|neg|ceil|floor|trunc|nearest|sqrt|min|max|copysign)\.f|f(32|64)\.|bits|from|select|mem\.size)/;
const removable = property((op) => op.traps.length === 0 && pure.test(op.name));

/** Comparisons that a `jt` or `jf` can take in. */
const mergeable = property((op) =>
  /^((eq|ne|lts|ltu|les|leu)\.(i32|i64|ptr)|(eq|ne|lt|le)\.f(32|64))$/.test(op.name),
);

/** How often each register is read. */
function countUses(body: Body, rooms: Rooms): Int32Array {
  const uses = rooms.uses.take(body.classes.length, 0);
  for (const b of body.blocks)
    for (const instr of b.instrs) for (const u of instr.uses) if (u >= 0) uses[u]++;
  return uses;
}

class Sweeper {
  readonly body: Body;
  readonly uses: Int32Array;
  readonly locals: number;

  constructor(body: Body, rooms: Rooms) {
    this.body = body;
    this.uses = countUses(body, rooms);
    this.locals = body.f.regs.length;
  }

  /** Drops what is not used and merges comparisons and moves, from the end of a block. */
  backward(b: Block): void {
    const { instrs } = b;
    const kept: Instr[] = [];
    const gone = new Uint8Array(instrs.length);
    this.mergeTest(instrs, gone);
    for (let k = instrs.length - 1; k >= 0; k--) {
      if (gone[k] !== 0) continue;
      const instr = instrs[k];
      if (removable(instr.op) && instr.defs.every((d) => this.uses[d] === 0)) {
        for (const u of instr.uses) if (u >= 0) this.uses[u]--;
        continue;
      }
      if (movesValue(instr.op) && this.retarget(instrs, gone, k)) continue;
      kept.push(instr);
    }
    b.instrs = kept.reverse();
  }

  mergeTest(instrs: Instr[], gone: Uint8Array): void {
    const k = instrs.length - 1;
    const jump = instrs[k];
    const before = instrs[k - 1];
    if (before === undefined || (jump.op.name !== "jt" && jump.op.name !== "jf")) return;
    const c = jump.uses[0];
    if (c < this.locals || before.defs[0] !== c || this.uses[c] !== 1) return;
    if (!mergeable(before.op)) return;
    jump.test = before.op;
    jump.uses = before.uses;
    gone[k - 1] = 1;
  }

  /** `t = ...; v = t`, t read nowhere else and v untouched in between: `v = ...`. */
  retarget(instrs: Instr[], gone: Uint8Array, k: number): boolean {
    const t = instrs[k].uses[0];
    const v = instrs[k].defs[0];
    if (t === v) return true;
    if (t < this.locals || this.uses[t] !== 1) return false;
    for (let i = k - 1; i >= 0 && i >= k - 12; i--) {
      if (gone[i] !== 0) continue;
      const other = instrs[i];
      const at = other.defs.indexOf(t);
      if (at >= 0) {
        other.defs[at] = v;
        return true;
      }
      if (other.uses.includes(v) || other.defs.includes(v)) return false;
    }
    return false;
  }
}

/** Instructions of a step. */
const STEP = 400;

/** Simplifies a body of `size` instructions whose local values have registers of their own. */
export function* simplifySteps(body: Body, size: number): Steps<void> {
  const own = size < STEP ? rooms : newRooms();
  const s = new Simplifier(body, own);
  s.findAlways();
  let done = 0;
  for (const b of body.blocks) {
    s.forward(b);
    done += b.instrs.length;
    if (done < STEP || own === rooms) continue;
    yield done;
    done = 0;
  }
  const sweeper = new Sweeper(body, own);
  for (let i = body.blocks.length - 1; i >= 0; i--) {
    sweeper.backward(body.blocks[i]);
    done += body.blocks[i].instrs.length;
    if (done < STEP || own === rooms) continue;
    yield done;
    done = 0;
  }
}
