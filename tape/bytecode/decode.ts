/**
 * Reading `.tb` files: nothing is believed before it is checked, and no input makes it throw.
 *
 * Order: magic and versions, digest, structure (every count against the bytes left), then `verify`.
 */
import { sha256 } from "../source/sha256.ts";
import { decodeUtf8 } from "../source/utf8.ts";
import { MAGIC } from "./encode.ts";
import { TABLE_VERSION } from "./op-table.ts";
import type { Code, FnCode, TestCode } from "./program.ts";
import { verify } from "./verify.ts";

export type Decoded =
  | { readonly ok: true; readonly code: Code }
  | { readonly ok: false; readonly reason: string };

class Bad {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

class Reader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  uint(): number {
    let v = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const b = this.bytes[this.at++];
      if (b === undefined) throw new Bad("it ends in the middle of a number");
      v += (b & 127) * 2 ** shift;
      if (b < 128) {
        if (v > 0xffffffff) break;
        return v;
      }
    }
    throw new Bad("a number is too large");
  }

  int(): number {
    const v = this.uint();
    return (v >>> 1) ^ -(v & 1);
  }

  /** A count of things that take at least `size` bytes each. */
  count(size: number): number {
    const n = this.uint();
    if (n * size > this.bytes.length - this.at) throw new Bad("a count is larger than the file");
    return n;
  }

  blob(): Uint8Array {
    const n = this.count(1);
    const out = this.bytes.slice(this.at, this.at + n);
    this.at += n;
    return out;
  }

  text(): string {
    const { text, bad } = decodeUtf8(this.blob());
    if (bad >= 0) throw new Bad("a text is not UTF-8");
    return text;
  }

  list<R>(size: number, read: () => R): R[] {
    const n = this.count(size);
    const out: R[] = [];
    for (let i = 0; i < n; i++) out.push(read());
    return out;
  }
}

/** Reads, checks and verifies a `.tb` file. */
export function decode(bytes: Uint8Array): Decoded {
  try {
    return { ok: true, code: read(bytes) };
  } catch (e) {
    if (e instanceof Bad) return { ok: false, reason: e.reason };
    throw e;
  }
}

function read(bytes: Uint8Array): Code {
  if (MAGIC.some((b, i) => i < 4 && bytes[i] !== b)) throw new Bad("this is no .tb file");
  if (bytes[4] !== MAGIC[4])
    throw new Bad(
      `its format is version ${bytes[4] ?? 0}, this tape reads version ${MAGIC[4]}: compile it again`,
    );
  if (bytes.length < 40) throw new Bad("it is cut off");
  const body = bytes.subarray(0, bytes.length - 32);
  const digest = sha256(body);
  for (let i = 0; i < 32; i++)
    if (digest[i] !== bytes[body.length + i])
      throw new Bad("its digest does not match: it is damaged or cut off");
  const r = new Reader(body, MAGIC.length);
  const table = r.uint();
  if (table !== TABLE_VERSION)
    throw new Bad(
      `its instructions are version ${table}, this tape runs version ${TABLE_VERSION}: compile it again`,
    );
  const source = r.text();
  const files = r.list(1, () => r.text());
  const imports = r.list(3, () => ({ name: r.text(), params: r.text(), results: r.text() }));
  const sigs = r.list(1, () => r.text());
  const data = r.blob();
  const fns = r.list(8, () => readFn(r));
  const exports = r.list(3, () => ({ name: r.text(), fn: r.uint(), type: r.text() }));
  const tests = r.list(
    3,
    (): TestCode => ({ name: r.text(), fn: r.uint(), kind: r.text() as TestCode["kind"] }),
  );
  const main = r.int();
  if (r.at !== body.length) throw new Bad("there are bytes after its end");
  const code: Code = { files, fns, imports, sigs, data, exports, tests, main, source };
  const problem = verify(code);
  if (problem !== undefined) throw new Bad(problem);
  return code;
}

function readFn(r: Reader): FnCode {
  const name = r.text();
  const params = r.text();
  const results = r.text();
  const regs = r.text();
  const frame = r.uint();
  const file = r.uint();
  const lines: number[] = [];
  const n = r.count(1);
  for (let i = 0; i < n; i++) lines.push(r.int() + (i < 2 ? 0 : lines[i - 2]));
  const words = r.count(1);
  const code = new Int32Array(words);
  for (let i = 0; i < words; i++) code[i] = r.int();
  return { name, params, results, regs, frame, file, lines, code };
}
