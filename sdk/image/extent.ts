// A sparse image: runs of bytes at offsets, everything between them zeros. Invariant: extents do
// not overlap, so they can be written in any order.
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";

/** A run of bytes in an image. */
export interface Extent {
  /** bytes from the start of the image */
  offset: number;
  bytes: Uint8Array;
}

/** Moves extents by a number of bytes. */
export function shift(extents: readonly Extent[], by: number): Extent[] {
  return extents.map(({ offset, bytes }) => ({ offset: offset + by, bytes }));
}

/**
 * Writes an image to a file that takes disk space only for its extents.
 * @param path an existing file is replaced
 * @param size bytes of the whole image
 */
export function writeSparse(path: string, extents: readonly Extent[], size: number): void {
  const file = openSync(path, "w");
  try {
    ftruncateSync(file, size);
    for (const { offset, bytes } of extents) {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(file, bytes, done, bytes.length - done, offset + done);
      }
    }
  } finally {
    closeSync(file);
  }
}
