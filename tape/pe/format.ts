/**
 * Numbers of the PE32+ format that we write and read.
 *
 * Source: Microsoft, "PE Format", https://learn.microsoft.com/windows/win32/debug/pe-format. Offsets are in bytes, from the start of the file
 * (`dos`), of the file header behind the signature (`coff`), of the optional header (`optional`), of a section's header (`section`).
 */
export const PAGE = 4096;
/** Sections begin at multiples of this in the file. */
export const FILE_ALIGN = 512;
export const MACHINE_X86_64 = 0x8664;
export const MAGIC_64 = 0x20b;
export const DIRECTORIES = 16;

export const dos = { lfanew: 60, SIZE: 64 } as const;
export const coff = {
  machine: 0,
  sections: 2,
  optionalSize: 16,
  characteristics: 18,
  SIZE: 20,
} as const;
export const optional = {
  magic: 0,
  entry: 16,
  imageBase: 24,
  sectionAlign: 32,
  fileAlign: 36,
  imageSize: 56,
  headersSize: 60,
  checkSum: 64,
  subsystem: 68,
  dllCharacteristics: 70,
  stackReserve: 72,
  stackCommit: 80,
  heapReserve: 88,
  heapCommit: 96,
  directoryCount: 108,
  directories: 112,
  SIZE: 112 + 8 * DIRECTORIES,
} as const;
export const section = {
  name: 0,
  memory: 8,
  address: 12,
  fileBytes: 16,
  fileAt: 20,
  flags: 36,
  SIZE: 40,
} as const;

/** Places of what other structures are found by, in the list of directories. */
export const directory = { imports: 1, resources: 2, exceptions: 3, debug: 6 } as const;

/** Who starts the file: `native` is LeivOS, and nobody under Windows. */
export const subsystems = { native: 1, uefiApplication: 10 } as const;

export const sectionFlags = {
  code: 0x20,
  data: 0x40,
  zeros: 0x80,
  execute: 0x20000000,
  read: 0x40000000,
  write: 0x80000000,
} as const;

/** EXECUTABLE_IMAGE, LARGE_ADDRESS_AWARE. */
export const CHARACTERISTICS = 0x22;
/** HIGH_ENTROPY_VA, DYNAMIC_BASE, NX_COMPAT, NO_SEH: at any address, nothing to relocate, data never runs. */
export const DLL_CHARACTERISTICS = 0x560;

/** Kind of the one entry of our debug directory: the trace table of `trace-table.ts`. */
export const TRACE_TABLE = 0x54617065;
/** Kind and number of the resource that holds the manifest: application data. */
export const MANIFEST_RESOURCE = { type: 10, id: 1 } as const;
/** Library whose functions a program imports: the names of `extern` functions. */
export const LIBRARY = "uusi.sto";
