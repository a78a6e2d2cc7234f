// The keyed hash behind numbers that nobody may guess.
//
// Invariant: one block of SHA-256 over 32 secret bytes and four numbers; the key never leaves this function.

/** A keyed hash of four 32-bit numbers: 32 bits. */
export type KeyedHash = (a: number, b: number, c: number, d: number) => number;

const KEY_WORDS = 8;

/** A hash with a fresh key. `sha256` gives 32 bytes. */
export function createKeyedHash(
  random32: () => number,
  sha256: (data: Uint8Array) => Uint8Array,
): KeyedHash {
  const block = new Uint8Array(KEY_WORDS * 4 + 16);
  const view = new DataView(block.buffer);
  for (let index = 0; index < KEY_WORDS; index++) view.setUint32(index * 4, random32());
  return (a, b, c, d) => {
    view.setUint32(32, a);
    view.setUint32(36, b);
    view.setUint32(40, c);
    view.setUint32(44, d);
    const digest = sha256(block);
    return ((digest[0] << 24) | (digest[1] << 16) | (digest[2] << 8) | digest[3]) >>> 0;
  };
}
