// The record of a run: all that a server's code has learned from outside, in the order in which it did, so that the same code can be run again
// to the same point (sdk/cli/replay). Invariant: an entry is whole before USED covers it, so that a record may end anywhere.

/** Offsets in the record's memory, little-endian: u32 bytes used, u32 the loop's port, u32 1 when not all found room; then entries, each at a multiple of 8. */
export const recordHead = { USED: 0, PORT: 4, FULL: 8, FIRST: 16 } as const;

/** An entry: u32 kind, u32 bytes of what follows. */
export const recordKinds = {
  /** the event area as a turn finds it */
  TURN: 1,
  /** before it, where submissions failed: the submit area with their statuses */
  FAILED: 2,
  /** a system call: f64 rax, f64 rdx, u32 number, u32 first argument; then scratch, where the call answers there */
  SYS: 3,
  /** a number: of memory (get8 to get64), of the engine's heap */
  NUMBER: 4,
  /** bytes of memory */
  BYTES: 5,
  /** random bytes behind a u32, 0 when there was no seed */
  RANDOM: 6,
  /** a kernel's result, f64 or (its own kind) u64; then its arrays as they were afterwards, each as BYTES */
  KERNEL: 7,
  KERNEL_64: 8,
  /** a kernel's trouble: i32 what */
  TROUBLE: 9,
} as const;

/** Bytes of an entry's head. */
export const ENTRY_HEAD = 8;
/** What a record holds at most. */
export const RECORD_BYTES = 1 << 20;
