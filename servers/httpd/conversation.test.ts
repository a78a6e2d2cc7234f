// Conversations over real TCP in virtual time: keep-alive, pipelining, and how each bad client loses its connection.
import test from "ava";
import { CancelToken } from "../../sdk/contract/client.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { connect } from "../../sdk/net/connect.ts";
import { latin1, latin1Bytes } from "../../sdk/net/http/head.ts";
import { listen } from "../../sdk/net/listen.ts";
import type { TcpStream } from "../../sdk/net/tcp-stream.ts";
import type { ImageFile } from "../../sdk/runtime/files.ts";
import { LoopbackNetwork, sound } from "../netd/testing/loopback-network.ts";
import { Talk } from "./conversation.ts";

const SECOND = 1_000_000_000;
const big = Uint8Array.from({ length: 100_000 }, (_, at) => (at * 31) >>> 4);
const page = latin1Bytes("hello");
/** More than all buffers on the way hold. */
const huge = new Uint8Array(8 << 20);
const contents: { [path: string]: Uint8Array | undefined } = { "index.html": page, big, huge };

const files = {
  find: (path: string): ImageFile | undefined => {
    const bytes = Object.hasOwn(contents, path) ? contents[path] : undefined;
    return bytes && { path, length: bytes.length, digest: "0123456789abcdef", at: 0 };
  },
  copy: (file: ImageFile, from: number, length: number) =>
    (contents[file.path] as Uint8Array).slice(from, from + length),
};

/** A server, and a client's connection to it. */
async function begin() {
  const net = new LoopbackNetwork();
  const listener = sound(await net.until(listen(net.join(), 80)));
  const accepting = listener.accept();
  const stream = sound(await net.until(connect(net.join(), "127.0.0.1", 80)));
  const accepted = sound(await net.until(accepting)).stream;
  const statuses: number[] = [];
  const state = { ended: false };
  const ending = new CancelToken();
  const place = { files, now: net.clock.now, clock: () => 0, ending };
  const talk = new Talk(accepted, place, (status) => void statuses.push(status));
  void talk.run().then(() => {
    state.ended = true;
  });
  return { net, stream, statuses, state, ending, talk };
}

/** All that comes until the end, or until `enough`. */
async function hear(stream: TcpStream, enough: (text: string) => boolean = () => false) {
  let text = "";
  for (;;) {
    if (enough(text)) return text;
    const part = await stream.read();
    if (part instanceof Failure) return `${text}<${stream.outcome}>`;
    if (part.done) return text;
    text += latin1(part.value, 0, part.value.length);
  }
}

const say = (stream: TcpStream, text: string) => void stream.write(latin1Bytes(text));
const count = (text: string, what: RegExp) => text.match(what)?.length ?? 0;
const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

test("the end of the server: between two requests it is the end, in the midst of one it is not", async (t) => {
  const idle = await begin();
  say(idle.stream, GET);
  await idle.net.until(hear(idle.stream, (text) => text.endsWith("hello")));
  idle.ending.cancel();
  t.is(await idle.net.until(hear(idle.stream)), "");
  t.true(idle.state.ended);

  const half = await begin();
  say(half.stream, GET.slice(0, 10));
  await half.net.pass(SECOND / 10);
  half.ending.cancel();
  await half.net.pass(SECOND / 10);
  say(half.stream, GET.slice(10) + GET);
  const answer = await half.net.until(hear(half.stream));
  t.is(count(answer, /^HTTP\/1\.1 200 /gm), 1, answer);
  t.regex(answer, /^Connection: close\r$/im);

  const long = await begin();
  say(long.stream, GET.replace("/ ", "/big "));
  await long.net.pass(SECOND / 10);
  t.is(long.statuses.length, 1);
  long.ending.cancel();
  const whole = await long.net.until(hear(long.stream));
  t.true(whole.endsWith(latin1(big, 0, big.length)));
});

test("three requests on one connection, two of them sent at once", async (t) => {
  const { net, stream, statuses, state } = await begin();
  say(stream, GET);
  const first = await net.until(hear(stream, (text) => text.endsWith("hello")));
  t.regex(
    first,
    /^HTTP\/1\.1 200 OK\r\n[\s\S]*Content-Length: 5\r\n[\s\S]*keep-alive\r\n\r\nhello$/,
  );
  say(stream, `\r\n${GET}HEAD /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  const rest = await net.until(hear(stream));
  t.is(count(rest, /HTTP\/1\.1 200/g), 2);
  t.regex(rest, /Content-Length: 100000\r\n[\s\S]*Connection: close\r\n\r\n$/);
  t.deepEqual(statuses, [200, 200, 200]);
  await net.pass(3 * SECOND);
  t.true(state.ended);
});

test("a large file arrives whole, and a body before it is skipped", async (t) => {
  const { net, stream } = await begin();
  say(stream, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n");
  say(stream, "x".repeat(9000));
  say(stream, "GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const text = await net.until(hear(stream));
  t.is(count(text, /HTTP\/1\.1 200/g), 2);
  t.deepEqual(latin1Bytes(text.slice(-big.length)), big);
});

test("a request in single bytes is answered when its last has come", async (t) => {
  const { net, stream, statuses } = await begin();
  for (const letter of GET) {
    t.is(statuses.length, 0);
    say(stream, letter);
    await net.pass(10_000_000);
  }
  await net.pass(SECOND);
  t.deepEqual(statuses, [200]);
});

test("a client that takes forever over its request gets 408, one that says nothing nothing", async (t) => {
  const slow = await begin();
  for (let each = 0; each < 30 && !slow.state.ended; each++) {
    say(slow.stream, each === 0 ? "GET / HTTP/1.1\r\n" : `X${each}: y\r\n`);
    await slow.net.pass(SECOND);
  }
  t.regex(await slow.net.until(hear(slow.stream)), /^HTTP\/1\.1 408 [\s\S]*Connection: close/);
  const silent = await begin();
  for (let each = 0; each < 30; each++) await silent.net.pass(SECOND);
  t.true(silent.state.ended);
  t.is(await silent.net.until(hear(silent.stream)), "");
});

test("a client that does not take its answer loses the connection", async (t) => {
  const { net, stream, state } = await begin();
  // More than all buffers hold; this client never reads.
  say(stream, "GET /big HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100));
  for (let each = 0; each < 200 && !state.ended; each++) await net.pass(SECOND);
  t.true(state.ended);
  t.regex(await net.until(hear(stream)), /<reset>$/);
});

test("a bad request is answered, though more of it is on its way", async (t) => {
  const { net, stream } = await begin();
  say(stream, `BAD\r\n\r\n${"y".repeat(50_000)}`);
  const text = await net.until(hear(stream));
  t.regex(text, /^HTTP\/1\.1 400 Bad Request\r\n/);
  t.notRegex(text, /<reset>/);
});

test("a client that leaves in the middle of anything ends the conversation", async (t) => {
  for (const words of [
    "",
    "GET / HT",
    GET,
    "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab",
  ]) {
    for (const how of ["close", "abort"] as const) {
      const { net, stream, state } = await begin();
      say(stream, words);
      await net.pass(10_000_000);
      stream[how]();
      await net.pass(SECOND);
      t.true(state.ended, `${words} ${how}`);
    }
  }
});

test("a connection ends after its thousandth request", async (t) => {
  const { net, stream, statuses, state } = await begin();
  const hearing = hear(stream);
  for (let each = 0; each < 1001; each++) say(stream, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  const text = await net.until(hearing);
  t.is(statuses.length, 1000);
  t.is(count(text, /Connection: close/g), 1);
  await net.pass(3 * SECOND);
  t.true(state.ended);
});

test("one that is silent can be told to leave, in the midst of a head as well; one that is answered is not silent", async (t) => {
  const body = GET.replace("\r\n\r\n", "\r\nContent-Length: 40\r\n\r\nxxx");
  for (const words of ["", GET.slice(0, 10), body]) {
    const { net, stream, state, talk } = await begin();
    say(stream, words);
    await net.pass(SECOND);
    await net.pass(2 * SECOND);
    t.true(net.clock.now() - talk.silentSince! > SECOND);
    talk.leave();
    t.regex(await net.until(hear(stream)), words === body ? /hello(<reset>)?$/ : /^(<reset>)?$/);
    await net.pass(SECOND / 10);
    t.true(state.ended);
  }
  const { net, stream, talk } = await begin();
  say(stream, GET.replace("/ ", "/huge "));
  await net.pass(SECOND / 10);
  t.is(talk.silentSince, undefined);
});
