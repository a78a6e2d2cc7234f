/**
 * Static data: string literals (interned, each followed by a NUL), tables, globals with their first values.
 */
import { DATA_BASE } from "../bytecode/program.ts";
import type { Const } from "../check/constant.ts";
import { isList } from "../check/constant.ts";
import type { FnSym } from "../check/symbol.ts";
import { alignOf, isThinOpt, plain, sizeOf, tagSize, type Type, U8 } from "../check/type.ts";
import { optOffset } from "./shape.ts";

export class Data {
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #used = 0;
  readonly #strings = new Map<string, number>();
  readonly #fnIndex: (fn: FnSym) => number;
  /** Whether a number of a function stands somewhere in the data. */
  holdsFns = false;

  /** @param first bytes that stand before all others */
  constructor(fnIndex: (fn: FnSym) => number, first?: Uint8Array) {
    this.#fnIndex = fnIndex;
    if (first === undefined) return;
    this.alloc(first.length, 1);
    this.#bytes.set(first);
  }

  get bytes(): Uint8Array {
    return this.#bytes.slice(0, (this.#used + 15) & ~15);
  }

  /** Reserves zeroed bytes; gives their address. */
  alloc(size: number, align: number): number {
    const start = Math.ceil(this.#used / align) * align;
    const need = start + size + 16;
    if (need > this.#bytes.length) {
      const next = new Uint8Array(Math.max(need, this.#bytes.length * 2));
      next.set(this.#bytes);
      this.#bytes = next;
      this.#view = new DataView(next.buffer);
    }
    this.#used = start + size;
    return DATA_BASE + start;
  }

  /** Address of a byte string; equal strings share it. */
  text(s: string): number {
    const known = this.#strings.get(s);
    if (known !== undefined) return known;
    const at = this.alloc(s.length + 1, 1);
    for (let i = 0; i < s.length; i++) this.#bytes[at - DATA_BASE + i] = s.charCodeAt(i);
    this.#strings.set(s, at);
    return at;
  }

  /** Address of a constant in memory form. */
  constant(t: Type, v: Const): number {
    const at = this.alloc(Math.max(1, sizeOf(t)), alignOf(t));
    this.write(t, v, at);
    return at;
  }

  /** Writes a constant of type `t` at an address. */
  write(t: Type, v: Const, address: number): void {
    const at = address - DATA_BASE;
    const p = plain(t);
    if (p.kind === "opt") {
      if (v === null) return;
      if (!isThinOpt(p)) this.#view.setUint8(at, 1);
      this.write(p.elem as Type, v, address + optOffset(p));
      return;
    }
    if (isList(v)) {
      this.#list(p, v, address);
      return;
    }
    if (typeof v === "string") {
      const where = this.text(v);
      const n = v.length;
      this.#view.setInt32(at, where, true);
      if (p.kind === "string" || p.kind === "slice") this.#view.setInt32(at + 8, n, true);
      return;
    }
    if (typeof v === "object" && v !== null && "fn" in v) {
      this.holdsFns = true;
      this.#view.setInt32(at, this.#fnIndex(v.fn) + 1, true);
      return;
    }
    if (typeof v === "boolean") this.#view.setUint8(at, v ? 1 : 0);
    else if (typeof v === "number") {
      if (p.bits === 32) this.#view.setFloat32(at, v, true);
      else this.#view.setFloat64(at, v, true);
    } else if (typeof v === "bigint") this.#int(at, sizeOf(p), v);
  }

  #int(at: number, size: number, v: bigint): void {
    if (size === 8) this.#view.setBigInt64(at, BigInt.asIntN(64, v), true);
    else if (size === 4) this.#view.setInt32(at, Number(BigInt.asIntN(32, v)), true);
    else if (size === 2) this.#view.setInt16(at, Number(BigInt.asIntN(16, v)), true);
    else if (size === 1) this.#view.setInt8(at, Number(BigInt.asIntN(8, v)));
  }

  #list(
    t: Type,
    v: { readonly list: readonly Const[]; readonly variant?: number },
    address: number,
  ): void {
    if (t.kind === "array" || t.kind === "vec") {
      const elem = t.elem ?? U8;
      v.list.forEach((x, i) => this.write(elem, x, address + i * sizeOf(elem)));
      return;
    }
    sizeOf(t);
    const fields = v.variant === undefined ? t.fields : t.variants?.[v.variant].fields;
    if (v.variant !== undefined) this.#int(address - DATA_BASE, tagSize(t), BigInt(v.variant));
    v.list.forEach((x, i) => {
      const f = fields?.[i];
      if (f !== undefined) this.write(f.ty, x, address + f.offset);
    });
  }
}
