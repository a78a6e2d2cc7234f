// The engine's allocator under random histories, with the address sanitizer watching its own records.
import test from "ava";
import { buildSanitized } from "../sanitized.ts";

const program = buildSanitized(["ci/host/engine/heap-history.c"]);
test.after.always(() => program.close());

const MIB = 1 << 20;

const run = (seed: number, bytes: number) => {
  const text = program.run([String(seed), String(bytes), "15000"]).toString();
  const [, refused, percent] = /^refused (\d+), pieces for (\d+) percent/.exec(text)!;
  return { refused: Number(refused), percent: Number(percent) };
};

test("blocks keep their bytes, and everything is free at the end", (t) => {
  for (let seed = 1; seed <= 4; seed++) {
    const { refused, percent } = run(seed, 64 * MIB);
    t.is(refused, 0);
    t.true(percent >= 95, `${percent}`);
  }
});

test("at the limit requests are refused, nothing breaks, and freed memory joins again", (t) => {
  for (let seed = 1; seed <= 4; seed++) {
    const { refused, percent } = run(seed, 2 * MIB);
    t.true(refused > 100);
    t.true(percent >= 60, `${percent}`);
  }
});
