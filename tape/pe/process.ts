/**
 * Where a native process of LeivOS has what: what its loader, the system's part of `system.ts` and `std/uusi.tape` agree on.
 *
 * Invariant: addresses lie apart, and below those that docs/abi.md gives to stacks and message buffers.
 */

/** Where the parts of a native process lie. */
export const processAddresses = {
  system: 0x1000_0000,
  program: 0x2000_0000,
  block: 0x3000_0000,
  memory: 0x2000_0000_0000,
} as const;

/** What lies in the pages of the program's block beside it: offsets. `std/uusi.tape` repeats them; a test compares. */
export const processBlock = {
  /** u64 handle of the channel to the loader */
  channel: 2048,
  /** u64 address of the program's first instruction */
  entry: 2056,
  /** u64 most bytes of linear memory */
  most: 2064,
  /** u32 number of services, then their handles as u32 */
  services: 2080,
  /** a byte for each import: its place in `processImports`, 0 for what there is not */
  imports: 3072,
  /** u32 number of arguments, then offset and length of each as u32, then their bytes */
  arguments: 4096,
  SIZE: 12288,
} as const;

/** Imports that the system's part has, by the number in the program's map. */
export const processImports: readonly string[] = [
  "",
  "io.write",
  "io.write_line",
  "io.read",
  "os.arg_count",
  "os.arg_len",
  "os.arg_copy",
  "os.exit",
  "time.unix",
  "time.ticks",
  "service.count",
  "service.call",
];

/** Bytes of a native process's stack. */
export const PROCESS_STACK = 1 << 20;
/** What the system's part may use of it below the program's limit. */
export const SYSTEM_STACK = 16 << 10;
