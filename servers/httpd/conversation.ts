// One connection: requests in turn, each answered before the next is read, until somebody has had enough.
// Invariant: it always ends: a head must come within REQUEST, a piece of the answer must be taken within PIECE_TIME, and after MOST
// requests the connection is closed.
import type { CancelToken } from "../../sdk/contract/client.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { latin1, latin1Bytes, readHead } from "../../sdk/net/http/head.ts";
import type { TcpStream } from "../../sdk/net/tcp-stream.ts";
import type { ImageFiles } from "../../sdk/runtime/files.ts";
import { type Answer, answer, answerHead, refusalAnswer } from "./answer.ts";
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
}

type Stream = Pick<TcpStream, "read" | "write" | "finish" | "close" | "abort">;

const SECOND = 1_000_000_000;
/** From the end of one answer to the end of the next request's head. */
const REQUEST = 20 * SECOND;
const PIECE_TIME = 30 * SECOND;
const MOST_HEAD = 8192;
const MOST_REQUESTS = 1000;
const PIECE = 16_000;
/** What a client may still say while it hears that its connection ends. */
const LAST_WORDS = 65_536;
const LAST_TIME = 2 * SECOND;

/** The bytes that came and were not used yet. */
class Inbox {
  readonly #stream: Stream;
  bytes = new Uint8Array(MOST_HEAD * 2);
  length = 0;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** Waits for more; false at the end of the stream, or when it took too long. */
  async more(timeout: number, cancel?: CancelToken): Promise<boolean | "late"> {
    const patience = { timeout: Math.max(1, timeout) };
    const part = await this.#stream.read(cancel === undefined ? patience : { ...patience, cancel });
    if (part instanceof Failure) return part.code < 0 ? "late" : false;
    if (part.done) return false;
    // A piece has at most 65,536 bytes, and more is asked for only while there are fewer than MOST_HEAD.
    if (this.length + part.value.length > this.bytes.length) {
      const larger = new Uint8Array(MOST_HEAD + 65_536);
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(part.value, this.length);
    this.length += part.value.length;
    return true;
  }

  drop(count: number): void {
    this.bytes.copyWithin(0, count, this.length);
    this.length -= count;
  }
}

type Heard = Request | Refusal | "gone";

/** The next request. */
async function hear(inbox: Inbox, place: Place): Promise<Heard> {
  const deadline = place.now() + REQUEST;
  let seen = 0;
  for (;;) {
    // An empty line before a request counts for nothing (RFC 9112 section 2.2).
    if (inbox.length >= 2 && inbox.bytes[0] === 13 && inbox.bytes[1] === 10) {
      inbox.drop(2);
      seen = 0;
      continue;
    }
    const head = readHead(inbox.bytes, inbox.length, MOST_HEAD, seen);
    if (typeof head === "object") {
      inbox.drop(head.length);
      return readRequest(head);
    }
    if (head !== "more") return refuseHead(head, latin1(inbox.bytes, 0, inbox.length));
    seen = inbox.length;
    // between two requests the end of this server is the end of the connection, in the midst of one it is not
    const idle = inbox.length === 0 ? place.ending : undefined;
    if (idle?.cancelled) return "gone";
    const came = await inbox.more(deadline - place.now(), idle);
    if (came === true) continue;
    // Who has said nothing has asked nothing.
    if (came === false || inbox.length === 0) return "gone";
    return { refused: 408, keepAlive: false, head: false };
  }
}

/** Reads and forgets a body. */
async function skip(inbox: Inbox, body: number, place: Place): Promise<boolean> {
  const deadline = place.now() + REQUEST;
  let left = body;
  for (;;) {
    const count = Math.min(left, inbox.length);
    inbox.drop(count);
    left -= count;
    if (left === 0) return true;
    if ((await inbox.more(deadline - place.now())) !== true) return false;
  }
}

/** Writes an answer; false when the client does not take it. */
async function tell(stream: Stream, said: Answer, { files, clock }: Place): Promise<boolean> {
  const patience = { timeout: PIECE_TIME };
  const { body } = said;
  let text = answerHead(said, Math.floor(clock() / 1e6));
  if (typeof body === "string" && !said.head) text += body;
  const gone = await stream.write(latin1Bytes(text), patience);
  if (gone !== undefined) return false;
  if (typeof body === "string" || said.head) return true;
  const end = body.from + body.length;
  for (let at = body.from; at < end; at += PIECE) {
    const bytes = files.copy(body.file, at, Math.min(PIECE, end - at));
    if ((await stream.write(bytes, patience)) !== undefined) return false;
  }
  return true;
}

/** Lets a client that is still speaking hear the answer: closing with unread bytes would reset the connection. */
async function takeLeave(stream: Stream, place: Place): Promise<void> {
  const deadline = place.now() + LAST_TIME;
  if ((await stream.finish({ timeout: LAST_TIME })) !== undefined) return;
  for (let heard = 0; heard < LAST_WORDS; ) {
    const part = await stream.read({ timeout: Math.max(1, deadline - place.now()) });
    if (part instanceof Failure || part.done) return;
    heard += part.value.length;
  }
}

/** Talks until the end; `answered` is called for each answer. */
export async function converse(
  stream: Stream,
  place: Place,
  answered: (status: number) => void = () => {},
): Promise<void> {
  const inbox = new Inbox(stream);
  for (let count = 1; ; count++) {
    const heard = await hear(inbox, place);
    if (heard === "gone") break;
    const last = count >= MOST_REQUESTS || place.ending?.cancelled === true;
    const full = "refused" in heard ? refusalAnswer(heard) : answer(heard, place.files);
    const said = last ? { ...full, keepAlive: false } : full;
    answered(said.status);
    if (!(await tell(stream, said, place))) {
      stream.abort();
      return;
    }
    if (!said.keepAlive) {
      await takeLeave(stream, place);
      break;
    }
    if (!("refused" in heard) && !(await skip(inbox, heard.body, place))) break;
  }
  stream.close();
}
