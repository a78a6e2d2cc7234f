/**
 * What a program may use, as it lies in its executable: a JSON text in a resource, so that the file's digest covers it.
 *
 * Source of the tree of directories: Microsoft, "PE Format", section ".rsrc".
 */
import { bytesOf, toByteString } from "../source/utf8.ts";
import type { Bytes } from "./bytes.ts";
import { MANIFEST_RESOURCE } from "./format.ts";

/** Most bytes of a manifest. */
export const MOST_MANIFEST = 4096;

/** Appends the resource to `out`, whose start will lie at `base`; gives offset and size of the tree. */
export function writeManifest(out: Bytes, text: string, base: number): readonly [number, number] {
  out.align(4);
  const start = out.length;
  const folder = (id: number, to: number, isFolder: boolean): void => {
    out.zeros(12);
    out.u16(0);
    out.u16(1);
    out.u32(id);
    out.u32(isFolder ? (to | 0x80000000) >>> 0 : to);
  };
  folder(MANIFEST_RESOURCE.type, 24, true);
  folder(MANIFEST_RESOURCE.id, 48, true);
  folder(0, 72, false);
  const bytes = bytesOf(toByteString(text));
  out.u32(base + start + 88);
  out.u32(bytes.length);
  out.u32(0);
  out.u32(0);
  out.bytes(bytes);
  return [start, out.length - start];
}
