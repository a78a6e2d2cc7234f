/**
 * Every row of the table in many forms, against Debian's objdump: what we write is what it reads, and our decoder prints
 * the same text and length.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import test from "ava";
import { decode, textOf } from "./decode.ts";
import { Assembler, Label } from "./encode.ts";
import type { Row } from "./row.ts";
import { rows } from "./rows.ts";

/** objdump's lines, one for each instruction: offset, bytes, text with single spaces. */
function objdump(code: Uint8Array): { at: number; text: string }[] {
  mkdirSync(join(tmpdir(), "native"), { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), "native", "x86-"));
  const file = join(folder, "code");
  writeFileSync(file, code);
  const args = ["-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", "-w", file];
  const done = spawnSync("objdump", args, { encoding: "utf8", maxBuffer: 1 << 28 });
  rmSync(folder, { recursive: true });
  if (done.status !== 0) throw new Error(`objdump: ${done.error?.message ?? done.stderr}`);
  return done.stdout.split("\n").flatMap((line) => {
    const m = /^\s*([0-9a-f]+):\t[0-9a-f ]+\t(.*)$/.exec(line);
    if (m === null) return [];
    const text = m[2]
      .replace(/\s*(#|<).*$/, "")
      .replace(/^data16 /, "")
      .replace(/ (ds|es):/g, " ")
      .trim()
      .replace(/\s+/g, " ");
    return [{ at: Number.parseInt(m[1], 16), text }];
  });
}

/** What objdump calls otherwise: implicit operands, an absent base. */
function plain(text: string): string {
  // Which halves are multiplied has names of its own.
  const halves = /^pclmul(lqlq|hqlq|lqhq|hqhq)dq (.*)$/.exec(text);
  if (halves !== null) {
    const value = { lqlq: "0x0", hqlq: "0x1", lqhq: "0x10", hqhq: "0x11" }[halves[1]];
    return `pclmulqdq ${halves[2].replace("[riz", "[")},${value}`;
  }
  return text
    .replace(/^rep (movs|stos) QWORD .*/, "rep $1q")
    .replace(/^rep (movs|stos) .*BYTE .*/, "rep $1b")
    .replace(/^(ret|leave)[a-z]?$/, "$1")
    .replace(/^(sha256rnds2 .*),xmm0$/, "$1")
    .replace(
      /rip\+0x(f{8}[0-9a-f]{8})/,
      (_, v) => `rip-0x${(-BigInt.asIntN(64, BigInt(`0x${v}`))).toString(16)}`,
    )
    .replace("[riz", "[");
}

const immediates: Readonly<Record<number, readonly number[]>> = {
  0: [0],
  1: [0, 1, 127, -128, -1],
  4: [0x12345678, -2, 0x7fffffff],
};
/** Registers that meet every special case: rsp and r12 want a SIB, rbp and r13 a displacement, 4 to 7 a REX for bytes. */
const some = [0, 1, 4, 5, 6, 8, 12, 13, 15];

/** Rows with VEX: every third register, in both halves, and memory. */
function vex(a: Assembler, r: Row, tail: () => void): void {
  if (r.shape === "Z") {
    a.vz(r);
    return;
  }
  const seconds = r.shape === "RVM" || r.shape === "RVMI" || r.shape === "VMI" ? [0, 7, 15] : [0];
  for (const second of seconds)
    for (const reg of r.reg === "-" ? [0] : some) {
      for (const rm of some) {
        if (r.rm !== "m" && !(r.name === "vmovdqu" && r.shape === "MR")) {
          a.vrr(r, reg, second, rm);
          tail();
        }
        if (r.digit >= 0 || r.name === "vpmovmskb") continue;
        for (const [index, scale, disp] of [
          [-1, 1, 0],
          [1, 8, 8],
          [15, 2, -129],
        ]) {
          a.vrm(r, reg, second, rm, disp, index, scale);
          tail();
        }
      }
    }
}

function every(a: Assembler, r: Row): void {
  for (const size of r.sizes) {
    for (const v of immediates[r.imm] ?? []) {
      const tail = (): void => {
        if (r.imm === 1) a.imm8(v);
        else if (r.imm === 4 && size === 2) {
          a.byte(v & 255);
          a.byte((v >> 8) & 255);
        } else if (r.imm === 4) a.int32(v);
      };
      if (r.vex >= 0) vex(a, r, tail);
      else if (r.shape === "Z") a.z(r, size);
      else if (r.shape === "J") {
        const back = new Label();
        back.at = Math.max(0, a.length - 100);
        if (r.imm === 4) a.j(r, back);
        else a.j(r, back, r);
      } else if (r.shape === "O" || r.shape === "OI") {
        for (const reg of some) {
          a.o(r, size, reg);
          if (r.shape === "OI") a.int32(v);
          if (r.shape === "OI" && size === 8) a.int32(v >> 3);
        }
      } else {
        // Some instructions on vectors take registers only.
        const registers = r.name === "pmovmskb" || /^ps[rl]l|^psra/.test(r.name);
        for (const reg of r.reg === "-" ? [0] : some) {
          if (r.rm !== "m")
            for (const rm of some) {
              if (/^(mov)/.test(r.name) && r.name !== "mov" && r.shape === "MR") break;
              a.rr(r, size, reg, rm);
              tail();
            }
          for (const base of registers ? [] : some)
            for (const [index, scale, disp] of [
              [-1, 1, 0],
              [-1, 1, 8],
              [1, 8, 0],
              [15, 2, -129],
              [12, 4, 0x1000],
            ]) {
              a.rm(r, size, reg, base, disp, index, scale);
              tail();
            }
          if (r.imm === 0 && !registers) {
            const here = new Label();
            here.at = 0;
            a.rip(r, size, reg, here);
          }
        }
      }
    }
  }
}

test("the encoder, the decoder and objdump agree on every row", (t) => {
  const a = new Assembler();
  for (const r of rows) every(a, r);
  const code = a.bytes();
  const theirs = objdump(code);
  const bad: string[] = [];
  let at = 0;
  let n = 0;
  while (at < code.length && bad.length < 20) {
    const d = decode(code, at);
    const their = theirs[n];
    if (d === undefined || their === undefined || their.at !== at) {
      bad.push(`at ${at}: we ${d === undefined ? "read nothing" : textOf(d)}, they ${their?.text}`);
      break;
    }
    if (textOf(d) !== plain(their.text)) bad.push(`we ${textOf(d)}, they ${plain(their.text)}`);
    at += d.size;
    n++;
  }
  t.deepEqual(bad, []);
  t.is(n, theirs.length);
  t.true(n > 20_000, `${n} instructions`);
});

test("an instruction that is cut off or unknown is not read", (t) => {
  t.is(decode(Uint8Array.of(0x81, 0xc0, 1, 2), 0), undefined);
  t.is(decode(Uint8Array.of(0x0f, 0xff), 0), undefined);
  t.is(decode(Uint8Array.of(), 0), undefined);
});
