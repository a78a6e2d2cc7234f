// The states of a connection and where they lead, as one table (RFC 9293 section 3.3.2, figure 5).
//
// Invariant: a state is its row's number; what a state may do and what follows it is read here and nowhere else.

export const CLOSED = 0;
export const SYN_SENT = 1;
export const SYN_RECEIVED = 2;
export const ESTABLISHED = 3;
export const FIN_WAIT_1 = 4;
export const FIN_WAIT_2 = 5;
export const CLOSE_WAIT = 6;
export const CLOSING = 7;
export const LAST_ACK = 8;
export const TIME_WAIT = 9;

/** One state. LISTEN is no state of a connection here: a listener is a thing of its own. */
export interface StateRow {
  readonly name: string;
  /** Both sides know each other's initial sequence number. */
  readonly synchronized: boolean;
  /** The peer may still send: its bytes are taken in. */
  readonly receives: boolean;
  /** Bytes, or our FIN, may be on their way. */
  readonly sends: boolean;
  /** The user may add bytes. */
  readonly accepts: boolean;
  /** Where the user's close leads; -1: the close waits, or has been made. */
  readonly onClose: number;
  /** Where the peer's FIN leads; -1: it has come before. */
  readonly onFin: number;
  /** Where the acknowledgement of our FIN leads; -1: none was sent, or it was acknowledged. */
  readonly onFinAcknowledged: number;
}

type Rights = "" | "r" | "s" | "rs" | "sa" | "rsa";

function row(
  name: string,
  synchronized: boolean,
  rights: Rights,
  onClose: number,
  onFin: number,
  onFinAcknowledged: number,
): StateRow {
  return {
    name,
    synchronized,
    receives: rights.includes("r"),
    sends: rights.includes("s"),
    accepts: rights.includes("a") || name.startsWith("SYN"),
    onClose,
    onFin,
    onFinAcknowledged,
  };
}

/** All states by number. */
export const states: readonly StateRow[] = [
  row("CLOSED", false, "", -1, -1, -1),
  row("SYN-SENT", false, "", -1, -1, -1),
  row("SYN-RECEIVED", false, "", -1, CLOSE_WAIT, -1),
  row("ESTABLISHED", true, "rsa", FIN_WAIT_1, CLOSE_WAIT, -1),
  row("FIN-WAIT-1", true, "rs", -1, CLOSING, FIN_WAIT_2),
  row("FIN-WAIT-2", true, "r", -1, TIME_WAIT, -1),
  row("CLOSE-WAIT", true, "sa", LAST_ACK, -1, -1),
  row("CLOSING", true, "s", -1, -1, TIME_WAIT),
  row("LAST-ACK", true, "s", -1, -1, CLOSED),
  row("TIME-WAIT", true, "", -1, -1, -1),
];
