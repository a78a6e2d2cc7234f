// What lies where between a server, its native thread and the thread's kernel; offsets in bytes. The same in engine/thread.c, in
// sdk/sim/native-steps.ts and in tape/kernels/thread.tape, which tests compare.
import { limits } from "../abi/table.ts";

/** What the thread's loop begins with: words of 64 bits. */
export const plan = {
  /** address of the step's machine code, and of its environment block */
  entry: 0,
  block: 8,
  area: 16,
  port: 24,
  /** values of arguments: an integer takes one, an array two, address in linear memory and length */
  count: 32,
  /** address of the step's signature (tape/embed/letters.ts) */
  letters: 40,
  arguments: 48,
} as const;

/** Most values of arguments. */
export const MOST_VALUES = 32;

/**
 * The area, which the kernel gets as its first argument, lies as a message buffer does, submissions and events at the same offsets. Where
 * that has its scratch are the thread's words.
 */
export const area = {
  /** when to wake, ns since boot: u64 */
  deadline: 0,
  /** not 0: the thread ends when what was returned has been submitted */
  end: 8,
  /** system calls to be made behind the step: their count, and number and six arguments of each, 64 bits each */
  calls: 16,
  call: 24,
  CALL_BYTES: 56,
  MOST_CALLS: 16,
  /** a submission that leaves where the kernel traps */
  last: 1024,
  LAST_BYTES: 48,
  /** the thread's endpoint to its owner: u32 */
  owner: 2048,
  /** the server's own words, as it likes */
  own: 2052,
  BYTES: limits.BUFFER_BYTES,
} as const;

/** A call with this number is a store: 16 bits to the address in its first argument, of its second. */
export const STORE = 0x10000;

/** The key of the channel between a thread and its owner; others are the server's. */
export const OWNERS_KEY = 0x4000_0000;

/** Messages between them: u32 id, and of a forwarded event its type, key and status, and its payload. Ids of `forward` and so on as in docs/wire.md. */
export const words = {
  FORWARD: 0xb45f_a81a,
  STOP: 0xcb53_2ae5,
  STOPPED: 0x6ee2_f34e,
  TRAPPED: 0x323a_00f7,
} as const;
