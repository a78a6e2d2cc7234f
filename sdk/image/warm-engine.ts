// The boot image's objects of the engine as it is before any start: its data, in place of `engine.data`, and its heap.
// Invariant: both are the same size in memory as when they were made; zeros at their ends are left out.
import { type BootObject, objectKinds } from "./boot-image.ts";

const pageBytes = 4096;

/** The bytes up to the last page that is not zero. */
function withoutZeros(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, Math.ceil(end / pageBytes) * pageBytes);
}

/**
 * The objects.
 * @param cold `engine.data` as it was linked
 * @param data the whole of the data segment
 * @param heap records, then pages (sdk/runtime/engine/heap.c)
 */
export function warmObjects(cold: BootObject, data: Uint8Array, heap: Uint8Array): BootObject[] {
  return [
    {
      name: "engine.warm",
      kind: objectKinds.engine,
      bytes: withoutZeros(data),
      memory: data.length,
      address: cold.address ?? 0n,
    },
    {
      name: "engine.heap",
      kind: objectKinds.engine,
      bytes: withoutZeros(heap),
      memory: heap.length,
    },
  ];
}
