// Measures calls of kernels from TypeScript in a server process: counts between two reads of the time stamp counter, the least of many,
// since others run meanwhile.
import { uusi } from "../../../sdk/runtime/binding.ts";
import { run } from "../../../sdk/runtime/run.ts";
import { log, ready } from "../../../sdk/runtime/supervisor.ts";
import { systemCalls } from "../../../sdk/runtime/system-call.ts";
import { blend } from "../../../tape/kernels/blend.tape";
import { copy, fill, fill32 } from "../../../tape/kernels/bytes.tape";
import { cells } from "../../../tape/kernels/cells.tape";
import { chacha20 } from "../../../tape/kernels/chacha20.tape";
import { checksum, part, tier } from "../../../tape/kernels/checksum.tape";
import { crc32c } from "../../../tape/kernels/crc32c.tape";
import { poly1305 } from "../../../tape/kernels/poly1305.tape";
import { scroll } from "../../../tape/kernels/scroll.tape";
import { sha256 } from "../../../tape/kernels/sha256.tape";

const SAMPLES = 31;
const SIZE = 16384;

function least(f: () => void): number {
  let counts = Number.POSITIVE_INFINITY;
  for (let i = 0; i < SAMPLES; i++) {
    const from = uusi.cycles();
    f();
    counts = Math.min(counts, uusi.cycles() - from);
  }
  return counts;
}

/** The Internet checksum as TypeScript would add it up, four bytes a step. */
function inTypeScript(words: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i + 4 <= words.length; i += 4)
    sum +=
      (words[i] as number) +
      (words[i + 1] as number) +
      (words[i + 2] as number) +
      (words[i + 3] as number);
  return sum % 65535;
}

run(() => {
  ready();
  const data = new Uint8Array(SIZE).fill(0x5a);
  const words = new Uint32Array(data.buffer);
  const other = new Uint32Array(SIZE / 4).fill(0x80406020);
  const bytes = new Uint8Array(other.buffer);
  const key = new Uint8Array(32).fill(7);
  const nonce = new Uint8Array(12);
  const out = new Uint8Array(32);
  const font = new Uint8Array(256 * 16).fill(0x55);
  const row = new Uint32Array(32).fill(65 * 256 + 7);
  const palette = new Uint32Array(16).fill(0xffffff);
  const nothing = least(() => {});
  const say = (name: string, f: () => void): void => log(`bench ${name} ${least(f) - nothing}`);
  const before = uusi.sys(systemCalls.clock);
  const from = uusi.cycles();
  say("call.part-20", () => void part(data, 16, 36));
  say("call.checksum-0", () => void checksum(out, 0));
  say("call.fill-1", () => fill(out, 1));
  say("checksum", () => void checksum(data, 0));
  say("crc32c", () => void crc32c(data, 0));
  say("copy", () => copy(bytes, data));
  say("fill", () => fill(data, 0x5a));
  say("fill32", () => fill32(words, 0x80123456));
  say("blend", () => blend(words, other));
  say("cells", () => cells(words, 0, 256, font, 16, row, 32, palette));
  say("scroll", () => scroll(words, 64, 64, 64, 1, 0));
  say("sha256", () => sha256(data, out));
  say("chacha20", () => chacha20(data, key, nonce, 0));
  say("poly1305", () => poly1305(data, key, out));
  say("typescript.checksum", () => void inTypeScript(words));
  say("c.sha256", () => void uusi.sha256(data));
  const elapsed = uusi.sys(systemCalls.clock) - before;
  log(`bench megahertz ${Math.round(((uusi.cycles() - from) * 1000) / elapsed)}`);
  log(`bench-end ${tier}`);
});
