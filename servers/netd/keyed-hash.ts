// The keyed hash behind numbers that nobody may guess.
//
// Invariant: one block of SHA-256 over 32 secret bytes and four numbers; the key goes to the next netd with the state, else nowhere.

/** A keyed hash of four 32-bit numbers: 32 bits. */
export type KeyedHash = (a: number, b: number, c: number, d: number) => number;

const KEY_BYTES = 32;

/** A fresh key. */
export function createHashKey(random32: () => number): Uint8Array {
  const key = new Uint8Array(KEY_BYTES);
  const view = new DataView(key.buffer);
  for (let at = 0; at < KEY_BYTES; at += 4) view.setUint32(at, random32());
  return key;
}

/** The hash with a key of 32 bytes. `sha256` gives 32 bytes. */
export function createKeyedHash(
  key: Uint8Array,
  sha256: (data: Uint8Array) => Uint8Array,
): KeyedHash {
  const block = new Uint8Array(KEY_BYTES + 16);
  const view = new DataView(block.buffer);
  block.set(key);
  return (a, b, c, d) => {
    view.setUint32(32, a);
    view.setUint32(36, b);
    view.setUint32(40, c);
    view.setUint32(44, d);
    const digest = sha256(block);
    return ((digest[0] << 24) | (digest[1] << 16) | (digest[2] << 8) | digest[3]) >>> 0;
  };
}
