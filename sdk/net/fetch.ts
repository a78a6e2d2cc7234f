// `fetch`: one request over HTTP/1.1, and its answer as it comes.
// Invariant: an answer's connection is closed at its end, by `close`, or with its first failure; a body that ends too early is one.
import type { CancelToken } from "../contract/client.ts";
import { Failure } from "../contract/failure.ts";
import { connect } from "./connect.ts";
import { ChunkedBody } from "./http/chunked.ts";
import { bodyLength, type Fields, type Head, latin1Bytes, readHead, token } from "./http/head.ts";
import { type HttpUrl, parseHttpUrl, resolveLocation } from "./http/url.ts";
import type { Network, Patience } from "./network.ts";
import type { ReadResult, TcpStream } from "./tcp-stream.ts";

/** Failures of this function's own, beside those of `connect` and of streams. */
export const fetchFailures = {
  BAD_URL: 96,
  BAD_ANSWER: 97,
  CUT_SHORT: 98,
  TOO_LARGE: 99,
  TOO_MANY_REDIRECTS: 100,
} as const;

export interface FetchOptions extends Patience {
  readonly method?: "GET" | "HEAD";
  /** further fields of the request */
  readonly fields?: { readonly [name: string]: string };
  /** how many redirections are followed; default 5 */
  readonly redirects?: number;
}

const DEFAULT_TIMEOUT = 30_000_000_000;
const MOST_HEAD = 16_384;
const MOST_TARGET = 4096;

const fail = (code: number, sentence: string) => new Failure(code, sentence);
const badAnswer = (why: string) => fail(fetchFailures.BAD_ANSWER, `the server's answer ${why}`);

/** An answer; read it to its end, or close it. */
export class FetchAnswer {
  readonly status: number;
  /** the server's word for the status */
  readonly phrase: string;
  readonly fields: Fields;
  /** where it came from, after redirections */
  readonly url: string;
  readonly #stream: TcpStream;
  readonly #chunks: ChunkedBody | undefined;
  #rest: Uint8Array | undefined;
  /** bytes still to come, Infinity for up to the end of the connection */
  #left: number;

  constructor(
    url: string,
    status: number,
    head: Head,
    stream: TcpStream,
    rest: Uint8Array,
    bodiless: boolean,
  ) {
    this.url = url;
    this.status = status;
    this.phrase = head.start.slice(13);
    this.fields = head.fields;
    this.#stream = stream;
    this.#rest = rest.length === 0 ? undefined : rest;
    const said = bodyLength(head.fields);
    this.#chunks = !bodiless && said === "chunked" ? new ChunkedBody() : undefined;
    this.#left = bodiless ? 0 : typeof said === "number" ? said : Infinity;
    if (this.#left === 0) this.close();
  }

  /** The next bytes of the body; without a timeout it waits for ever. */
  async read(patience: Patience = {}): Promise<ReadResult | Failure> {
    for (;;) {
      if (this.#left === 0) return { done: true, value: undefined };
      const part = await this.#next(patience);
      if (part instanceof Failure) {
        this.close();
        return part;
      }
      if (part === undefined) {
        const whole = this.#left === Infinity && this.#chunks === undefined;
        this.close();
        if (whole) {
          this.#left = 0;
          continue;
        }
        return fail(fetchFailures.CUT_SHORT, "the body ended before its end; fetch it again");
      }
      const value = this.#content(part);
      if (value instanceof Failure || value.length > 0)
        return value instanceof Failure ? value : { done: false, value };
    }
  }

  async #next(patience: Patience): Promise<Uint8Array | undefined | Failure> {
    const rest = this.#rest;
    if (rest !== undefined) {
      this.#rest = undefined;
      return rest;
    }
    const part = await this.#stream.read(patience);
    return part instanceof Failure ? part : part.value;
  }

  /** What of received bytes is content. */
  #content(part: Uint8Array): Uint8Array | Failure {
    const chunks = this.#chunks;
    if (chunks === undefined) {
      const value = part.length > this.#left ? part.subarray(0, this.#left) : part;
      this.#left -= value.length;
      if (this.#left === 0) this.close();
      return value;
    }
    // Content is never longer than its coding.
    const value = new Uint8Array(part.length);
    let length = 0;
    chunks.push(part, (piece) => {
      value.set(piece, length);
      length += piece.length;
    });
    if (chunks.malformed) {
      this.close();
      return badAnswer("has malformed chunks");
    }
    if (chunks.done) {
      this.#left = 0;
      this.close();
    }
    return value.subarray(0, length);
  }

  /** The whole body, of at most `most` bytes. */
  async bytes(most: number, patience: Patience = {}): Promise<Uint8Array | Failure> {
    const parts: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const part = await this.read(patience);
      if (part instanceof Failure) return part;
      if (part.done) break;
      length += part.value.length;
      if (length > most) {
        this.close();
        return fail(
          fetchFailures.TOO_LARGE,
          `the body has more than ${most} bytes; read it in parts`,
        );
      }
      parts.push(part.value);
    }
    const whole = new Uint8Array(length);
    let at = 0;
    for (let i = 0; i < parts.length; i++) {
      whole.set(parts[i]!, at);
      at += parts[i]!.length;
    }
    return whole;
  }

  close(): void {
    this.#stream.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The bytes of a request; undefined when a field can't stand in one. */
function requestOf(url: HttpUrl, method: string, more: { readonly [name: string]: string }) {
  const host = url.port === 80 ? url.host : `${url.host}:${url.port}`;
  let text = `${method} ${url.target} HTTP/1.1\r\nHost: ${host}\r\nAccept: */*\r\nConnection: close\r\n`;
  for (const name of Object.keys(more)) {
    const value = more[name]!;
    if (!token.test(name) || !/^[\t -~]*$/.test(value)) return undefined;
    text += `${name}: ${value}\r\n`;
  }
  return latin1Bytes(`${text}\r\n`);
}

/** Reads the head of a final answer; interim ones (1xx) are passed over. */
async function headOf(
  stream: TcpStream,
  patience: { timeout: number; cancel: CancelToken | undefined },
) {
  let bytes = new Uint8Array(0);
  for (;;) {
    const head = readHead(bytes, bytes.length, MOST_HEAD);
    if (typeof head === "object") {
      const status = /^HTTP\/1\.[0-9] ([1-9][0-9]{2})(?: |$)/.exec(head.start)?.[1];
      if (status === undefined) return badAnswer("does not begin as HTTP/1.1 does");
      if (bodyLength(head.fields) === "malformed")
        return badAnswer("contradicts itself about its length");
      bytes = bytes.slice(head.length);
      if (status === "101") return badAnswer("changes the protocol unasked");
      if (status[0] === "1") continue;
      return { status: Number(status), head, rest: bytes };
    }
    if (head !== "more")
      return badAnswer(head === "malformed" ? "is malformed" : "has too large a head");
    const part = await stream.read(patience);
    if (part instanceof Failure) return part;
    if (part.done) return fail(fetchFailures.CUT_SHORT, "the server closed without an answer");
    const longer = new Uint8Array(bytes.length + part.value.length);
    longer.set(bytes);
    longer.set(part.value, bytes.length);
    bytes = longer;
  }
}

const redirecting = [301, 302, 303, 307, 308];

/**
 * Asks for `url` (`http://host[:port]/path`); the answer's head has come when this returns, within 30 s unless told otherwise for
 * connecting, asking and each piece of the head. A status of 400 and more is an answer, no failure.
 */
export async function fetch(
  network: Network,
  url: string,
  options: FetchOptions = {},
): Promise<FetchAnswer | Failure> {
  const { method = "GET", fields = {}, redirects = 5, timeout = DEFAULT_TIMEOUT, cancel } = options;
  const patience = { timeout, cancel };
  let place = parseHttpUrl(url);
  for (let count = 0; ; count++) {
    if (place === undefined || place.target.length > MOST_TARGET)
      return fail(
        fetchFailures.BAD_URL,
        `\`${url.slice(0, 80)}\` is no address as http://host/path`,
      );
    if (place.scheme !== "http")
      return fail(
        fetchFailures.BAD_URL,
        "https needs TLS, which this system does not have yet; use http",
      );
    const request = requestOf(place, method, fields);
    if (request === undefined)
      return fail(
        fetchFailures.BAD_URL,
        "a field of the request has characters that it can't have",
      );
    const stream = await connect(network, place.host, place.port, patience);
    if (stream instanceof Failure) return stream;
    const sent = await stream.write(request, patience);
    const answer = sent ?? (await headOf(stream, patience));
    if (answer instanceof Failure) {
      stream.close();
      return answer;
    }
    const { status, head, rest } = answer;
    const location = head.fields["location"]?.[0];
    if (location !== undefined && redirecting.includes(status) && redirects > 0) {
      stream.close();
      if (count >= redirects)
        return fail(fetchFailures.TOO_MANY_REDIRECTS, `more than ${redirects} redirections`);
      place = resolveLocation(place, location);
      continue;
    }
    const from = `http://${place.host}${place.port === 80 ? "" : `:${place.port}`}${place.target}`;
    const bodiless = method === "HEAD" || status === 204 || status === 304;
    return new FetchAnswer(from, status, head, stream, rest, bodiless);
  }
}
