// An Ethernet card as its driver serves it: frames both ways, and the state of the link.
// Invariant: a frame is 14 to 1,514 bytes, without check sequence; each event holds as many as a message can.
import { call, contract, event } from "../../sdk/contract/contract.ts";
import { array, bool, bytes, u64 } from "../../sdk/contract/field.ts";

export const EthernetCard = contract("ethernet-card", 1, {
  /** Frames from the wire, to every client; when a client is too slow the oldest are lost, as on a wire. */
  frames: event({ frames: array(bytes) }, { full: "drop-oldest" }),
  /** Frames to the wire; what does not fit the card's ring is dropped and counted. */
  transmit: event({ frames: array(bytes) }, { to: "server", full: "drop-oldest" }),
  /** The link's state and the card's address (6 bytes): the first message on a new channel, then at each change. */
  link: event({ up: bool, mac: bytes }, { full: "coalesce" }),
  /** `refused`: received with a length that no frame has; `dropped`: found the transmit ring full or had no frame's length. */
  counters: call({}, { received: u64, sent: u64, refused: u64, dropped: u64 }, { retry: "safe" }),
});
