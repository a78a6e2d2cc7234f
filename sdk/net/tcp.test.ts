// Programs that talk TCP through netd's contracts: whole transfers, back-pressure, and every way to end.
import test from "ava";
import { CancelToken } from "../contract/client.ts";
import { Failure, failures } from "../contract/failure.ts";
import { netFailures } from "../../servers/netd/contract.ts";
import { LoopbackNetwork, sound } from "../../servers/netd/testing/loopback-network.ts";
import { connect, connectEnd, streamOf } from "./connect.ts";
import { listen } from "./listen.ts";
import { ping } from "./ping.ts";
import type { TcpStream } from "./tcp-stream.ts";
import { udp } from "./udp.ts";

const HERE = "127.0.0.1";

async function pair() {
  const net = new LoopbackNetwork();
  const server = net.join();
  const client = net.join();
  const listener = sound(await net.until(listen(server, 80)));
  const accepting = listener.accept();
  const left = sound(await net.until(connect(client, HERE, 80)));
  const right = sound(await net.until(accepting)).stream;
  return { net, server, client, listener, left, right };
}

/** All bytes up to the end. */
async function readAll(stream: TcpStream): Promise<Uint8Array | Failure> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const part = await stream.read();
    if (part instanceof Failure) return part;
    if (part.done) return Uint8Array.from(parts.flatMap((each) => [...each]));
    parts.push(part.value);
  }
}

const bytes = (length: number) => Uint8Array.from({ length }, (_, index) => (index * 7) >>> 3);
const code = (value: unknown) => (value instanceof Failure ? value.code : value);

test("question and answer, both ends closed, nothing left behind", async (t) => {
  const { net, listener, left, right } = await pair();
  const question = bytes(30_000);
  const answer = bytes(100_000);
  void left.write(question);
  void left.finish();
  t.deepEqual(await net.until(readAll(right)), question);
  void right.write(answer);
  void right.finish();
  t.deepEqual(await net.until(readAll(left)), answer);
  await net.pass(100_000_000);
  t.is(left.outcome, "finished");
  t.is(right.outcome, "finished");
  left.close();
  right.close();
  listener.close();
  await net.pass(61_000_000_000);
  const { tcp } = net.host.stack;
  t.is(tcp.connections.length + tcp.listeners.length + tcp.account.used, 0);
});

test("a reader that does not read stops the writer, and loses nothing", async (t) => {
  const { net, left, right } = await pair();
  const whole = bytes(3_500_000);
  let done = false;
  void left.write(whole).then(() => {
    done = true;
  });
  void left.finish();
  await net.pass(5_000_000_000);
  await net.pass(5_000_000_000);
  t.false(done);
  t.true(net.host.stack.tcp.account.used <= 4 << 20);
  t.deepEqual(await net.until(readAll(right)), whole);
  t.true(done);
});

test("nobody listens; nobody is there; a bad address; no way", async (t) => {
  const net = new LoopbackNetwork();
  const client = net.join();
  t.is(code(await net.until(connect(client, HERE, 81))), netFailures.CONNECTION_REFUSED);
  t.is(code(await net.until(connect(client, "10.1.2.3", 81))), netFailures.LINK_DOWN);
  t.is(code(await net.until(connect(client, "0.0.0.0", 81))), netFailures.BAD_ADDRESS);
  t.is(code(await net.until(connect(client, HERE, 0))), netFailures.BAD_PORT);
  t.true((await net.until(connect(client, "127.0.0.256", 80))) instanceof Failure);
  t.is(net.host.stack.tcp.connections.length, 0);
});

test("a full backlog: connect ends at its timeout", async (t) => {
  const net = new LoopbackNetwork();
  const listener = sound(await net.until(listen(net.join(), 80, { backlog: 1 })));
  const client = net.join();
  const streams = [];
  // Four are taken by the listener's credit, one waits in the backlog.
  for (let count = 0; count < 5; count++) {
    streams.push(sound(await net.until(connect(client, HERE, 80))));
  }
  const late = connect(client, HERE, 80, { timeout: 2_000_000_000 });
  const ended = await net.until(late, 100_000_000);
  t.is(code(ended), netFailures.TIMED_OUT);
  listener.close();
  const ends: unknown[] = [];
  for (const each of streams) ends.push(code(await net.until(each.read())));
  t.is(ends.filter((each) => each === netFailures.RESET).length, 1);
  t.is(ends.filter((each) => typeof each === "object").length, 4);
});

test("abort: the other side's read and write say reset", async (t) => {
  const { net, left, right } = await pair();
  const reading = right.read();
  left.abort();
  t.is(code(await net.until(reading)), netFailures.RESET);
  t.is(code(await net.until(right.write(bytes(10)))), netFailures.RESET);
  t.is(right.outcome, "reset");
  t.is(left.outcome, "aborted");
});

test("a read that was cancelled, or timed out, loses no byte", async (t) => {
  const { net, left, right } = await pair();
  const cancel = new CancelToken();
  const cancelled = right.read({ cancel });
  const late = right.read({ timeout: 1_000_000 });
  cancel.cancel();
  t.is(code(await net.until(cancelled)), -11);
  t.is(code(await net.until(late)), -10);
  void left.write(Uint8Array.of(1, 2, 3));
  const part = sound(await net.until(right.read()));
  t.deepEqual(part.value, Uint8Array.of(1, 2, 3));
});

test("an accept that was given up loses no connection; closing the listener ends who waits", async (t) => {
  const net = new LoopbackNetwork();
  const listener = sound(await net.until(listen(net.join(), 0)));
  t.true(listener.port >= 49_152);
  const given = listener.accept({ timeout: 1_000_000 });
  t.is(code(await net.until(given)), -10);
  const stream = sound(await net.until(connect(net.join(), HERE, listener.port)));
  const { port } = sound(await net.until(listener.accept()));
  t.is(port, stream.localPort);
  const waiting = listener.accept();
  listener.close();
  t.true((await net.until(waiting)) instanceof Failure);
});

test("a closed stream's peer reads the end; one with unread bytes is reset", async (t) => {
  const one = await pair();
  void one.left.write(Uint8Array.of(9));
  await one.net.pass(1_000_000);
  one.left.close();
  t.deepEqual(await one.net.until(readAll(one.right)), Uint8Array.of(9));
});

test("the server's crash ends every stream with a failure", async (t) => {
  const { net, left, right } = await pair();
  const reading = left.read();
  // The server's ends come first in each pair.
  for (let index = 0; index < net.world.channels.length; index += 2) {
    net.world.channels[index]!.crash();
  }
  t.true((await net.until(reading)) instanceof Failure);
  t.is(right.outcome, "restarted");
});

test("a client's connections are bounded, and closing one makes room", async (t) => {
  const net = new LoopbackNetwork();
  const listener = sound(await net.until(listen(net.join(), 80, { backlog: 64 })));
  const client = net.join();
  const streams: TcpStream[] = [];
  for (let count = 0; count < 64; count++) {
    void listener.accept();
    streams.push(sound(await net.until(connect(client, HERE, 80))));
  }
  t.is(code(await net.until(connect(client, HERE, 80))), netFailures.TOO_MANY);
  streams[0]!.close();
  await net.pass(1_000_000);
  sound(await net.until(connect(client, HERE, 80)));
  const listed: number[] = [];
  for (let after = 0; ; after = listed.at(-1) ?? 0) {
    const { list } = sound(await net.until(client.net.connections({ after })));
    if (list.length === 0) break;
    listed.push(...list.map((each) => each.id));
  }
  t.is(listed.length, net.host.stack.tcp.connections.length);
});

test("settings: small pieces at once, and a sign of life from a silent peer", async (t) => {
  const { net, left } = await pair();
  const { tcp } = net.host.stack;
  t.is(await net.until(left.tune({ noDelay: true, keepAlive: 1_000_000_000 })), undefined);
  const info = sound(await net.until(left.info()));
  const own = tcp.connections.find((each) => each.localPort === info.localPort);
  t.is(info.state, "ESTABLISHED");
  t.true(own?.noDelay);
  t.is(own?.keepAlive, 10_000);
  const heard = own?.heardAt ?? 0;
  for (let count = 0; count < 12; count++) await net.pass(1_000_000_000);
  t.true((own?.heardAt ?? 0) > heard);
  t.is(left.outcome, undefined);
});

test("datagrams and pings of the same library", async (t) => {
  const net = new LoopbackNetwork();
  const here = sound(await net.until(udp(net.join(), 7000)));
  const there = sound(await net.until(udp(net.join(), 0)));
  void there.send(0x7f000001, 7000, Uint8Array.of(5));
  const datagram = sound(await net.until(here.receive()));
  t.is(datagram.port, there.port);
  t.deepEqual(datagram.data, Uint8Array.of(5));
  const late = here.receive({ timeout: 1_000_000 });
  t.is(code(await net.until(late)), -10);
  t.like(await net.until(ping(net.join(), HERE)), { outcome: "reply", length: 56 });
  here.close();
  t.true((await net.until(here.receive())) instanceof Failure);
});

test("a stream that may only read, or only write, stays so", async (t) => {
  const { net, client, listener } = await pair();
  const accepted = listener.accept();
  const end = sound(await net.until(connectEnd(client, HERE, 80, { only: "read" })));
  const far = sound(await net.until(accepted)).stream;
  const reader = streamOf(client, end);
  t.is(code(await net.until(reader.write(bytes(10)))), failures.REFUSED);
  t.is(code(await net.until(reader.finish())), failures.REFUSED);
  t.is(await net.until(reader.restrict({ read: true, write: true })), undefined);
  t.is(code(await net.until(reader.write(bytes(10)))), failures.REFUSED);
  void far.write(bytes(500));
  void far.finish();
  t.deepEqual(await net.until(readAll(reader)), bytes(500));
  reader.close();

  const again = listener.accept();
  const writer = sound(await net.until(connect(client, HERE, 80)));
  const other = sound(await net.until(again)).stream;
  t.is(await net.until(writer.restrict({ read: false, write: true })), undefined);
  void other.write(bytes(100_000));
  t.is(await net.until(writer.write(bytes(300))), undefined);
  t.like(await net.until(other.read()), { done: false });
  let heard = false;
  void writer.read().then(() => {
    heard = true;
  });
  await net.pass(1_000_000_000);
  t.false(heard);
  writer.close();
});

test("a socket that is restricted hears and reaches one peer alone", async (t) => {
  const { net, server, client } = await pair();
  const one = sound(await net.until(udp(client, 9001)));
  const peer = sound(await net.until(udp(server, 9002)));
  const stranger = sound(await net.until(udp(server, 9003)));
  t.is(await net.until(one.restrict(0x7f000001, 9002)), undefined);
  t.is(await net.until(one.send(0x7f000001, 9002, bytes(3))), undefined);
  t.is((sound(await net.until(peer.receive())) as { port: number }).port, 9001);
  t.is(code(await net.until(one.send(0x7f000001, 9003, bytes(3)))), failures.REFUSED);
  await net.until(stranger.send(0x7f000001, 9001, bytes(4)));
  await net.until(peer.send(0x7f000001, 9001, bytes(5)));
  t.is((sound(await net.until(one.receive())) as { port: number }).port, 9002);
  t.is(await net.until(one.restrict(0x7f000001, 9003)), undefined);
  t.is(code(await net.until(one.send(0x7f000001, 9003, bytes(3)))), failures.REFUSED);
});
