// One test with an iperf3 server, as its client (iperf 3.12, one stream, so many bytes): a connection for what both sides tell each other, one for the bytes.
// Invariant: each state of the server is answered as iperf3's own client does, in any order; a state that says that it is over ends the test.
import { Failure, failures, refuse } from "../../../sdk/contract/failure.ts";
import { connect } from "../../../sdk/net/connect.ts";
import type { Network } from "../../../sdk/net/network.ts";
import type { TcpStream } from "../../../sdk/net/tcp-stream.ts";
import { now } from "../../../sdk/runtime/time.ts";

const PORT = 5201;
const COOKIE_BYTES = 37;
const PIECE = 65_536;
const NS = 1e9;

/** Bytes of the control connection that say where the test is. */
const states = {
  running: 2,
  end: 4,
  parameters: 9,
  createStreams: 10,
  results: 13,
  display: 14,
  done: 16,
} as const;

/** What a test has moved, by this side and by the server's count, and how long it took, in nanoseconds. */
export interface Moved {
  readonly bytes: number;
  readonly theirs: number;
  readonly span: number;
}

const broken = (what: string) => refuse(failures.UNAVAILABLE, `iperf3: ${what}`);

/** The control connection: bytes by their number. */
class Control {
  readonly stream: TcpStream;
  #rest = new Uint8Array(0);

  constructor(stream: TcpStream) {
    this.stream = stream;
  }

  async take(count: number): Promise<Uint8Array | Failure> {
    while (this.#rest.length < count) {
      const part = await this.stream.read({ timeout: 120 * NS });
      if (part instanceof Failure) return part;
      if (part.done) return broken("the server has ended the test");
      const all = new Uint8Array(this.#rest.length + part.value.length);
      all.set(this.#rest, 0);
      all.set(part.value, this.#rest.length);
      this.#rest = all;
    }
    const taken = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return taken;
  }

  /** JSON behind its length. */
  tell(value: object): Promise<Failure | undefined> {
    const text = JSON.stringify(value);
    const bytes = new Uint8Array(4 + text.length);
    new DataView(bytes.buffer).setUint32(0, text.length);
    for (let i = 0; i < text.length; i++) bytes[4 + i] = text.charCodeAt(i);
    return this.stream.write(bytes);
  }

  async hear(): Promise<{ readonly streams?: readonly { readonly bytes?: number }[] } | Failure> {
    const head = await this.take(4);
    if (head instanceof Failure) return head;
    const length = new DataView(head.buffer, head.byteOffset, 4).getUint32(0);
    if (length > PIECE) return broken(`it announces ${length} bytes of results`);
    const bytes = await this.take(length);
    if (bytes instanceof Failure) return bytes;
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return JSON.parse(text) as { streams?: { bytes?: number }[] };
  }
}

/** Moves the bytes; how many they were. */
async function move(stream: TcpStream, bytes: number, reverse: boolean): Promise<number | Failure> {
  const piece = new Uint8Array(PIECE);
  let moved = 0;
  while (moved < bytes) {
    if (reverse) {
      const count = await stream.readInto(piece);
      if (count instanceof Failure) return count;
      if (count === 0) return broken("the bytes end early");
      moved += count;
    } else {
      const some = bytes - moved < PIECE ? piece.subarray(0, bytes - moved) : piece;
      const failed = await stream.write(some);
      if (failed !== undefined) return failed;
      moved += some.length;
    }
  }
  return moved;
}

/** Sends `bytes` to the server at `host`, or has it send them (`reverse`). */
export async function iperf(
  network: Network,
  host: string,
  bytes: number,
  reverse: boolean,
): Promise<Moved | Failure> {
  const opened = await connect(network, host, PORT);
  if (opened instanceof Failure) return opened;
  const control = new Control(opened);
  const cookie = new Uint8Array(COOKIE_BYTES);
  for (let i = 0; i < COOKIE_BYTES - 1; i++) cookie[i] = 97 + Math.floor(Math.random() * 26);
  let data: TcpStream | undefined;
  let begun = 0;
  let moved = 0 as number | Failure;
  let span = 0;
  let theirs = 0;

  const answer = async (state: number): Promise<Failure | undefined> => {
    if (state === states.parameters) {
      const direction = reverse ? { reverse: true } : {};
      const sizes = { num: bytes, len: PIECE, parallel: 1, omit: 0, time: 0 };
      return control.tell({ tcp: true, ...sizes, ...direction, client_version: "3.12" });
    }
    if (state === states.createStreams) {
      const stream = await connect(network, host, PORT);
      if (stream instanceof Failure) return stream;
      data = stream;
      return stream.write(cookie);
    }
    if (state === states.running) {
      if (data === undefined) return broken("it runs before there is a stream");
      begun = now();
      moved = await move(data, bytes, reverse);
      span = now() - begun;
      return moved instanceof Failure ? moved : opened.write(Uint8Array.from([states.end]));
    }
    if (state === states.results) {
      const counts = { retransmits: reverse ? -1 : 0, jitter: 0, errors: 0, packets: 0 };
      const times = { start_time: 0, end_time: span / NS };
      const load = { cpu_util_total: 0, cpu_util_user: 0, cpu_util_system: 0 };
      const streams = [{ id: 1, bytes: moved, ...counts, ...times }];
      const failed = await control.tell({ ...load, sender_has_retransmits: 0, streams });
      const heard = failed ?? (await control.hear());
      if (heard instanceof Failure) return heard;
      theirs = heard.streams?.[0]?.bytes ?? -1;
    }
    return undefined;
  };

  let failed = await opened.write(cookie);
  for (let state = 0; failed === undefined && state !== states.display; ) {
    const byte = await control.take(1);
    if (byte instanceof Failure) failed = byte;
    else {
      state = byte[0]!;
      // -1: it is busy; -2: it could not; 11: it is ended.
      if (state > 127 || state === 11) failed = broken(`the server says ${(state << 24) >> 24}`);
      else failed = await answer(state);
    }
  }
  failed ??= await opened.write(Uint8Array.from([states.done]));
  data?.close();
  opened.close();
  return failed ?? (moved instanceof Failure ? moved : { bytes: moved, theirs, span });
}
