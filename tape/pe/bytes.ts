/** Bytes as they are written: little-endian numbers, texts, padding. Invariant: what is written stays where it is; `patch32` alone changes it. */
import { bytesOf, toByteString } from "../source/utf8.ts";

export class Bytes {
  readonly #list: number[] = [];

  get length(): number {
    return this.#list.length;
  }

  u8(v: number): void {
    this.#list.push(v & 255);
  }

  u16(v: number): void {
    this.u8(v);
    this.u8(v >> 8);
  }

  u32(v: number): void {
    this.u16(v);
    this.u16(v >>> 16);
  }

  /** A number of 64 bits, at most 2 ^ 53. */
  u64(v: number): void {
    this.u32(v);
    this.u32(Math.floor(v / 2 ** 32));
  }

  /** An unsigned number in groups of 7 bits, the lowest first. */
  number(v: number): void {
    let rest = v;
    while (rest >= 128) {
      this.u8((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    this.u8(rest);
  }

  /** A signed number, small ones of either sign in one byte. */
  signed(v: number): void {
    this.number(v < 0 ? -2 * v - 1 : 2 * v);
  }

  bytes(list: ArrayLike<number>): void {
    for (let i = 0; i < list.length; i++) this.u8(list[i]);
  }

  ascii(text: string): void {
    for (let i = 0; i < text.length; i++) this.u8(text.charCodeAt(i));
  }

  /** Length and bytes of UTF-8. */
  text(s: string): void {
    const bytes = bytesOf(toByteString(s));
    this.number(bytes.length);
    this.bytes(bytes);
  }

  zeros(n: number): void {
    for (let i = 0; i < n; i++) this.u8(0);
  }

  align(n: number): void {
    while (this.#list.length % n !== 0) this.u8(0);
  }

  patch32(at: number, v: number): void {
    for (let i = 0; i < 4; i++) this.#list[at + i] = (v >>> (8 * i)) & 255;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#list);
  }
}
