// Finding a property of an object.
import type { Edit } from "../edited-source.ts";

export const propertyEdits: readonly Edit[] = [
  // Buckets are counted from the front.
  { from: "prop_hash_end(sh)[-h - 1]", to: "sh->hash_table[h]", times: 9 },
  { from: "prop_hash_end(sh)[-h1 - 1]", to: "sh->hash_table[h1]", times: 2 },
  // Hashes of names need not find out how many bits the mask has: the middle of the product is as good as its top for any mask.
  {
    from: `int shift = 1 + clz_uintptr(mask+1);
    return hash_uintptr(atom) >> shift;`,
    to: `
    return (atom * 0x9e3779b1u >> 12) & mask;`,
    times: 1,
  },
];
