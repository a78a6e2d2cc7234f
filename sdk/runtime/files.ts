// A server's own files: the folder `files/` beside its manifest, packed into the boot image and mapped for reading only.
// Invariant: every place that the index names is checked once, when it is read; a file's bytes are copied out, never shared.
import { protections } from "../abi/table.ts";
import { Failure, failures } from "../contract/failure.ts";
import { Memory } from "./memory.ts";
import { startValues } from "./run.ts";
import type { MemoryView } from "./shared-view.ts";

/** One file. */
export interface ImageFile {
  /** as `pictures/logo.svg` */
  readonly path: string;
  /** bytes */
  readonly length: number;
  /** the first 16 hexadecimal digits of its SHA-256 */
  readonly digest: string;
  /** where its bytes lie */
  readonly at: number;
}

const MAGIC = [0x5649454c, 0x4146534f];
const HEADER = 16;
const ENTRY = 24;
const MOST_FILES = 4096;
const MOST_PATH = 255;

const hex = (word: number) => (word + 2 ** 32).toString(16).slice(1);
/** Bytes of a word in the order in which they lie in memory. */
const swapped = (word: number) =>
  (((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>>
    0) as number;

/** The files of one archive (sdk/image/file-archive.ts). */
export class ImageFiles {
  readonly list: readonly ImageFile[];
  readonly #view: MemoryView;
  readonly #places: { [path: string]: ImageFile | undefined } = Object.create(null);

  private constructor(view: MemoryView, list: ImageFile[]) {
    this.#view = view;
    this.list = list;
    for (let i = 0; i < list.length; i++) this.#places[list[i]!.path] = list[i];
  }

  /** Reads the index, or says what is wrong with it. */
  static read(view: MemoryView): ImageFiles | Failure {
    const bad = (why: string) =>
      new Failure(failures.INVALID, `the files of this server ${why}; build the image again`);
    if (view.length < HEADER || view.get32(0) !== MAGIC[0] || view.get32(4) !== MAGIC[1])
      return bad("have no LEIVOSFA header");
    const count = view.get32(8);
    if (count > MOST_FILES || HEADER + count * ENTRY > view.length) return bad("are too many");
    const inside = (at: number, length: number) => at <= view.length && length <= view.length - at;
    const name = new Uint8Array(MOST_PATH);
    const list: ImageFile[] = [];
    for (let i = 0; i < count; i++) {
      const entry = HEADER + i * ENTRY;
      const nameAt = view.get32(entry);
      const nameLength = view.get32(entry + 4);
      const at = view.get32(entry + 8);
      const length = view.get32(entry + 12);
      if (nameLength === 0 || nameLength > MOST_PATH || !inside(nameAt, nameLength))
        return bad(`have no name at place ${i}`);
      if (!inside(at, length)) return bad(`end before their content at place ${i}`);
      view.copyOut(nameAt, name, 0, nameLength);
      let path = "";
      for (let j = 0; j < nameLength; j++) path += String.fromCharCode(name[j]!);
      const digest = hex(swapped(view.get32(entry + 16))) + hex(swapped(view.get32(entry + 20)));
      list.push({ path, length, digest, at });
    }
    return new ImageFiles(view, list);
  }

  /** The file at a path, exactly as it was packed. */
  find(path: string): ImageFile | undefined {
    return this.#places[path];
  }

  /** A copy of at most `length` bytes of a file from `from` on; shorter at its end. */
  copy(file: ImageFile, from: number, length: number): Uint8Array {
    const start = Math.min(from, file.length);
    const bytes = new Uint8Array(Math.min(length, file.length - start));
    this.#view.copyOut(file.at + start, bytes, 0, bytes.length);
    return bytes;
  }
}

/** This server's files: NOT_FOUND when its manifest does not say `files: true`. */
export function openFiles(): ImageFiles | Failure {
  const number = startValues().grants["files"];
  if (number === undefined)
    return new Failure(
      failures.NOT_FOUND,
      "this server gets no files; make a folder `files` and write `files: true` in its manifest",
    );
  const view = new Memory(number).map(protections.READ);
  return view instanceof Failure ? view : ImageFiles.read(view);
}
