/**
 * `.tb` files: magic, versions, body, SHA-256 of all that.
 *
 * Numbers are LEB128 (signed ones zigzag), texts are UTF-8 with their length. Nothing depends on time, place or
 * machine, so equal sources and compiler give equal bytes. `decode.ts` reads it.
 */
import { sha256 } from "../source/sha256.ts";
import { bytesOf, toByteString } from "../source/utf8.ts";
import { TABLE_VERSION } from "./op-table.ts";
import type { Code } from "./program.ts";

/** First bytes of a file; the last one is the version of this format. */
export const MAGIC: readonly number[] = [0x54, 0x41, 0x50, 0x45, 0x01];

class Writer {
  bytes = new Uint8Array(4096);
  used = 0;

  byte(v: number): void {
    if (this.used === this.bytes.length) {
      const next = new Uint8Array(this.used * 2);
      next.set(this.bytes);
      this.bytes = next;
    }
    this.bytes[this.used++] = v;
  }

  uint(v: number): void {
    let rest = v >>> 0;
    while (rest >= 128) {
      this.byte((rest & 127) | 128);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  int(v: number): void {
    this.uint((v << 1) ^ (v >> 31));
  }

  blob(bytes: Uint8Array): void {
    this.uint(bytes.length);
    for (let i = 0; i < bytes.length; i++) this.byte(bytes[i]);
  }

  text(s: string): void {
    this.blob(bytesOf(toByteString(s)));
  }
}

/** A program as a `.tb` file. */
export function encode(code: Code): Uint8Array {
  const w = new Writer();
  for (const b of MAGIC) w.byte(b);
  w.uint(TABLE_VERSION);
  w.text(code.source);
  w.uint(code.files.length);
  for (const f of code.files) w.text(f);
  w.uint(code.imports.length);
  for (const i of code.imports) {
    w.text(i.name);
    w.text(i.params);
    w.text(i.results);
  }
  w.uint(code.sigs.length);
  for (const s of code.sigs) w.text(s);
  w.blob(code.data);
  w.uint(code.fns.length);
  for (const f of code.fns) {
    w.text(f.name);
    w.text(f.params);
    w.text(f.results);
    w.text(f.regs);
    w.uint(f.frame);
    w.uint(f.file);
    w.uint(f.lines.length);
    for (let i = 0; i < f.lines.length; i++) w.int(f.lines[i] - (i < 2 ? 0 : f.lines[i - 2]));
    w.uint(f.code.length);
    for (let i = 0; i < f.code.length; i++) w.int(f.code[i]);
  }
  w.uint(code.exports.length);
  for (const e of code.exports) {
    w.text(e.name);
    w.uint(e.fn);
    w.text(e.type);
  }
  w.uint(code.tests.length);
  for (const t of code.tests) {
    w.text(t.name);
    w.uint(t.fn);
    w.text(t.kind);
  }
  w.int(code.main);
  const body = w.bytes.subarray(0, w.used);
  const out = new Uint8Array(w.used + 32);
  out.set(body);
  out.set(sha256(body), w.used);
  return out;
}
