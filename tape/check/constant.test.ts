/**
 * The constant evaluator is exact and shares no code with the runtimes, so it is an oracle for the compiler: the same
 * expressions over constants and over run-time values must agree, on both runtimes.
 */
import test from "ava";
import { Random } from "../testing/generate.ts";
import { lines } from "../testing/run.ts";

const types = ["i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64"] as const;

function range(t: string): [bigint, bigint] {
  const bits = BigInt(t.slice(1));
  return t.startsWith("i")
    ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n]
    : [0n, (1n << bits) - 1n];
}

/** An expression over leaves `leaf(i)`, which take values of the types listed in `used`. */
class Expressions {
  readonly r: Random;
  used: { ty: string; value: bigint }[] = [];

  constructor(seed: number) {
    this.r = new Random(seed);
  }

  make(t: string, depth: number): string {
    const { r } = this;
    if (depth === 0) {
      const [low, high] = range(t);
      const value = r.pick([low, low + 1n, 0n, 1n, 2n, 5n, high / 2n, high - 1n, high]);
      this.used.push({ ty: t, value });
      return `#${this.used.length - 1}#`;
    }
    const sub = (u: string): string => this.make(u, depth - 1);
    switch (r.next(6)) {
      case 0:
        return `(${sub(r.pick(types))} as ${t})`;
      case 1:
        return `(~${sub(t)})`;
      case 2: {
        const u = r.pick(types);
        return `((${sub(u)} ${r.pick(["<", "<=", ">", ">=", "==", "!="])} ${sub(u)}) as ${t})`;
      }
      default:
        return `(${sub(t)} ${r.pick(["+%", "-%", "*%", "&", "|", "^", "+|", "-|", "<<", ">>"])} ${sub(t)})`;
    }
  }
}

test("constants and run-time values agree on random expressions", (t) => {
  const declarations: string[] = [];
  const body: string[] = [];
  const n = 250;
  for (let i = 0; i < n; i++) {
    const e = new Expressions(i + 1);
    const ty = e.r.pick(types);
    const text = e.make(ty, 3);
    const fill = (leaf: (k: number) => string): string =>
      text.replace(/#(\d+)#/g, (_, k: string) => leaf(Number(k)));
    declarations.push(`const C${i}: ${ty} = ${fill((k) => `K${i}_${k}`)};`);
    e.used.forEach((u, k) => declarations.push(`const K${i}_${k}: ${u.ty} = ${u.value};`));
    declarations.push(
      `fn f${i}(${e.used.map((u, k) => `a${k}: ${u.ty}`).join(", ")}) -> ${ty} { return ${fill((k) => `a${k}`)}; }`,
    );
    body.push(
      `if (f${i}(${e.used.map((u) => String(u.value)).join(", ")}) != C${i}) { io.println("${i}: {f${i}(${e.used.map((u) => String(u.value)).join(", ")})} {C${i}}"); }`,
    );
  }
  body.push(`io.println(${n});`);
  t.deepEqual(lines(body.join("\n"), declarations.join("\n")), [String(n)]);
});
