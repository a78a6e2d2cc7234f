import test from "ava";
import { CancelToken, client } from "./client.ts";
import { call, contract, event } from "./contract.ts";
import { Failure, failures, refuse } from "./failure.ts";
import { array, channel, handle, optional, string, u8, u16, u32, u64 } from "./field.ts";
import { fnv1a } from "./fnv.ts";
import { type Handlers, service } from "./server.ts";
import { World } from "./testing/pair.ts";

const Stream = contract("stream", 1, { read: call({ most: u32 }, { text: string }) });

const Shop = contract("shop", 2, {
  add: call({ a: u32, b: u32 }, { sum: u64 }, { retry: "safe" }),
  open: call({ name: string }, { stream: channel(Stream) }),
  slow: call({}, {}),
  order: event({ item: string, count: optional(u8) }, { to: "server" }),
  changed: event({ stock: u32 }, { full: "coalesce" }),
  note: event({ text: string }, { full: "drop-oldest" }),
  strict: event({ n: u32 }),
});
type Methods = typeof Shop extends { methods: infer M } ? M : never;

function shop(world: World, more: Partial<Handlers<Methods, string>> = {}) {
  const [near, far] = world.pair();
  const orders: string[] = [];
  const finish: ((value: object) => void)[] = [];
  const handlers = {
    add: ({ a, b }: { a: number; b: number }) => ({ sum: a + b }),
    open: () => refuse(failures.REFUSED, "add it to `uses`"),
    slow: () =>
      new Promise<object>((resolve) => {
        finish.push(resolve);
      }),
    order: ({ item, count }: { item: string; count?: number | undefined }) => {
      orders.push(`${item} ${count}`);
    },
    ...more,
  } as Handlers<Methods, string>;
  const served = service(Shop, handlers);
  served.accept(far, "tester", 7);
  return { near, far, served, orders, finish, shop: client(Shop, near) };
}

test("a call reaches its handler and its reply comes back", async (t) => {
  const world = new World();
  const { shop: s } = shop(world);
  const sum = s.add({ a: 4_000_000_000, b: 4_000_000_000 });
  await world.run();
  t.deepEqual(await sum, { sum: 8_000_000_000 });
  t.deepEqual(world.lines, []);
});

test("a handler's Failure arrives as a value, with code and sentence", async (t) => {
  const world = new World();
  const { shop: s } = shop(world);
  const opened = s.open({ name: "x" });
  await world.run();
  const result = await opened;
  t.true(result instanceof Failure);
  t.like(result, { code: failures.REFUSED, sentence: "add it to `uses`" });
});

test("an exception in a handler is SERVER_FAULT for the caller and one log line for the server", async (t) => {
  const world = new World();
  const { shop: s } = shop(world, {
    add() {
      throw new TypeError("out of stock");
    },
  });
  const sum = s.add({ a: 1, b: 2 });
  await world.run();
  t.like(await sum, { code: failures.SERVER_FAULT });
  t.is(world.lines.length, 1);
  t.regex(world.lines[0]!, /^shop\.add failed: TypeError: out of stock at .*line \d+/);
});

test("a rejected promise of a handler is SERVER_FAULT too", async (t) => {
  const world = new World();
  const { shop: s } = shop(world, { slow: () => Promise.reject(new Error("no")) });
  const result = s.slow({});
  await world.run();
  t.like(await result, { code: failures.SERVER_FAULT });
});

test("a reply outside its types is the server's fault, not the caller's", async (t) => {
  const world = new World();
  const { shop: s } = shop(world, { add: () => ({ sum: -1 }) });
  const sum = s.add({ a: 1, b: 2 });
  await world.run();
  t.like(await sum, { code: failures.SERVER_FAULT });
  t.regex(world.lines[0]!, /the reply's sum must be an integer/);
});

test("a request outside its types never leaves", async (t) => {
  const world = new World();
  const { shop: s } = shop(world);
  t.like(await s.add({ a: -1, b: 2 }), {
    code: failures.INVALID,
    sentence: "shop.add: a must be an integer from 0 to 4294967295",
  });
});

test("events go both ways, in order", async (t) => {
  const world = new World();
  const { shop: s, orders, served } = shop(world);
  const stocks: number[] = [];
  s.on.changed(({ stock }) => stocks.push(stock));
  t.is(s.send.order({ item: "tea" }), undefined);
  s.send.order({ item: "salt", count: 2 });
  served.broadcast.changed({ stock: 5 });
  served.peers[0]!.send.changed({ stock: 6 });
  await world.run();
  t.deepEqual(orders, ["tea undefined", "salt 2"]);
  t.deepEqual(stocks, [5, 6]);
});

test("a malformed call is answered MALFORMED and does not reach the handler", async (t) => {
  const world = new World();
  let reached = false;
  const { near } = shop(world, {
    add() {
      reached = true;
      return { sum: 0 };
    },
  });
  const w = near.begin(0);
  w.words[w.start >> 2] = fnv1a("add");
  let code = 0;
  near.call(w.start + 9, false, 0, {
    ended(status, reader) {
      code = status === 0 ? reader.words[reader.at >> 2]! : status;
    },
  });
  await world.run();
  t.is(code, failures.MALFORMED);
  t.false(reached);
});

test("a malformed event closes the receiver's end and drops its handles", async (t) => {
  const world = new World();
  const { near, shop: s } = shop(world);
  let closed = 0;
  s.onClosed(() => closed++);
  await world.run();
  const w = near.begin(1);
  w.words[w.start >> 2] = fnv1a("unheardOf"); // no event of the contract: ignored
  w.handles[w.handleCount++] = 99;
  near.send(w.start + 5, false, undefined);
  await world.run();
  t.deepEqual(world.dropped, [99]);
  t.is(closed, 0);
  const order = near.begin(0);
  order.words[order.start >> 2] = fnv1a("order");
  order.bytes[order.start + 4] = 255;
  order.bytes[order.start + 5] = 255;
  near.send(order.start + 6, false, undefined);
  await world.run();
  t.is(closed, 1);
});

test("a deadline ends a call with TIMED_OUT, and the late reply goes nowhere", async (t) => {
  const world = new World();
  const { shop: s, finish } = shop(world);
  const result = s.slow({}, { timeout: 1000 });
  await world.run();
  await world.advance(999);
  await world.advance(1);
  t.like(await result, { code: -10 });
  finish[0]!({});
  await world.run();
  t.deepEqual(world.lines, []);
});

test("cancelling ends a call with CANCELLED; a cancelled token starts nothing", async (t) => {
  const world = new World();
  const { shop: s } = shop(world);
  const token = new CancelToken();
  const result = s.slow({}, { cancel: token });
  const done = s.add({ a: 1, b: 1 }, { cancel: token });
  await world.run();
  t.deepEqual(await done, { sum: 2 });
  t.is(token.calls.length, 1);
  token.cancel();
  await world.run();
  t.like(await result, { code: -11 });
  t.like(await s.add({ a: 1, b: 1 }, { cancel: token }), { code: -11 });
});

test("a server that closes or crashes ends its calls: PEER_CLOSED untaken, MAYBE_EXECUTED taken", async (t) => {
  const world = new World();
  const { shop: s, far } = shop(world);
  let closed = 0;
  s.onClosed(() => closed++);
  const taken = s.slow({});
  await world.run();
  far.paused = true;
  const untaken = s.slow({});
  await world.run();
  far.crash();
  await world.run();
  t.like(await taken, { code: -9 });
  t.like(await untaken, { code: -8 });
  t.is(closed, 1);
  t.true(s.closed);
  t.like(await s.add({ a: 1, b: 1 }), { code: -8 });
  t.like(s.send.order({ item: "late" }), { code: -8 });
});

test("a client that closes leaves the list of peers, once", async (t) => {
  const world = new World();
  let closed = 0;
  const { shop: s, served } = shop(world, { closed: () => closed++ });
  await world.run();
  t.is(served.peers.length, 1);
  t.is(served.peers[0]!.name, "tester");
  t.is(served.peers[0]!.badge, 7);
  s.close();
  await world.run();
  t.is(served.peers.length, 0);
  t.is(closed, 1);
});

test("a full queue: coalesce keeps the latest, drop-oldest the latest 64, close closes", async (t) => {
  const world = new World();
  const { shop: s, served, near, far } = shop(world);
  far.peer.depth = 2;
  const stocks: number[] = [];
  const notes: string[] = [];
  s.on.changed(({ stock }) => stocks.push(stock));
  s.on.note(({ text }) => notes.push(text));
  await world.run();
  near.paused = true;
  for (let i = 1; i <= 9; i++) served.broadcast.changed({ stock: i });
  await world.run();
  near.paused = false;
  await world.run();
  t.deepEqual(stocks, [1, 2, 9]);
  near.paused = true;
  for (let i = 1; i <= 100; i++) served.broadcast.note({ text: `${i}` });
  for (let i = 0; i < 3; i++) world.steps.splice(0).map((step) => step());
  near.paused = false;
  await world.run(500);
  t.is(notes.at(-1), "100");
  t.deepEqual(notes.slice(0, 2), ["1", "2"]);
  t.is(notes.length, 66);
  near.paused = true;
  for (let i = 1; i <= 4; i++) served.broadcast.strict({ n: i });
  await world.run();
  t.is(served.peers.length, 0);
});

test("hello: an unchanged or extended contract is served, a changed method is not", async (t) => {
  const older = contract("shop", 1, {
    add: call({ a: u32, b: u32 }, { sum: u64 }),
    open: call({ id: u16 }, {}),
  });
  const world = new World();
  const [near, far] = world.pair();
  const served = service(Shop, {
    add: ({ a, b }) => ({ sum: a + b }),
    open: () => refuse(failures.REFUSED, "reached"),
    slow: () => ({}),
    order: () => undefined,
  });
  served.accept(far);
  const s = client(older, near);
  const sum = s.add({ a: 1, b: 2 });
  const opened = s.open({ id: 1 });
  await world.run();
  t.deepEqual(await sum, { sum: 3 });
  t.like(await opened, { code: failures.UNKNOWN_METHOD });
});

test("hello: another contract's client is refused and its channel closed", async (t) => {
  const world = new World();
  const [near, far] = world.pair();
  service(Stream, { read: () => ({ text: "" }) }).accept(far);
  const s = client(Shop, near);
  let closed = 0;
  s.onClosed(() => closed++);
  await world.run();
  t.true(s.closed);
  t.is(closed, 1);
  t.regex(world.lines[0]!, /this is a stream service; the client speaks another contract/);
});

test("handles travel with their message, and an unhandled event drops them", async (t) => {
  const Mover = contract("mover", 1, {
    give: call({ things: array(handle("memory")) }, { back: handle("memory") }),
    gift: event({ thing: handle("memory") }),
  });
  const world = new World();
  const [near, far] = world.pair();
  const served = service(Mover, { give: ({ things }) => ({ back: things[1]! }) });
  served.accept(far);
  const m = client(Mover, near);
  const back = m.give({ things: [11, 12, 13] });
  served.broadcast.gift({ thing: 14 });
  await world.run();
  t.deepEqual(await back, { back: 12 });
  t.deepEqual(world.dropped, [14]);
});

test("unsound contracts are refused when they are compiled", (t) => {
  const bad = (methods: Parameters<typeof contract>[2], version = 1) =>
    t.throws(() => client(contract("bad", version, methods), new World().pair()[0])).message;
  // biome-ignore lint/suspicious/noThenProperty: that it is refused is what is tested
  t.regex(bad({ then: call({}, {}) }), /cannot be a method's/);
  t.regex(bad({ x: call({ "a b": u8 }, {}) }), /must be an identifier/);
  t.regex(bad({ x: call({ a: optional(optional(u8)) }, {}) }), /cannot be told apart/);
  t.regex(bad({ x: call({}, {}) }, 0), /version/);
});
