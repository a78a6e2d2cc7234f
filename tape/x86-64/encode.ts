/**
 * Writes instructions of the table as bytes.
 *
 * Invariant: each method writes one whole instruction; labels are patched when they are placed, so that `bytes()` is
 * final once every label is.
 */
import { rbp, rsp } from "./registers.ts";
import type { Row } from "./row.ts";

/** A place in the code, before or after it is known. */
export class Label {
  at = -1;
  /** Offsets of 4-byte fields that hold a distance to it, in turn with the offset that they count from. */
  readonly fields: number[] = [];
}

export class Assembler {
  #buffer = new Uint8Array(4096);
  length = 0;

  /** The bytes written so far, as a copy. */
  bytes(): Uint8Array {
    return this.#buffer.slice(0, this.length);
  }

  byte(v: number): void {
    if (this.length === this.#buffer.length) {
      const more = new Uint8Array(this.length * 2);
      more.set(this.#buffer);
      this.#buffer = more;
    }
    this.#buffer[this.length++] = v;
  }

  int32(v: number): void {
    this.byte(v & 255);
    this.byte((v >> 8) & 255);
    this.byte((v >> 16) & 255);
    this.byte((v >> 24) & 255);
  }

  align(n: number, filler: number): void {
    while (this.length % n !== 0) this.byte(filler);
  }

  place(label: Label): void {
    label.at = this.length;
    for (let i = 0; i < label.fields.length; i += 2)
      this.#patch(label.fields[i], label.at - label.fields[i + 1]);
  }

  /** A 4-byte distance from `from` (the end of the field when left out) to the label. */
  distance(label: Label, from = this.length + 4): void {
    if (label.at >= 0) this.int32(label.at - from);
    else {
      label.fields.push(this.length, from);
      this.int32(0);
    }
  }

  #patch(at: number, v: number): void {
    this.#buffer[at] = v & 255;
    this.#buffer[at + 1] = (v >> 8) & 255;
    this.#buffer[at + 2] = (v >> 16) & 255;
    this.#buffer[at + 3] = (v >> 24) & 255;
  }

  /** Prefixes, REX and opcode. `low` says that an 8-bit register 4 to 7 needs an empty REX. */
  #head(row: Row, size: number, reg: number, index: number, base: number, low: boolean): void {
    if (size === 2) this.byte(0x66);
    if (row.prefix !== 0) this.byte(row.prefix);
    const rex =
      (size === 8 ? 8 : 0) |
      (reg > 7 ? 4 : 0) |
      (index > 7 ? 2 : 0) |
      (base > 7 ? 1 : 0) |
      (low ? 0x40 : 0);
    if (rex !== 0) this.byte(0x40 | rex);
    if (row.map !== 0) this.byte(0x0f);
    if (row.map === 2) this.byte(0x38);
    else if (row.map === 3) this.byte(0x3a);
  }

  /** Register operands. `size` in bytes: 4 or 8, 2 for stores, 0 where the row fixes it. */
  rr(row: Row, size: number, reg: number, rm: number): void {
    const low = (row.rm === "b" && rm > 3 && rm < 8) || (row.reg === "b" && reg > 3 && reg < 8);
    const field = row.digit >= 0 ? row.digit : reg;
    this.#head(row, size, row.digit >= 0 ? 0 : reg, 0, rm, low);
    this.byte(row.opcode);
    this.byte(0xc0 | ((field & 7) << 3) | (rm & 7));
  }

  /** Memory operand `[base + index * scale + disp]`; index -1 for none. */
  rm(row: Row, size: number, reg: number, base: number, disp: number, index = -1, scale = 1): void {
    const field = row.digit >= 0 ? row.digit : reg;
    const low = row.reg === "b" && reg > 3 && reg < 8;
    this.#head(row, size, row.digit >= 0 ? 0 : reg, index, base, low);
    this.byte(row.opcode);
    this.#memory(field, base, disp, index, scale);
  }

  /** ModRM, SIB and displacement of `[base + index * scale + disp]`. */
  #memory(field: number, base: number, disp: number, index: number, scale: number): void {
    const mode = disp === 0 && (base & 7) !== rbp ? 0 : disp >= -128 && disp <= 127 ? 0x40 : 0x80;
    const sib = index >= 0 || (base & 7) === rsp;
    this.byte(mode | ((field & 7) << 3) | (sib ? 4 : base & 7));
    if (sib) {
      const log = scale === 8 ? 3 : scale === 4 ? 2 : scale === 2 ? 1 : 0;
      this.byte((log << 6) | ((index < 0 ? 4 : index & 7) << 3) | (base & 7));
    }
    if (mode === 0x40) this.byte(disp & 255);
    else if (mode === 0x80) this.int32(disp);
  }

  /** Memory operand `[index * scale + disp]`, scale 1, 2, 4 or 8. */
  rx(row: Row, size: number, reg: number, index: number, scale: number, disp: number): void {
    this.#head(row, size, reg, index, 0, false);
    this.byte(row.opcode);
    this.byte(((reg & 7) << 3) | 4);
    const log = scale === 8 ? 3 : scale === 4 ? 2 : scale === 2 ? 1 : 0;
    this.byte((log << 6) | ((index & 7) << 3) | 5);
    this.int32(disp);
  }

  /** Memory operand at a label; no immediate may follow. */
  rip(row: Row, size: number, reg: number, label: Label): void {
    const field = row.digit >= 0 ? row.digit : reg;
    const low = row.reg === "b" && reg > 3 && reg < 8;
    this.#head(row, size, row.digit >= 0 ? 0 : reg, 0, 0, low);
    this.byte(row.opcode);
    this.byte(((field & 7) << 3) | 5);
    this.distance(label);
  }

  /** The VEX prefix and opcode; `second` is the register that stands beside ModRM, 0 for none. */
  #vex(row: Row, reg: number, second: number, index: number, base: number): void {
    const pp = row.prefix === 0x66 ? 1 : row.prefix === 0xf3 ? 2 : row.prefix === 0xf2 ? 3 : 0;
    const low = ((~second & 15) << 3) | ((row.vex & 2) << 1) | pp;
    const r = reg > 7 ? 0 : 0x80;
    if (row.map === 1 && index < 8 && base < 8 && (row.vex & 1) === 0) {
      this.byte(0xc5);
      this.byte(r | low);
    } else {
      this.byte(0xc4);
      this.byte(r | (index > 7 ? 0 : 0x40) | (base > 7 ? 0 : 0x20) | row.map);
      this.byte(((row.vex & 1) << 7) | low);
    }
    this.byte(row.opcode);
  }

  /** A row with VEX and no operands. */
  vz(row: Row): void {
    this.#vex(row, 0, 0, 0, 0);
  }

  /** Registers of a row with VEX; `second` 0 where the row has none. */
  vrr(row: Row, reg: number, second: number, rm: number): void {
    const field = row.digit >= 0 ? row.digit : reg;
    this.#vex(row, row.digit >= 0 ? 0 : reg, second, 0, rm);
    this.byte(0xc0 | ((field & 7) << 3) | (rm & 7));
  }

  /** Memory operand of a row with VEX. */
  vrm(
    row: Row,
    reg: number,
    second: number,
    base: number,
    disp: number,
    index = -1,
    scale = 1,
  ): void {
    const field = row.digit >= 0 ? row.digit : reg;
    this.#vex(row, row.digit >= 0 ? 0 : reg, second, index, base);
    this.#memory(field, base, disp, index, scale);
  }

  /** After `rr` or `rm` of a row with an immediate of one byte. */
  imm8(v: number): void {
    this.byte(v & 255);
  }

  /** The register in the opcode. */
  o(row: Row, size: number, reg: number): void {
    this.#head(row, size, 0, 0, reg, false);
    this.byte(row.opcode | (reg & 7));
  }

  /** No operands. */
  z(row: Row, size = 0): void {
    this.#head(row, size, 0, 0, 0, false);
    this.byte(row.opcode);
  }

  /** A jump or call. */
  j(row: Row, label: Label, short?: Row): void {
    if (short !== undefined && label.at >= 0 && label.at - this.length - 2 >= -128) {
      this.byte(short.opcode);
      this.byte((label.at - this.length - 1) & 255);
      return;
    }
    if (row.map !== 0) this.byte(0x0f);
    this.byte(row.opcode);
    this.distance(label);
  }
}
