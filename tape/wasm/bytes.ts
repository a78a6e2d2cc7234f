/** WebAssembly's binary encoding: LEB128 numbers, vectors, sections (specification, chapter "Binary Format"). */

/** A growing list of bytes. */
export class Bytes {
  readonly list: number[] = [];

  byte(...values: number[]): this {
    for (const v of values) this.list.push(v);
    return this;
  }

  u32(v: number): this {
    let rest = v >>> 0;
    while (rest >= 128) {
      this.list.push((rest & 127) | 128);
      rest >>>= 7;
    }
    this.list.push(rest);
    return this;
  }

  s32(v: number): this {
    let rest = v | 0;
    for (;;) {
      const b = rest & 127;
      rest >>= 7;
      if ((rest === 0 && (b & 64) === 0) || (rest === -1 && (b & 64) !== 0)) {
        this.list.push(b);
        return this;
      }
      this.list.push(b | 128);
    }
  }

  s64(v: bigint): this {
    let rest = BigInt.asIntN(64, v);
    for (;;) {
      const b = Number(rest & 127n);
      rest >>= 7n;
      if ((rest === 0n && (b & 64) === 0) || (rest === -1n && (b & 64) !== 0)) {
        this.list.push(b);
        return this;
      }
      this.list.push(b | 128);
    }
  }

  text(s: string): this {
    const bytes: number[] = [];
    for (let i = 0; i < s.length; i++) bytes.push(s.charCodeAt(i) & 127);
    return this.u32(bytes.length).append(bytes);
  }

  append(bytes: ArrayLike<number>): this {
    for (let i = 0; i < bytes.length; i++) this.list.push(bytes[i]);
    return this;
  }

  /** A section with its size. */
  section(id: number, body: Bytes): this {
    return this.byte(id).u32(body.list.length).append(body.list);
  }
}
