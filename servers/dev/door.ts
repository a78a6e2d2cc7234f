// The system's end of the channel to the host, as a function of bytes and time: one session at a time, requests in, answers out.
// Invariant: the newest OPEN wins, since an older host may have died without a word; what an ended session asked is not answered.
import { encodeFrame, type Frame, frameKinds } from "../../sdk/channel/frame.ts";
import { FrameReader } from "../../sdk/channel/frame-reader.ts";
import { pieceBytes, Transfer } from "../../sdk/channel/transfer.ts";

/** The protocol's version (docs/dev-channel.md). */
export const VERSION = 1;
const EMPTY = new Uint8Array(0);

/** What the door does to the world. */
export interface DoorEffects {
  /** bytes for the line */
  transmit(bytes: Uint8Array): void;
  /** a message of the host; `answer` is used once */
  request(message: Uint8Array, answer: (message: Uint8Array) => void): void;
  /** a host's session has ended, or gives way to another host's */
  over(): void;
  /** ns since boot */
  now(): number;
}

/** The door. Call `tick` when `deadline` has come. */
export class Door {
  private readonly effects: DoorEffects;
  private readonly reader = new FrameReader();
  /** bytes of the next session's frames, as the line takes them */
  piece: number = pieceBytes.fast;
  private session = 0;
  private transfer: Transfer | undefined;

  constructor(effects: DoorEffects) {
    this.effects = effects;
  }

  /** When `tick` has something to do, Infinity for nothing. */
  get deadline(): number {
    return this.transfer?.deadline ?? Infinity;
  }

  /** The present session's number, 0 when there is none. */
  get present(): number {
    return this.session;
  }

  /** Bytes from the line. */
  receive(bytes: Uint8Array): void {
    this.reader.push(bytes, (frame) => this.frame(frame));
  }

  /** Time has passed. */
  tick(): void {
    this.transfer?.tick(this.effects.now());
    this.endIfOver();
  }

  private frame(frame: Frame): void {
    if (frame.kind === frameKinds.OPEN) this.open(frame.session);
    else if (this.transfer === undefined || frame.session !== this.session) {
      // A host that this system has forgotten learns it at once; the word about an ended session needs no answer.
      if (frame.kind === frameKinds.DATA) this.send(frameKinds.CLOSE, frame.session, EMPTY);
    } else if (frame.kind === frameKinds.CLOSE) this.end();
    else {
      this.transfer.receive(frame, this.effects.now());
      this.endIfOver();
    }
  }

  /** Answers a repeated OPEN like the first one. */
  private open(session: number): void {
    if (session === 0) return;
    if (session !== this.session) {
      if (this.session !== 0) this.effects.over();
      this.session = session;
      const { effects } = this;
      const transfer = new Transfer(
        session,
        {
          transmit: (frame) => effects.transmit(encodeFrame(frame)),
          message: (bytes) =>
            effects.request(bytes, (answer) => {
              if (this.transfer === transfer) transfer.send(answer, effects.now());
            }),
        },
        this.piece,
      );
      this.transfer = transfer;
    }
    this.send(frameKinds.OPENED, session, new Uint8Array([VERSION, 0]));
  }

  private endIfOver(): void {
    if (this.transfer?.over === undefined) return;
    this.send(frameKinds.CLOSE, this.session, EMPTY);
    this.end();
  }

  private end(): void {
    this.effects.over();
    this.session = 0;
    this.transfer = undefined;
  }

  private send(kind: number, session: number, payload: Uint8Array): void {
    this.effects.transmit(encodeFrame({ kind, flags: 0, session, sequence: 0, payload }));
  }
}
