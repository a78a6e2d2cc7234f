// All kernels against their published vectors, in a server process.
import { aes128 } from "../../tape/kernels/aes.tape";
import { blend, bits, glyph } from "../../tape/kernels/blend.tape";
import { copy, fill, fill32 } from "../../tape/kernels/bytes.tape";
import { cells, rectangle } from "../../tape/kernels/cells.tape";
import { chacha20 } from "../../tape/kernels/chacha20.tape";
import { checksum, part, seal, tier } from "../../tape/kernels/checksum.tape";
import { crc32c } from "../../tape/kernels/crc32c.tape";
import { poly1305 } from "../../tape/kernels/poly1305.tape";
import { scroll } from "../../tape/kernels/scroll.tape";
import { sha256 } from "../../tape/kernels/sha256.tape";
import { blocks, checksums, ciphers, crcs, hashes, tags } from "../../tape/kernels/vectors.ts";
import { Check, type Told } from "./check.ts";

/** What kernels run as here. */
export const tierHere = (): string => tier;

export function vectorCases(told: Told): void {
  const sums = new Check("checksum", told);
  for (const { data, sum } of checksums) {
    sums.is("sum", checksum(data, 0), sum);
    sums.is("sum in two parts", part(data, 0, 4) + part(data, 4, 8), part(data, 0, 8));
    const header = new Uint8Array(10);
    header.set(data, 2);
    sums.is("sealed", seal(header, 0), sum);
    sums.is("sound", checksum(header, 0), 0);
  }
  sums.end();
  const crc = new Check("crc32c", told);
  for (const { data, sum } of crcs) {
    crc.is("sum", crc32c(data, 0), sum);
    crc.is("in two", crc32c(data.subarray(5), crc32c(data.subarray(0, 5), 0)), sum);
  }
  crc.end();
  const hash = new Check("sha256", told);
  for (const vector of hashes) {
    const out = new Uint8Array(32);
    sha256(vector.data, out);
    hash.is("hash", out, vector.hash);
  }
  hash.end();
  const cipher = new Check("chacha20", told);
  for (const { key, nonce, counter, plain, cipher: expected } of ciphers) {
    const data = plain.slice();
    chacha20(data, key, nonce, counter);
    cipher.is("cipher", data, expected);
    chacha20(data, key, nonce, counter);
    cipher.is("plain", data, plain);
  }
  cipher.end();
  const rounds = new Check("aes", told);
  for (const { keys, plain, cipher } of blocks) {
    const data = plain.slice();
    aes128(data, keys);
    rounds.is("cipher", data, cipher);
  }
  rounds.end();
  const tag = new Check("poly1305", told);
  for (const vector of tags) {
    const out = new Uint8Array(16);
    poly1305(vector.data, vector.key, out);
    tag.is("tag", out, vector.tag);
  }
  tag.end();
  bytesAndPixels(told);
}

/** Kernels without a published vector: small inputs whose results a reader can see. */
function bytesAndPixels(told: Told): void {
  const bytes = new Check("bytes", told);
  const to = new Uint8Array(6).fill(9);
  copy(to.subarray(1), Uint8Array.of(1, 2, 3));
  bytes.is("copied into a part", to, [9, 1, 2, 3, 9, 9]);
  fill(to.subarray(4, 5), 7);
  bytes.is("filled", to, [9, 1, 2, 3, 7, 9]);
  const words = new Uint32Array(5);
  fill32(words.subarray(1, 4), 0xfedcba98);
  bytes.is("filled words", words, [0, 0xfedcba98, 0xfedcba98, 0xfedcba98, 0]);
  bytes.end();
  const pixels = new Check("pixels", told);
  const below = Uint32Array.of(0xff000000, 0xffffffff, 5);
  blend(below, Uint32Array.of(0xff123456, 0x00ffffff, 0x80ffffff));
  pixels.is("blended", below, [0xff123456, 0xffffffff, 0x80808082]);
  const picture = new Uint32Array(9);
  bits(picture, 1, 9, Uint8Array.of(0x81), 5, 6);
  pixels.is("glyph of bits", picture, [0, 5, 6, 6, 6, 6, 6, 6, 5]);
  glyph(picture, 0, 9, Uint8Array.of(255, 0), 2, 0xff000001);
  pixels.is("glyph of coverage", picture, [0xff000001, 5, 6, 6, 6, 6, 6, 6, 5]);
  const colours = Uint32Array.from({ length: 16 }, (_, i) => i);
  cells(picture, 0, 9, Uint8Array.of(0xf0), 1, Uint32Array.of(0x21), 1, colours);
  pixels.is("cells", picture, [1, 1, 1, 1, 2, 2, 2, 2, 5]);
  rectangle(picture, 6, 3, 2, 1, 8);
  pixels.is("rectangle", picture, [1, 1, 1, 1, 2, 2, 8, 8, 5]);
  scroll(picture, 3, 2, 3, 1, 4);
  pixels.is("scrolled", picture, [1, 2, 1, 8, 8, 2, 4, 4, 5]);
  pixels.end();
}
