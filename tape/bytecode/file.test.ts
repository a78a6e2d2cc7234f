/** `.tb` files: reproducible, and refused when anything about them is wrong. */
import test from "ava";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { sha256 } from "../source/sha256.ts";
import { compileText, runInterp } from "../testing/run.ts";
import { Machine } from "../interp/machine.ts";
import { decode } from "./decode.ts";
import { encode } from "./encode.ts";
import { coldText, dispatchText, referenceText } from "./generate.ts";

const program = `import io from "io";
tagged T { A { s: string } B; }
fn f(t: T) -> string { match (t) { T.A { s } => { return s; } T.B => { return "b"; } } }
fn main() -> i64 { let g = fn(x) => x + 1; io.println("{f(T.A { s: "x" })} {g(2)}"); return 5; }`;
const bytes = encode(compileText(program));

test("equal sources give equal bytes, and what is read runs the same", (t) => {
  t.deepEqual(encode(compileText(program)), bytes);
  const read = decode(bytes);
  t.true(read.ok);
  if (read.ok) {
    t.deepEqual(runInterp(read.code), runInterp(compileText(program)));
    t.deepEqual(encode(read.code), bytes);
  }
});

test("every truncation is refused with a reason", (t) => {
  for (let n = 0; n < bytes.length; n += n < 200 ? 1 : 97) {
    const r = decode(bytes.subarray(0, n));
    t.false(r.ok, `${n}`);
    if (!r.ok) t.true(r.reason.length > 10);
  }
});

test("flipped bits are refused", (t) => {
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
      const bad = bytes.slice();
      bad[at] ^= 1 << bit;
      return !decode(bad).ok;
    }),
    { numRuns: 300 },
  );
  t.pass();
});

/** Puts the right digest under changed bytes, as an attacker would. */
function sealed(body: Uint8Array): Uint8Array {
  const out = new Uint8Array(body.length + 32);
  out.set(body);
  out.set(sha256(body), body.length);
  return out;
}

test("changed bytes with a right digest are refused or run within limits", (t) => {
  let accepted = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 5, max: bytes.length - 33 }), fc.nat(255)), {
        minLength: 1,
        maxLength: 3,
      }),
      (changes) => {
        const body = bytes.slice(0, -32);
        for (const [at, v] of changes) body[at] = v;
        const r = decode(sealed(body));
        if (!r.ok) {
          refused++;
          return true;
        }
        accepted++;
        if (r.code.main >= 0) new Machine(r.code, {}, { fuel: 20000, pages: 64 }).call(r.code.main);
        return true;
      },
    ),
    { numRuns: 1500 },
  );
  t.true(refused > 100 && accepted > 10, `${refused} refused, ${accepted} accepted`);
});

test("random bytes never throw", (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      (b) =>
        !decode(b).ok && !decode(sealed(Uint8Array.from([0x54, 0x41, 0x50, 0x45, 1, 1, ...b]))).ok,
    ),
    { numRuns: 500 },
  );
  t.pass();
});

test("generated files are up to date", (t) => {
  const read = (path: string): string =>
    readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
  t.is(read("interp/dispatch.ts"), dispatchText());
  t.is(read("interp/cold.ts"), coldText());
  t.is(read("spec/bytecode.md"), referenceText());
});
