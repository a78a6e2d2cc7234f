// HMAC-SHA-256 (RFC 2104) over one native hash function.
// Invariant: inputs are only read; the two blocks made from the key are overwritten before the function returns.

/** The native SHA-256: 32 bytes from any number. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

const BLOCK = 64;

/** The code of the concatenated `pieces` under a key of at most 64 bytes. */
export function hmac(sha256: Sha256, key: Uint8Array, pieces: readonly Uint8Array[]): Uint8Array {
  let length = BLOCK;
  for (let index = 0; index < pieces.length; index += 1)
    length += (pieces[index] as Uint8Array).length;
  const inner = new Uint8Array(length);
  const outer = new Uint8Array(BLOCK + 32);
  for (let index = 0; index < BLOCK; index += 1) {
    const byte = key[index] ?? 0;
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  }
  let at = BLOCK;
  for (let index = 0; index < pieces.length; index += 1) {
    inner.set(pieces[index] as Uint8Array, at);
    at += (pieces[index] as Uint8Array).length;
  }
  outer.set(sha256(inner), BLOCK);
  const code = sha256(outer);
  inner.fill(0);
  outer.fill(0);
  return code;
}
