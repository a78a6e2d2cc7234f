// The program in the guest that the TCP test talks to: it listens at port 7, and the first line of a connection says what to do:
// `echo` sends back what comes, `call [ADDRESS] PORT` joins the connection with one to that port, of the host unless it says
// of whom, `sink` reads to the end and says how much it was, `digest` says the digest of all, `source BYTES` sends so much, `copied` says
// how many bytes this program and netd have copied between buffers of JavaScript, `iperf ADDRESS BYTES [reverse]` has a test with an iperf3 server
// and says what it moved.
import { Failure } from "../../../sdk/contract/failure.ts";
import { connect } from "../../../sdk/net/connect.ts";
import { listen } from "../../../sdk/net/listen.ts";
import type { Network } from "../../../sdk/net/network.ts";
import { openNetwork } from "../../../sdk/net/open-network.ts";
import type { TcpStream } from "../../../sdk/net/tcp-stream.ts";
import { uusi } from "../../../sdk/runtime/binding.ts";
import { copiedBytes } from "../../../sdk/runtime/copied-bytes.ts";
import { run } from "../../../sdk/runtime/run.ts";
import { log, ready } from "../../../sdk/runtime/supervisor.ts";
import { sleep } from "../../../sdk/runtime/timers.ts";
import { iperf } from "./iperf.ts";

const PORT = 7;
/** The host, as QEMU's user network shows it. */
const HOST = "10.0.2.2";
const NEW_LINE = 10;
/** Before it listens again, in nanoseconds. */
const PAUSE = 100_000_000;

/** Sends what one stream reads to another, to the end. */
async function copy(from: TcpStream, to: TcpStream): Promise<void> {
  for (;;) {
    const part = await from.read();
    if (part instanceof Failure) {
      log(`read: ${part} ${from.outcome}`, "warning");
      return to.abort();
    }
    if (part.done) break;
    const failure = await to.write(part.value);
    if (failure !== undefined) {
      log(`write: ${failure} ${to.outcome}`, "warning");
      return from.abort();
    }
  }
  await to.finish();
}

/** The first line, and what came behind it. */
async function firstLine(
  stream: TcpStream,
): Promise<{ line: string; rest: Uint8Array } | undefined> {
  let line = "";
  for (;;) {
    const part = await stream.read();
    if (part instanceof Failure || part.done) return undefined;
    for (let at = 0; at < part.value.length; at++) {
      const letter = part.value[at]!;
      if (letter === NEW_LINE) return { line, rest: part.value.subarray(at + 1) };
      line += String.fromCharCode(letter);
    }
  }
}

function text(words: string): Uint8Array {
  return Uint8Array.from({ length: words.length }, (_, at) => words.charCodeAt(at));
}

/** Reads to the end, and says how many bytes there were with those that came before. */
async function sink(stream: TcpStream, before: number): Promise<void> {
  const block = new Uint8Array(BLOCK);
  let count = before;
  for (;;) {
    const part = await stream.readInto(block);
    if (part instanceof Failure) return stream.abort();
    if (part === 0) break;
    count += part;
  }
  await stream.write(text(`${count}\n`));
  await stream.finish();
  stream.close();
}

/** Bytes whose digests are chained: those of the block before, then the block's own. */
const BLOCK = 65_536;

/** Reads to the end, and says the chained digest of all, with those that came before. */
async function digest(stream: TcpStream, before: Uint8Array): Promise<void> {
  const block = new Uint8Array(32 + BLOCK);
  let filled = 0;
  const take = (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + BLOCK - filled);
      block.set(part, 32 + filled);
      filled += part.length;
      at += part.length;
      if (filled < BLOCK) continue;
      block.set(uusi.sha256(block), 0);
      filled = 0;
    }
  };
  take(before);
  for (;;) {
    const part = await stream.read();
    if (part instanceof Failure) {
      log(`digest: ${part.sentence}`, "warning");
      return stream.abort();
    }
    if (part.done) break;
    take(part.value);
  }
  let hex = "";
  for (const byte of uusi.sha256(block.subarray(0, 32 + filled)))
    hex += byte.toString(16).padStart(2, "0");
  await stream.write(text(hex));
  await stream.finish();
  stream.close();
}

/** Sends so many bytes. */
async function source(stream: TcpStream, count: number): Promise<void> {
  const piece = new Uint8Array(BLOCK);
  for (let left = count; left > 0; left -= piece.length) {
    const failure = await stream.write(left < piece.length ? piece.subarray(0, left) : piece);
    if (failure !== undefined) return stream.abort();
  }
  await stream.finish();
  stream.close();
}

async function copied(network: Network, stream: TcpStream): Promise<void> {
  const status = await network.net.status({});
  const netd = status instanceof Failure ? undefined : status.copied;
  await stream.write(text(`${copiedBytes()} ${netd}`));
  await stream.finish();
  stream.close();
}

async function measured(network: Network, stream: TcpStream, words: string[]): Promise<void> {
  const [host = HOST, bytes = "0", way] = words;
  const moved = await iperf(network, host, Number(bytes), way === "reverse");
  await stream.write(text(moved instanceof Failure ? moved.sentence : JSON.stringify(moved)));
  await stream.finish();
  stream.close();
}

async function serve(network: Network, stream: TcpStream): Promise<void> {
  const first = await firstLine(stream);
  if (first === undefined) return stream.close();
  const [verb, ...place] = first.line.split(" ");
  if (verb === "sink") return sink(stream, first.rest.length);
  if (verb === "digest") return digest(stream, first.rest);
  if (verb === "copied") return copied(network, stream);
  if (verb === "source") return source(stream, Number(place[0]));
  if (verb === "iperf") return measured(network, stream, place);
  const [port, address = HOST] = place.reverse();
  if (verb === "echo") {
    await stream.tune({ noDelay: true });
    await stream.write(first.rest);
    await copy(stream, stream);
    return stream.close();
  }
  const other = await connect(network, address, Number(port), { timeout: 5_000_000_000 });
  if (other instanceof Failure) {
    await stream.write(text(`failed ${other.code}\n`));
    await stream.finish();
    return stream.close();
  }
  await other.write(first.rest);
  await Promise.all([copy(stream, other), copy(other, stream)]);
  stream.close();
  other.close();
}

/** Listens until the network's server ends; false where there is no network. */
async function listenOnce(): Promise<boolean> {
  const network = await openNetwork();
  const listener = network instanceof Failure ? network : await listen(network, PORT);
  if (network instanceof Failure || listener instanceof Failure) return false;
  // A warning, since lines of less weight do not reach the serial port, where the test waits for this one.
  log(`listening at ${listener.port}`, "warning");
  ready();
  for (;;) {
    const accepted = await listener.accept();
    if (accepted instanceof Failure) return true;
    void serve(network, accepted.stream);
  }
}

run(async () => {
  while (await listenOnce()) await sleep(PAUSE);
  log("there is no network", "error");
});
