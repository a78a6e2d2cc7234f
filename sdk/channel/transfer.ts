// One direction pair of a session: whole messages over numbered, acknowledged frames. Both ends use it.
// Invariant: a message arrives once, whole and in order, or the session ends; at most WINDOW frames are on their way, and at most
// MESSAGE_BYTES of an unfinished message are kept.
import { type Frame, frameFlags, frameKinds, PAYLOAD_BYTES } from "./frame.ts";

/** Frames on their way in one direction: 8 KiB, less than any line between the two ends holds. */
export const WINDOW = 8;
/**
 * Bytes of a frame's payload, as the line takes them. WINDOW frames must leave well within AGAIN, and a frame must be short enough to get through
 * where bytes are lost: over a serial port of 11 KB/s the window is 2.2 KB.
 */
export const pieceBytes = { fast: PAYLOAD_BYTES, serial: 256 } as const;
/** The longest message. */
export const MESSAGE_BYTES = 256 << 10;
/** Nanoseconds until what was not acknowledged is sent again; doubles with each try. */
export const AGAIN = 400e6;
/** Tries until the other end counts as gone. */
export const TRIES = 5;

const EMPTY = new Uint8Array(0);

/** What a transfer does to the world. */
export interface TransferEffects {
  /** a frame for the line */
  transmit(frame: Frame): void;
  /** a whole message from the other end */
  message(bytes: Uint8Array): void;
}

/** A session's two directions. Time is given with each event, in nanoseconds. */
export class Transfer {
  /** Set when the other end is gone or has broken the protocol: a sentence. */
  over: string | undefined;
  /** Frames that were sent more than once. */
  repeated = 0;
  private readonly session: number;
  private readonly effects: TransferEffects;
  private readonly piece: number;
  /** Frames that are not acknowledged, the oldest first; the first `flying` of them are on their way. */
  private queue: Frame[] = [];
  private flying = 0;
  private nextSequence = 0;
  private tries = 0;
  private due = Infinity;
  private expected = 0;
  /** The place for which a gap was told already. */
  private toldGap = -1;
  private pieces: Uint8Array[] = [];
  private pieceBytes = 0;

  /** `piece`: one of pieceBytes. */
  constructor(session: number, effects: TransferEffects, piece: number = pieceBytes.fast) {
    this.piece = piece;
    this.session = session;
    this.effects = effects;
  }

  /** When `tick` has something to do, Infinity for nothing. */
  get deadline(): number {
    return this.due;
  }

  /** Frames of messages that the other end does not have yet. */
  get unsent(): number {
    return this.queue.length;
  }

  /** Queues a message of at most MESSAGE_BYTES. */
  send(message: Uint8Array, now: number): void {
    let at = 0;
    do {
      const end = Math.min(at + this.piece, message.length);
      this.queue.push({
        kind: frameKinds.DATA,
        flags: end === message.length ? frameFlags.END : 0,
        session: this.session,
        sequence: this.nextSequence,
        payload: message.slice(at, end),
      });
      this.nextSequence = (this.nextSequence + 1) & 0xffff;
      at = end;
    } while (at < message.length);
    this.fly(now);
  }

  /** A DATA or ACK frame of this session. */
  receive(frame: Frame, now: number): void {
    if (this.over !== undefined) return;
    if (frame.kind === frameKinds.DATA) this.data(frame);
    else if (frame.kind === frameKinds.ACK) this.acknowledged(frame, now);
  }

  /** Time has passed: what was not acknowledged goes again, or the session is over. */
  tick(now: number): void {
    if (now < this.due || this.over !== undefined) return;
    this.tries += 1;
    if (this.tries >= TRIES) {
      this.over = "the other end of the channel does not answer";
      this.due = Infinity;
      return;
    }
    this.again(now);
  }

  /**
   * Asks whether the other end still knows the session, with a frame that it has already: it acknowledges again, or an end that was
   * started afresh meanwhile says CLOSE.
   */
  probe(): void {
    const sequence = (this.nextSequence - 1) & 0xffff;
    const { session } = this;
    this.effects.transmit({ kind: frameKinds.DATA, flags: 0, session, sequence, payload: EMPTY });
  }

  private fly(now: number): void {
    while (this.flying < WINDOW && this.flying < this.queue.length) {
      this.effects.transmit(this.queue[this.flying]!);
      this.flying += 1;
    }
    if (this.flying > 0 && this.due === Infinity) this.due = now + AGAIN * 2 ** this.tries;
  }

  private again(now: number): void {
    this.repeated += this.flying;
    this.flying = 0;
    this.due = Infinity;
    this.fly(now);
  }

  private acknowledged({ sequence, flags }: Frame, now: number): void {
    const first = this.queue[0];
    if (first === undefined) return;
    const count = (sequence - first.sequence) & 0xffff;
    // An acknowledgement of what was never sent, or an old one.
    if (count > this.flying) return;
    if (count > 0) {
      this.queue.splice(0, count);
      this.flying -= count;
      this.tries = 0;
      this.due = Infinity;
    }
    if ((flags & frameFlags.GAP) !== 0) this.again(now);
    else this.fly(now);
  }

  private data({ sequence, flags, payload }: Frame): void {
    const ahead = (sequence - this.expected) & 0xffff;
    if (ahead !== 0) {
      const gap = ahead < WINDOW && this.toldGap !== this.expected;
      if (gap) this.toldGap = this.expected;
      this.acknowledge(gap ? frameFlags.GAP : 0);
      return;
    }
    this.expected = (sequence + 1) & 0xffff;
    this.toldGap = -1;
    this.acknowledge(0);
    this.pieceBytes += payload.length;
    if (this.pieceBytes > MESSAGE_BYTES) {
      this.over = `a message is longer than ${MESSAGE_BYTES} bytes`;
      return;
    }
    this.pieces.push(payload);
    if ((flags & frameFlags.END) === 0) return;
    const whole = new Uint8Array(this.pieceBytes);
    let at = 0;
    for (let i = 0; i < this.pieces.length; i++) {
      whole.set(this.pieces[i]!, at);
      at += this.pieces[i]!.length;
    }
    this.pieces = [];
    this.pieceBytes = 0;
    this.effects.message(whole);
  }

  private acknowledge(flags: number): void {
    this.effects.transmit({
      kind: frameKinds.ACK,
      flags,
      session: this.session,
      sequence: this.expected,
      payload: EMPTY,
    });
  }
}
