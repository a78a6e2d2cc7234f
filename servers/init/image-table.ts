// The boot image's table (docs/boot-image.md) as init sees it: which object has which handle, where code belongs.
// Invariant: entries beyond the given handles or with impossible fields end the table; the loader has checked the digests.

/** One object of the boot image. */
export interface ImageObject {
  readonly name: string;
  readonly length: number;
  /** Memory size: what is beyond `length` is zeros. */
  readonly memory: number;
  readonly address: number;
  readonly entry: number;
  /** SHA-256, hexadecimal. */
  readonly digest: string;
  /** Handle number of its memory object. */
  readonly handle: number;
}

const HEADER = 64;
const ENTRY = 128;

/** Reads header and table from a private copy; `handles[i]` belongs to entry i. */
export function parseImageTable(bytes: Uint8Array, handles: readonly number[]): ImageObject[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const objects: ImageObject[] = [];
  if (bytes.length < HEADER) return objects;
  const count = Math.min(view.getUint32(12, true), handles.length);
  const long = (at: number) => view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
  for (let index = 0; index < count; index += 1) {
    const at = HEADER + index * ENTRY;
    if (at + ENTRY > bytes.length) break;
    let name = "";
    for (let place = 0; place < 40 && bytes[at + place] !== 0; place += 1)
      name += String.fromCharCode(bytes[at + place] as number);
    let digest = "";
    for (let place = 96; place < 128; place += 1)
      digest += ((bytes[at + place] as number) + 256).toString(16).slice(1);
    objects.push({
      name,
      length: long(at + 48),
      memory: long(at + 56),
      address: long(at + 64),
      entry: long(at + 72),
      digest,
      handle: handles[index] as number,
    });
  }
  return objects;
}
