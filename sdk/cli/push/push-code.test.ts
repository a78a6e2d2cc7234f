// Pushes from the host's store to the system's own code for them, without a line between.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { Pushes } from "../../../servers/dev/pushes.ts";
import type { PatchMemory } from "../../channel/patch.ts";
import { Failure as Refusal } from "../../contract/failure.ts";
import { Failure } from "../failure.ts";
import { pushCode } from "./push-code.ts";
import { PushedCodes, sha256 } from "./pushed.ts";

const folder = mkdtempSync(join(tmpdir(), "leivos-push-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

function system() {
  const bytesOf = new Map<PatchMemory, Uint8Array>();
  const pushes = new Pushes({
    create(length) {
      const bytes = new Uint8Array(length);
      const view: PatchMemory = {
        length,
        copyOut: (offset, to, at, count) => to.set(bytes.subarray(offset, offset + count), at),
        copyIn: (offset, from, at, count) => bytes.set(from.subarray(at, at + count), offset),
      };
      bytesOf.set(view, bytes);
      return { view, handle: () => 1, close: () => undefined };
    },
    digest: (view) => sha256(bytesOf.get(view)!),
  });
  const answer = async (value: object | Refusal) => {
    if (value instanceof Refusal) throw new Failure(value.sentence);
    return value as Record<string, unknown>;
  };
  return {
    pushes,
    ask: (_call: string, fields = {}) => answer(pushes.begin(fields)),
    piece: (operations: Uint8Array) => answer(pushes.piece(operations)),
  };
}

const code = (seed: number, length: number) =>
  Uint8Array.from({ length }, (_, at) => (Math.imul(at + seed, 2654435761) >>> 13) & 255);

test("the second push brings only what has changed, the same code nothing", async (t) => {
  const codes = new PushedCodes(join(folder, "a"));
  const there = system();
  const first = code(1, 100_000);
  t.true((await pushCode(there, codes, "clock", first)).sent > 0);
  t.like(await pushCode(there, codes, "clock", first), { sent: 0, size: 100_000 });
  const second = first.slice();
  second.set([1, 2, 3], 70_000);
  const pushed = await pushCode(there, codes, "clock", second);
  t.true(pushed.sent < 100, `${pushed.sent}`);
  t.false(there.pushes.code(pushed.digest) instanceof Refusal);
});

test("a system that was booted afresh, and a store that was emptied or damaged, get all of it", async (t) => {
  const codes = new PushedCodes(join(folder, "b"));
  const there = system();
  const first = code(2, 40_000);
  await pushCode(there, codes, "clock", first);
  t.true((await pushCode(system(), codes, "clock", first)).sent > 0);
  const [digest] = codes.digests("clock");
  writeFileSync(join(folder, "b/clock", digest!), "damaged");
  const second = code(2, 40_001);
  const pushed = await pushCode(there, codes, "clock", second);
  t.true(pushed.sent > 0);
  t.false(there.pushes.code(pushed.digest) instanceof Refusal);
  rmSync(join(folder, "b"), { recursive: true });
  t.false(
    there.pushes.code((await pushCode(there, codes, "clock", code(3, 9000))).digest) instanceof
      Refusal,
  );
});

test("only the newest codes of a server stay; code that is too long is refused here", async (t) => {
  const codes = new PushedCodes(join(folder, "c"));
  const there = system();
  for (let seed = 0; seed < 7; seed++) await pushCode(there, codes, "clock", code(seed, 2000));
  t.is(readdirSync(join(folder, "c/clock")).length, 4);
  await t.throwsAsync(pushCode(there, codes, "clock", new Uint8Array((2 << 20) + 1)), {
    message: /a push has at most/,
  });
});
