// The page for the heads of a process's last messages: the engine writes it (sdk/runtime/engine/recorder.c; sdk/sim/recorder.ts), init reads it
// after the process's end. Invariant: it holds no payload but the first word, which is a method's id or a reply's code.

/** Where the page is mapped in a server. */
export const RECORDER = 0x2f00_0000;

/**
 * Offsets in the page, little-endian: u64 entries written so far, u64 since when a turn goes on (ns since boot, 0 none), u64 address of the
 * engine's JSRuntime (0 none), then the entries in a ring.
 */
export const recorderPage = {
  COUNT: 0,
  TURN: 8,
  RUNTIME: 16,
  FIRST: 32,
  ENTRY: 32,
  ENTRIES: 127,
  BYTES: 4096,
};

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
