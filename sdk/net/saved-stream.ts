// A connection and a listener as state of a server that is swapped (sdk/hot): their channels and rings move by handle, what came and was not
// read with its bytes. Invariant: who restores one goes on where the one who saved it stopped; who saves it may go on itself.
import {
  array,
  bool,
  bytes,
  duration,
  handle,
  optional,
  string,
  struct,
  u16,
  u32,
  type Values,
} from "../contract/field.ts";

/** What `StreamRings.save` gives. */
export const savedRings = {
  receive: handle("memory"),
  send: handle("memory"),
  receiveBytes: u32,
  sendBytes: u32,
  arrived: u32,
  taken: u32,
  told: u32,
  put: u32,
  left: u32,
  token: optional(bytes),
};

/** What `TcpStream.save` gives. */
export const savedStream = {
  /** 0 while its netd is gone */
  channel: handle("endpoint"),
  localAddress: u32,
  localPort: u16,
  /** pieces that came and were not read */
  received: array(bytes),
  unasked: u32,
  peerDone: bool,
  /** "": it goes on */
  outcome: string,
  moved: u32,
  unshared: bool,
  /** undefined before netd's first word of it */
  arrived: optional(u32),
  rings: optional(struct(savedRings)),
  tuned: optional(struct({ noDelay: bool, keepAlive: duration })),
  /** what is left of writes that are not done: whoever restores it has to write it first */
  unwritten: array(bytes),
};

export type SavedRings = Values<typeof savedRings>;
export type SavedStream = Values<typeof savedStream>;

/** What `TcpListener.save` gives. */
export const savedListener = {
  channel: handle("endpoint"),
  port: u16,
  /** connections that came and nobody took */
  ready: array(struct({ ...savedStream, from: u32, port: u16 })),
};

export type SavedListener = Values<typeof savedListener>;
