// FNV-1a, 32 bits (draft-eastlake-fnv): ids of methods and contracts, hashes of schemas. Build time only.

/** The hash of the UTF-8 bytes of a text, 0 .. 2^32 - 1. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
