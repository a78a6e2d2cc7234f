// Long transfers through memory that stream and netd share, over the loop: whole, bounded, and safe from clients that lie.
import test from "ava";
import { Failure, failures } from "../contract/failure.ts";
import { TcpStream as Contract } from "../../servers/netd/contract.ts";
import { LoopbackNetwork, sound } from "../../servers/netd/testing/loopback-network.ts";
import { connect, connectEnd } from "./connect.ts";
import { listen } from "./listen.ts";
import type { TcpStream } from "./tcp-stream.ts";

const HERE = "127.0.0.1";

async function pair() {
  const net = new LoopbackNetwork();
  const listener = sound(await net.until(listen(net.join(), 80)));
  const accepting = listener.accept();
  const client = net.join();
  const left = sound(await net.until(connect(client, HERE, 80)));
  const right = sound(await net.until(accepting)).stream;
  return { net, client, listener, left, right };
}

/** Bytes that differ from page to page. */
const made = (length: number, from = 0) =>
  Uint8Array.from({ length }, (_, index) => Math.imul(from + index, 0x9e3779b1) >>> 13);

/** Writes `total` bytes in pieces of many sizes, then finishes. */
async function writeAll(stream: TcpStream, total: number): Promise<Failure | undefined> {
  for (let at = 0, size = 1; at < total; at += size) {
    size = Math.min(total - at, (size * 5 + 3) % 200_003);
    const failure = await stream.write(made(size, at));
    if (failure !== undefined) return failure;
  }
  return stream.finish();
}

/** How many bytes came, all of them right; -1 when one was wrong. */
async function readAll(stream: TcpStream, from = 0): Promise<number | Failure> {
  let count = from;
  for (;;) {
    const part = await stream.read();
    if (part instanceof Failure) return part;
    if (part.done) return count;
    const expected = made(part.value.length, count);
    if (Buffer.compare(part.value, expected) !== 0) return -1;
    count += part.value.length;
  }
}

/** The first bytes, `count` at least. */
async function readSome(stream: TcpStream, count: number): Promise<number | Failure> {
  let got = 0;
  while (got < count) {
    const part = await stream.read();
    if (part instanceof Failure) return part;
    if (part.done) break;
    got += part.value.length;
  }
  return got;
}

test("megabytes both ways at once arrive whole, and all memory is given back", async (t) => {
  const { net, listener, left, right } = await pair();
  const sizes = [3_000_000, 2_300_001] as const;
  const done = Promise.all([
    writeAll(left, sizes[0]),
    writeAll(right, sizes[1]),
    readAll(right),
    readAll(left),
  ]);
  t.deepEqual(await net.until(done), [undefined, undefined, ...sizes]);
  t.is(net.memories.length, 4);
  await net.pass(100_000_000);
  t.is(left.outcome, "finished");
  left.close();
  right.close();
  listener.close();
  t.deepEqual(
    net.memories.map(({ closed }) => closed),
    [1, 1, 1, 1],
  );
  await net.pass(61_000_000_000);
  const { tcp } = net.host.stack;
  t.is(tcp.connections.length + tcp.listeners.length + tcp.account.used, 0);
});

test("bytes come where the reader wants them, from messages and the ring, to the end", async (t) => {
  const { net, left, right } = await pair();
  const whole = async () => {
    const into = new Uint8Array(70_000);
    let count = 0;
    for (let turn = 0; ; turn++) {
      // Shorter than a message, longer than a read, and between.
      const part = into.subarray(0, [10, 4000, 70_000, 30_000][turn & 3]);
      const got = await right.readInto(part);
      if (got instanceof Failure) return got;
      if (got === 0) return count;
      if (Buffer.compare(part.subarray(0, got), made(got, count)) !== 0) return -1;
      count += got;
    }
  };
  const done = Promise.all([writeAll(left, 2_000_000), whole()]);
  t.deepEqual(await net.until(done), [undefined, 2_000_000]);
  t.is(await net.until(right.readInto(new Uint8Array(1))), 0);
  // The other way nobody writes: patience ends, and a reset ends the wait of whoever has more.
  const late = await net.until(left.readInto(new Uint8Array(1), { timeout: 1_000_000 }));
  t.true(late instanceof Failure);
  const waiting = left.readInto(new Uint8Array(1));
  right.abort();
  t.true((await net.until(waiting)) instanceof Failure);
});

test("writes in order, those that fit at once and those that wait", async (t) => {
  const { net, left, right } = await pair();
  void left.write(made(100_000));
  t.is(await net.until(readSome(right, 100_000)), 100_000);
  const parts = [700_000, 600_000, 5, 50_000];
  let at = 100_000;
  const writes = parts.map((size) => {
    at += size;
    return left.write(made(size, at - size));
  });
  void left.finish();
  const reading = readAll(right, 100_000);
  t.deepEqual(await net.until(Promise.all(writes)), [undefined, undefined, undefined, undefined]);
  t.is(await net.until(reading), at);
});

test("a reader that stops holds the writer back, and loses nothing", async (t) => {
  const { net, left, right } = await pair();
  let written = 0;
  const writing = (async () => {
    for (; written < 6_000_000; written += 100_000) {
      const failure = await left.write(made(100_000, written));
      if (failure !== undefined) return failure;
    }
    return left.finish();
  })();
  await net.pass(2_000_000_000);
  for (let round = 0; round < 200; round++) await net.pass(10_000_000);
  t.true(written < 4_000_000, `${written}`);
  t.true(net.host.stack.tcp.account.used <= net.host.stack.tcp.account.limit);
  t.is(await net.until(readAll(right)), 6_000_000);
  t.is(await net.until(writing), undefined);
});

test("a reset ends a writer that waits for room, and a reader", async (t) => {
  const { net, left, right } = await pair();
  const writing = left.write(made(5_000_000));
  for (let round = 0; round < 100; round++) await net.pass(10_000_000);
  right.abort();
  t.true((await net.until(writing)) instanceof Failure);
  t.is(left.outcome, "reset");
  t.true((await net.until(left.read())) instanceof Failure);
});

test("who says more than can be loses the channel; who may not share is told so", async (t) => {
  const { net, client } = await pair();
  const open = async () => {
    const end = sound(await net.until(connectEnd(client, HERE, 80)));
    const stream = client.world.open(Contract, end.stream);
    let closed = false;
    stream.onClosed(() => {
      closed = true;
    });
    return { stream, closed: () => closed };
  };
  const lies = [
    (s: Awaited<ReturnType<typeof open>>["stream"]) => s.send.taken({ total: 1 }),
    (s: Awaited<ReturnType<typeof open>>["stream"]) => s.send.put({ total: (1 << 20) + 1 }),
  ];
  for (const lie of lies) {
    const early = await open();
    lie(early.stream);
    await net.pass(1_000_000);
    t.true(early.closed(), "before anything is shared");
    const { stream, closed } = await open();
    sound(await net.until(stream.share({})));
    const refused = await net.until(stream.transmit({ data: Uint8Array.of(1) }));
    t.is(refused instanceof Failure && refused.code, failures.INVALID);
    t.false(closed());
    lie(stream);
    await net.pass(1_000_000);
    t.true(closed());
  }
  const { stream } = await open();
  sound(await net.until(stream.restrict({ read: true, write: false })));
  const refused = await net.until(stream.share({}));
  t.is(refused instanceof Failure && refused.code, failures.REFUSED);
});
