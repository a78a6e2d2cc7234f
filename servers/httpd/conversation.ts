// One connection: requests in turn, each answered before the next is read, until somebody has had enough.
// Invariant: it always ends: a head must come within REQUEST, a piece of the answer must be taken within PIECE_TIME, and after MOST
// requests the connection is closed. Wherever it waits, all that it knows lies in fields, so that new code goes on from there.
import type { CancelToken } from "../../sdk/contract/client.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { latin1, latin1Bytes, readHead } from "../../sdk/net/http/head.ts";
import type { TcpStream } from "../../sdk/net/tcp-stream.ts";
import type { ImageFile, ImageFiles } from "../../sdk/runtime/files.ts";
import { type Answer, answer, answerHead, refusalAnswer } from "./answer.ts";
import { Inbox, MOST_HEAD } from "./inbox.ts";
import type { SavedTalk } from "./kept.ts";
import { readRequest, type Refusal, type Request, refuseHead } from "./request.ts";

/** What a conversation needs of the process. */
export interface Place {
  readonly files: Pick<ImageFiles, "find" | "copy">;
  /** ns since boot */
  now(): number;
  /** UTC in ns since 1970, 0 when unknown */
  clock(): number;
  /** Cancelled when this server is about to end: whoever has begun a request is answered, and then the connection closes. */
  readonly ending?: CancelToken;
  /** While no request is to be begun (new code is about to take over): until when. */
  pause?(): Promise<void> | undefined;
}

export type Stream = Pick<
  TcpStream,
  "read" | "write" | "share" | "finish" | "close" | "abort" | "save"
>;

const SECOND = 1_000_000_000;
/** From the end of one answer to the end of the next request's head. */
const REQUEST = 20 * SECOND;
const PIECE_TIME = 30 * SECOND;
const MOST_REQUESTS = 1000;
const PIECE = 16_000;
/** What a client may still say while it hears that its connection ends. */
const LAST_WORDS = 65_536;
const LAST_TIME = 2 * SECOND;

export class Talk {
  readonly #stream: Stream;
  readonly #place: Place;
  readonly #answered: (status: number) => void;
  readonly #inbox: Inbox;
  #phase: SavedTalk["phase"] | "over" = "hear";
  #requests = 0;
  #deadline: number;
  #left = 0;
  #file: { readonly file: ImageFile; at: number; readonly end: number } | undefined;
  #keepAlive = true;
  #body = 0;
  /** What code before this had not written. */
  #unwritten: readonly Uint8Array[] = [];

  constructor(stream: Stream, place: Place, answered: (status: number) => void = () => {}) {
    this.#stream = stream;
    this.#place = place;
    this.#answered = answered;
    this.#inbox = new Inbox(stream);
    this.#deadline = place.now() + REQUEST;
  }

  /** Goes on where the code before has stopped; a file that is another one by now ends the connection. */
  static restore(saved: SavedTalk, stream: Stream, place: Place): Talk {
    const talk = new Talk(stream, place);
    talk.#phase = saved.phase;
    talk.#inbox.add(saved.inbox);
    talk.#requests = saved.requests;
    talk.#deadline = saved.deadline;
    talk.#left = saved.left;
    talk.#keepAlive = saved.keepAlive;
    talk.#body = saved.body;
    talk.#unwritten = saved.stream.unwritten;
    if (saved.file === undefined) return talk;
    const { path, digest, at, end } = saved.file;
    const file = place.files.find(path);
    if (file?.digest === digest && file.length >= end) talk.#file = { file, at, end };
    else talk.#giveUp();
    return talk;
  }

  /** The connection for new code, undefined when it is over. */
  save(): SavedTalk | undefined {
    const phase = this.#phase;
    const stream = phase === "over" ? undefined : this.#stream.save();
    if (phase === "over" || stream === undefined) return undefined;
    const file = this.#file;
    return {
      stream,
      phase,
      inbox: this.#inbox.bytes.slice(0, this.#inbox.length),
      requests: this.#requests,
      deadline: this.#deadline,
      left: this.#left,
      file: file && { path: file.file.path, digest: file.file.digest, at: file.at, end: file.end },
      keepAlive: this.#keepAlive,
      body: this.#body,
    };
  }

  /** Since when the next request, or the rest of a body, is waited for (make-room.ts); part of it counts as none. */
  get silentSince(): number | undefined {
    const waits = this.#phase === "hear" || this.#phase === "skip";
    return waits ? this.#deadline - REQUEST : undefined;
  }

  /** Others need its place. */
  leave(): void {
    this.#close();
  }

  /** Talks until the end. */
  async run(): Promise<void> {
    for (;;) {
      const phase = this.#phase;
      if (phase === "over") return;
      if (phase === "hear") await this.#hear();
      else if (phase === "tell") await this.#tell();
      else if (phase === "skip") await this.#skip();
      else await this.#leave();
    }
  }

  #begin(phase: "hear" | "skip" | "leave", span: number, left = 0): void {
    this.#phase = phase;
    this.#deadline = this.#place.now() + span;
    this.#left = left;
  }

  #over(): boolean {
    return this.#phase === "over";
  }

  #close(): void {
    this.#phase = "over";
    this.#stream.close();
  }

  #giveUp(): void {
    this.#phase = "over";
    this.#stream.abort();
  }

  /** Hears the next request and begins its answer. */
  async #hear(): Promise<void> {
    const inbox = this.#inbox;
    const place = this.#place;
    let seen = 0;
    for (;;) {
      const pause = place.pause?.();
      if (pause !== undefined) {
        await pause;
        continue;
      }
      // An empty line before a request counts for nothing (RFC 9112 section 2.2).
      if (inbox.length >= 2 && inbox.bytes[0] === 13 && inbox.bytes[1] === 10) {
        inbox.drop(2);
        seen = 0;
        continue;
      }
      const head = readHead(inbox.bytes, inbox.length, MOST_HEAD, seen);
      if (typeof head === "object") {
        inbox.drop(head.length);
        return this.#answer(readRequest(head));
      }
      if (head !== "more")
        return this.#answer(refuseHead(head, latin1(inbox.bytes, 0, inbox.length)));
      seen = inbox.length;
      // between two requests the end of this server is the end of the connection, in the midst of one it is not
      const idle = inbox.length === 0 ? place.ending : undefined;
      if (idle?.cancelled) return this.#close();
      const came = await inbox.more(this.#deadline - place.now(), idle);
      if (this.#over()) return;
      if (came === true) continue;
      // Who has said nothing has asked nothing.
      if (came === false || inbox.length === 0) return this.#close();
      return this.#answer({ refused: 408, keepAlive: false, head: false });
    }
  }

  /** Begins an answer: its head, or all of it when it has no file. */
  async #answer(heard: Request | Refusal): Promise<void> {
    const place = this.#place;
    this.#requests += 1;
    const last = this.#requests >= MOST_REQUESTS || place.ending?.cancelled === true;
    const full = "refused" in heard ? refusalAnswer(heard) : answer(heard, place.files);
    const said: Answer = last ? { ...full, keepAlive: false } : full;
    const { body, head, keepAlive } = said;
    let text = answerHead(said, Math.floor(place.clock() / 1e6));
    if (typeof body === "string" && !head) text += body;
    const whole = typeof body === "string" || head;
    this.#file = whole
      ? undefined
      : { file: body.file, at: body.from, end: body.from + body.length };
    this.#keepAlive = keepAlive;
    this.#body = "refused" in heard ? 0 : heard.body;
    this.#phase = "tell";
    this.#answered(said.status);
    if (!whole && body.length > PIECE) await this.#stream.share();
    await this.#write(latin1Bytes(text));
  }

  /** Whether the client has taken it. */
  async #write(bytes: Uint8Array): Promise<boolean> {
    const gone = await this.#stream.write(bytes, { timeout: PIECE_TIME });
    if (gone !== undefined) this.#giveUp();
    return gone === undefined;
  }

  /** Writes what is left of an answer. */
  async #tell(): Promise<void> {
    const file = this.#file;
    const before = this.#unwritten;
    this.#unwritten = [];
    for (let i = 0; i < before.length; i++) if (!(await this.#write(before[i]!))) return;
    while (file !== undefined && file.at < file.end) {
      const bytes = this.#place.files.copy(file.file, file.at, Math.min(PIECE, file.end - file.at));
      // What a write has not taken is saved with the stream.
      file.at += bytes.length;
      if (!(await this.#write(bytes))) return;
    }
    this.#file = undefined;
    if (!this.#keepAlive) this.#begin("leave", LAST_TIME, LAST_WORDS);
    else if (this.#body > 0) this.#begin("skip", REQUEST, this.#body);
    else this.#begin("hear", REQUEST);
  }

  /** Reads and forgets a body. */
  async #skip(): Promise<void> {
    const inbox = this.#inbox;
    for (;;) {
      const count = Math.min(this.#left, inbox.length);
      inbox.drop(count);
      this.#left -= count;
      if (this.#left === 0) return this.#begin("hear", REQUEST);
      const came = await inbox.more(this.#deadline - this.#place.now());
      if (this.#over()) return;
      if (came !== true) return this.#close();
    }
  }

  /** Lets a client that is still speaking hear the answer: closing with unread bytes would reset the connection. */
  async #leave(): Promise<void> {
    if ((await this.#stream.finish({ timeout: LAST_TIME })) !== undefined) return this.#close();
    while (this.#left > 0) {
      const timeout = Math.max(1, this.#deadline - this.#place.now());
      const part = await this.#stream.read({ timeout });
      if (part instanceof Failure || part.done) break;
      this.#left = Math.max(0, this.#left - part.value.length);
    }
    this.#close();
  }
}
