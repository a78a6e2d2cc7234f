// The global `uusi` object: all that the engine gives to TypeScript, the same in both worlds. The C side (binding.c) and the
// simulated nucleus (sdk/sim) implement exactly this. Invariant: nothing here blocks, and nothing here throws but on misuse
// of types; results below 0 are errors of docs/abi.md.

/**
 * How the host drives a server, in both worlds:
 * 1. The START event lies in the event area. The host evaluates the bundle, which sets `turn` and `flush`, then calls
 *    `turn(bytes)` with the bytes of events (START alone), then runs pending jobs until none is left.
 * 2. It calls `flush()`, which returns the bytes of the submit area, and reads `port` and `deadline`.
 * 3. It makes `submit_wait(port, bytes, deadline)`, calls `turn(result)`, runs pending jobs until none is left; on with 2.
 * An exception out of `turn` or `flush`, and a rejection nobody handled, end the process: one log line, exit code 70, or 71 where the time
 * limit of the turn was behind it. Where that limit or the heap's was behind it, `turn(-code)` comes before the end, once, with 256 KiB more of
 * heap, and goes on with 2.; the runtime ends the process at the next turn.
 */
export interface Binding {
  /** A system call; `rax` as a number (exact below 2^53). -1 as an argument is all ones. Never SUBMIT_WAIT. */
  sys(
    number: number,
    a0?: number,
    a1?: number,
    a2?: number,
    a3?: number,
    a4?: number,
    a5?: number,
  ): number;
  /** `rdx` of the last system call. */
  second(): number;
  /** The thread's message buffer (limits.BUFFER_BYTES). */
  readonly buffer: ArrayBuffer;

  /** Memory of this process by address; the address and length must lie in a mapped region, else the process faults. */
  get8(address: number): number;
  get16(address: number): number;
  get32(address: number): number;
  /** An unsigned 64-bit value as a number; above 2^53 it is rounded. */
  get64(address: number): number;
  set8(address: number, value: number): void;
  set16(address: number, value: number): void;
  set32(address: number, value: number): void;
  set64(address: number, value: number): void;
  /** Copies `length` bytes from memory into `to` at `at`; RangeError when `to` is too short. */
  copyOut(address: number, to: Uint8Array, at: number, length: number): void;
  /** Copies `length` bytes of `from`, beginning at `at`, to memory. */
  copyIn(address: number, from: Uint8Array, at: number, length: number): void;
  /** Sets `count` 32-bit words to `value`. */
  fill32(address: number, value: number, count: number): void;
  /** Moves `length` bytes within mapped memory; the ranges may overlap. */
  move(to: number, from: number, length: number): void;
  /** Writes what the processor's caches hold of mapped memory back to it, for devices that do not look there. */
  writeBack(address: number, length: number): void;

  /**
   * Writes the head of a submission at `at` of the message buffer, a multiple of 8, for the loop's port: as outbox.ts does word by word
   * where the world has no such function. `counted`: operation and number of handles; `end` is that of the payload. Returns where the next
   * submission has its place.
   */
  submission?(
    at: number,
    counted: number,
    handle: number,
    cookie: number,
    deadline: number,
    end: number,
  ): number;

  /**
   * A pending promise without functions that settle it, and the settling of one: nothing when that was done before. `value` is no thenable.
   * Absent where the world's engine has only those of the language (sdk/contract/settling.ts).
   */
  promise?(): Promise<object>;
  settle?(promise: Promise<object>, value: object): void;

  /** SHA-256: 32 bytes. */
  sha256(data: Uint8Array): Uint8Array;
  /** PBKDF2-HMAC-SHA256 (RFC 8018): 32 bytes. */
  pbkdf2(password: Uint8Array, salt: Uint8Array, rounds: number): Uint8Array;
  /** Fills `into` from the process's HMAC-DRBG (SP 800-90A); false, and nothing written, when there is no seed. */
  random(into: Uint8Array): boolean;
  /** Mixes fresh entropy (at least 32 bytes) into the DRBG; from then on it is seeded. */
  reseed(entropy: Uint8Array): void;

  /** Writes `text` as UTF-8 into `into` at `at`; returns the bytes written, -1 when they do not fit, or -2 when it is no string (nothing is written). A lone surrogate becomes U+FFFD. */
  encode(text: string, into: Uint8Array, at: number): number;
  /** The string of `length` UTF-8 bytes of `from` at `at`; undefined when they are not valid UTF-8. */
  decode(from: Uint8Array, at: number, length: number): string | undefined;

  /**
   * A function of a Tape kernel as a JavaScript function (sdk/runtime/kernel.ts loads kernels). `entry`: address of its machine code;
   * `environment`: of its environment block, alone on a page; `letters`: of its signature (tape/embed/letters.ts). An argument of a wrong
   * type or range, an error value and a trap end in `trouble(what)`, whose exception is the call's: 0 and above the place of the
   * argument, -1 a trap, below it -2 minus the error's value.
   */
  kernel(
    entry: number,
    environment: number,
    letters: number,
    trouble: (what: number) => never,
  ): (...args: never[]) => unknown;
  /** What kernels run as: "native" machine code, or "WebAssembly" in the simulated nucleus. */
  readonly kernelTier: string;

  /** Processor time stamp as a number: for measuring only. 0 in the simulated nucleus. */
  cycles(): number;
  /**
   * A register of a CPUID leaf (subleaf 0): eax to edx are 0 to 3; 4, of leaf 1, is XCR0, or 0 where no XSAVE is in use. `processor.ts` is the
   * one that asks; absent, or -1 in a record, where no processor runs machine code.
   */
  cpuid?(leaf: number, register: number): number;
  /** Bytes that the engine has allocated, and its limit. */
  heapUsed(): number;
  readonly heapLimit: number;
  /**
   * Where 32 bits lie that the engine counts bytes in which typed arrays have copied (set, slice, copyWithin; what arrays of values move when one
   * is taken off their front counts too); absent in the simulated nucleus.
   */
  readonly copied?: number;
  /** Frees what the collector finds; returns `heapUsed()` after it. */
  collect(): number;
  /**
   * Entry points for thread_create: `probe` adds 1 to the u32 at the address in its argument and ends; `spin` adds 1 to the u64 there for ever.
   */
  readonly probeEntry: number;
  readonly spinEntry: number;
  /** The entry point of a native thread, whose argument is the address of its plan (native-thread.ts). */
  readonly threadEntry: number;
  /**
   * "uusi" on the nucleus, "sim" in the simulated one, "replay" where a recorded run is repeated: for messages only, never to behave
   * differently; but a repetition is not recorded.
   */
  readonly world: "uusi" | "sim" | "replay";

  /** Set by the runtime. */
  turn?: (eventBytes: number) => void;
  flush?: () => number;
  /** The port of the loop and the deadline of its next wait, ns since boot, -1 never. */
  port: number;
  deadline: number;
  /** Set by the bundle (a build step): maps a line of the bundle to "file.ts:line" for error texts. */
  place?: (line: number) => string;
  /** The same for the engine's text of a stack: its first frames that are of the bundle, as " at f file.ts:12 < ...", for the engine. */
  places?: (stack: string) => string;
}

/** The host's object; undefined where no engine of LeivOS runs (plain Node). */
export const uusi: Binding = (globalThis as unknown as { uusi: Binding }).uusi;
