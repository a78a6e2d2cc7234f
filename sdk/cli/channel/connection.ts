// A host's session on the channel of a machine (docs/dev-channel.md): one line, requests one after the other or at once.
// Invariant: each request ends, with its answer or a Failure that says what to do.
import { randomBytes } from "node:crypto";
import { encodeFrame, type Frame, frameKinds } from "../../channel/frame.ts";
import { FrameReader, filler } from "../../channel/frame-reader.ts";
import { encodePiece, parseAnswer } from "../../channel/request.ts";
import { Transfer } from "../../channel/transfer.ts";
import { Failure } from "../failure.ts";
import { type HostLine, openLine } from "./open-line.ts";

/** ms between two OPENs, and until the system counts as silent. */
const OPEN_AGAIN = 300;
const OPEN_PATIENCE = 10_000;
/** ms between two looks whether the system still works on what was asked, and until it counts as gone. */
const PROBE_AGAIN = 1000;
const ANSWER_PATIENCE = 15_000;
/** The protocol's version. */
const VERSION = 1;

const now = () => performance.now() * 1e6;

interface Waiting {
  resolve(reply: Record<string, unknown>): void;
  reject(why: Failure): void;
}

/** An open session. Close it. */
export class Connection {
  readonly #line: HostLine;
  readonly #session: number;
  readonly #reader = new FrameReader();
  readonly #transfer: Transfer;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #timer: NodeJS.Timeout | undefined;
  #prober: NodeJS.Timeout | undefined;
  #heard = performance.now();
  #opened: (() => void) | undefined;
  #refused: ((why: Failure) => void) | undefined;
  #over: Failure | undefined;

  private constructor(line: HostLine) {
    this.#line = line;
    this.#session = randomBytes(4).readUInt32LE() || 1;
    const effects = {
      transmit: (frame: Frame) => this.#send(frame),
      message: (bytes: Uint8Array) => this.#answered(bytes),
    };
    this.#transfer = new Transfer(this.#session, effects, line.piece);
    line.onBytes((bytes) => {
      this.#heard = performance.now();
      this.#reader.push(bytes, (frame) => this.#frame(frame));
      this.#look();
    });
    line.onEnd(() => this.#end("the machine has ended"));
  }

  /**
   * Opens a session.
   * @param path the machine's socket, or a serial port of this host
   * @param patience ms until a system that does not answer counts as silent
   * @throws Failure
   */
  static async open(path: string, patience: number = OPEN_PATIENCE): Promise<Connection> {
    const line = await openLine(path);
    const connection = new Connection(line);
    try {
      await connection.#begin(patience);
    } catch (error) {
      line.close();
      throw error;
    }
    return connection;
  }

  /** @throws Failure with the system's own sentence, or why no answer came */
  ask(call: string, fields: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    return this.#request((id) => Buffer.from(JSON.stringify({ id, call, fields })));
  }

  /** A piece of pushed code (docs/dev-channel.md). @throws Failure as `ask` */
  piece(operations: Uint8Array): Promise<Record<string, unknown>> {
    return this.#request((id) => encodePiece(id, operations));
  }

  #request(message: (id: number) => Uint8Array): Promise<Record<string, unknown>> {
    if (this.#over !== undefined) return Promise.reject(this.#over);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#prober ??= setInterval(() => this.#probe(), PROBE_AGAIN);
      this.#transfer.send(message(id), now());
      this.#look();
    });
  }

  /** Ends the session. */
  close(): void {
    if (this.#over === undefined) this.#sendBare(frameKinds.CLOSE, new Uint8Array(0));
    this.#end("the session is closed");
    this.#line.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #begin(patience: number): Promise<void> {
    // Whatever a host that died left half-way is over with this.
    this.#line.write(filler());
    const ask = () => this.#sendBare(frameKinds.OPEN, new Uint8Array([VERSION, 0]));
    const again = setInterval(ask, OPEN_AGAIN);
    const silent = new Failure(
      "the system does not answer on its channel: it still boots, another command has the line, or it is " +
        "no development image; try again",
    );
    const guard = setTimeout(() => this.#refused?.(silent), patience);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#opened = resolve;
        this.#refused = reject;
        ask();
      });
    } finally {
      clearInterval(again);
      clearTimeout(guard);
      this.#opened = this.#refused = undefined;
    }
  }

  #frame(frame: Frame): void {
    if (frame.session !== this.#session) return;
    if (frame.kind === frameKinds.OPENED) {
      const version = (frame.payload[0] ?? 0) + 256 * (frame.payload[1] ?? 0);
      if (version === VERSION) this.#opened?.();
      else {
        const what = `the system speaks version ${version} of the channel, this command ${VERSION}`;
        this.#refused?.(new Failure(`${what}; build and boot it again`));
      }
    } else if (frame.kind === frameKinds.CLOSE) {
      this.#end(
        "the system has ended the session: its server `dev` was restarted, or another command came",
      );
    } else this.#transfer.receive(frame, now());
  }

  #answered(bytes: Uint8Array): void {
    const answer = parseAnswer(Buffer.from(bytes).toString("utf8"));
    const waiting = answer === undefined ? undefined : this.#waiting.get(answer.id);
    if (answer === undefined || waiting === undefined) return;
    this.#waiting.delete(answer.id);
    if ("reply" in answer) waiting.resolve(answer.reply);
    else waiting.reject(new Failure(answer.failure.sentence));
  }

  #sendBare(kind: number, payload: Uint8Array): void {
    this.#send({ kind, flags: 0, session: this.#session, sequence: 0, payload });
  }

  #send(frame: Frame): void {
    if (this.#over === undefined) this.#line.write(encodeFrame(frame));
  }

  /** The request has arrived, the answer has not: the server that works on it may have ended. */
  #probe(): void {
    if (this.#waiting.size === 0) {
      clearInterval(this.#prober);
      this.#prober = undefined;
    } else if (performance.now() - this.#heard > ANSWER_PATIENCE) {
      this.#end("the other end of the channel does not answer");
    } else if (this.#transfer.deadline === Infinity) this.#transfer.probe();
  }

  /** Sets the timer to the time at which the transfer has something to do. */
  #look(): void {
    clearTimeout(this.#timer);
    if (this.#transfer.over !== undefined) this.#end(this.#transfer.over);
    const { deadline } = this.#transfer;
    if (this.#over !== undefined || deadline === Infinity) return;
    this.#timer = setTimeout(
      () => {
        this.#transfer.tick(now());
        this.#look();
      },
      Math.max(1, (deadline - now()) / 1e6),
    );
  }

  #end(why: string): void {
    if (this.#over !== undefined) return;
    this.#over = new Failure(`${why}; what was asked was maybe done: look with npx uusi ps`);
    clearTimeout(this.#timer);
    clearInterval(this.#prober);
    this.#refused?.(new Failure(`${why} before it answered; try again`));
    for (const waiting of this.#waiting.values()) waiting.reject(this.#over);
    this.#waiting.clear();
  }
}
