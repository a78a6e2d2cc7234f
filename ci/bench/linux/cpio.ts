// An initial file system for Linux, in the form `newc` that the kernel unpacks
// (Documentation/driver-api/early-userspace/buffer-format.rst in its source). Pure: devices need no
// right to make them, since they are only bytes here.

/** One entry; a folder stands before what is in it. */
export interface Entry {
  path: string;
  /** type and permissions, as in st_mode */
  mode: number;
  bytes?: Uint8Array;
  /** of a device */
  major?: number;
  minor?: number;
}

/** Types of entries. */
export const fileTypes = { folder: 0o040000, file: 0o100000, characterDevice: 0o020000 } as const;

function header(entry: Entry, number: number, nameBytes: number): string {
  const fields = [
    number,
    entry.mode,
    0, // user
    0, // group
    1, // links
    0, // time
    entry.bytes?.length ?? 0,
    0, // device that it is on
    0,
    entry.major ?? 0,
    entry.minor ?? 0,
    nameBytes,
    0, // checksum, none in this form
  ];
  return "070701" + fields.map((field) => field.toString(16).padStart(8, "0")).join("");
}

const padding = (bytes: number) => Buffer.alloc(-bytes & 3);

/** Writes an archive. */
export function cpio(entries: readonly Entry[]): Uint8Array {
  const end: Entry = { path: "TRAILER!!!", mode: 0 };
  const parts = [...entries, end].flatMap((entry, i) => {
    const name = Buffer.from(`${entry.path}\0`);
    const head = Buffer.concat([Buffer.from(header(entry, i + 1, name.length)), name]);
    const bytes = entry.bytes ?? new Uint8Array(0);
    return [head, padding(head.length), bytes, padding(bytes.length)];
  });
  return Buffer.concat(parts);
}
