// The memory for the heads of a process's last messages, a ring for each channel: the engine writes it (sdk/runtime/engine/recorder.c;
// sdk/sim/recorder.ts), init reads it after the process's end. Invariant: it holds no payload but the first word, which is a method's id or a
// reply's code.

/** Where it is mapped in a server: a page with what is below, then the rings. */
export const RECORDER = 0x2f00_0000;

/**
 * Offsets in the page, little-endian: u64 since when a turn goes on (ns since boot, 0 none), u64 address of the engine's JSRuntime (0 none), u32
 * rings that are mapped, which init writes, u32 how often a ring that another channel had was given on; then what each ring holds.
 */
export const recorderPage = {
  TURN: 0,
  RUNTIME: 8,
  RINGS: 16,
  GIVEN: 20,
  FIRST: 32,
  RING: 16,
  /** rings at most */
  MOST: 248,
  /** of the page; the rings follow */
  BYTES: 4096,
  ENTRY: 32,
  /** in a ring */
  ENTRIES: 64,
} as const;

/** Offsets in what is said of a ring: of the channel whose it is. */
export const recorderRing = {
  handle: 0, // u32, 0 not known
  count: 4, // u32 entries written since it has the ring
  slot: 8, // u16 of the loop; 0: what belongs to no channel that is known
  before: 10, // u16 slot of the channel that the ring was taken from, 0 none
  next: 12, // u32 handle of a channel that takes it with its first message
} as const;

/** Offsets in an entry. */
export const recorderEntry = {
  time: 0, // u64 ns since boot
  kind: 8, // u8 operations.*, or RECEIVED + events.*
  handles: 9, // u8
  bytes: 10, // u16 of payload
  channel: 12, // u32 handle that it was sent through; of what was received the loop's slot
  word: 16, // u32 first word of the payload
  status: 20, // i32 of a reply
  cookie: 24, // u32 of a call and its reply; of a call that was received, the handle to reply through
  trace: 28, // u32 id of a request that is followed (docs/trace.md)
} as const;

/** Added to an event's type. */
export const RECEIVED = 16;

/** Rings that memory is made for, one step after the other. */
const STEPS = [8, 16, 32, 64, 128, recorderPage.MOST];

/** Rings at first. */
export const FIRST_RINGS = 8;

/** Rings where there are `now`, and `slots` of the loop are in use. */
export function ringsFor(now: number, slots: number): number {
  return STEPS.find((rings) => rings >= now && rings >= slots) ?? recorderPage.MOST;
}

/** The ring of a slot, of so many. The upper half is shared where there are more channels: who speaks has the ring. */
export function ringOf(slot: number, rings: number): number {
  return slot < rings ? slot : rings / 2 + (slot % (rings / 2));
}
