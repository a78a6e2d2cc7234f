// An Ethernet card as its driver serves it: frames both ways, and the state of the link.
// Invariant: a frame is 14 to 1,514 bytes, without check sequence, in an event as many as a message can hold; in shared memory
// (sdk/net/card-pool.ts) it may be a packet of 64 KiB, where the card does that.
import { call, contract, event } from "../../sdk/contract/contract.ts";
import { array, bool, bytes, handle, u32, u64 } from "../../sdk/contract/field.ts";

export const EthernetCard = contract("ethernet-card", 1, {
  /** Frames from the wire, to every client; when a client is too slow the oldest are lost, as on a wire. */
  frames: event({ frames: array(bytes) }, { full: "drop-oldest" }),
  /** Frames to the wire; what does not fit the card's ring is dropped and counted. */
  transmit: event({ frames: array(bytes) }, { to: "server", full: "drop-oldest" }),
  /**
   * The pool of the card's buffers, for one client at a time, which gets all frames from now on: its memory, bytes of the receive buffers,
   * the slots behind them, the slot that the next packet has to lie in, how many slots are free, and what the card can do (bits).
   * UNAVAILABLE: this card has none, or another client has it.
   */
  share: call(
    {},
    {
      memory: handle("memory"),
      receiveBytes: u32,
      slots: u32,
      next: u32,
      room: u32,
      offloads: u32,
    },
  ),
  /** Pieces that have arrived, PIECE_WORDS each, little-endian. */
  arrived: event({ pieces: bytes }, { full: "close" }),
  /** Everything of the `taken` oldest `arrived` has been used; and packets to send, PACKET_WORDS each. */
  post: event({ taken: u32, packets: bytes }, { to: "server", full: "close" }),
  /** The oldest `slots` slots are free again. */
  sent: event({ slots: u32 }, { full: "close" }),
  /** The link's state and the card's address (6 bytes): the first message on a new channel, then at each change. */
  link: event({ up: bool, mac: bytes }, { full: "coalesce" }),
  /** The wire may not know any more where this host is, as after a move of its machine: time to announce addresses. */
  announce: event({}, { full: "coalesce" }),
  /** `refused`: received with a length that no frame has; `dropped`: found the transmit ring full or had no frame's length. */
  counters: call({}, { received: u64, sent: u64, refused: u64, dropped: u64 }, { retry: "safe" }),
});
