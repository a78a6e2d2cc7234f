// Contracts over real channels: what docs/wire.md promises, seen from client and server.
import { CancelToken, client } from "../../../sdk/contract/client.ts";
import { Failure, failures } from "../../../sdk/contract/failure.ts";
import { methodId } from "../method-id.ts";
import { service } from "../../../sdk/contract/server.ts";
import { Memory } from "../../../sdk/runtime/memory.ts";
import { messageBuffer } from "../../../sdk/runtime/message-buffer.ts";
import { open } from "../../../sdk/runtime/open.ts";
import { randomBytes } from "../../../sdk/runtime/random.ts";
import { now } from "../../../sdk/runtime/time.ts";
import { after, every, sleep } from "../../../sdk/runtime/timers.ts";
import { equal, is } from "../equal.ts";
import { Everything, OlderShop, Stream } from "./contract.ts";
import { openShop, pair } from "./shop.ts";

export interface ContractCase {
  name: string;
  run(): Promise<void>;
}

const MS = 1_000_000;
const codeOf = (value: unknown) => (value instanceof Failure ? value.code : 0);
function sound<T>(value: T | Failure): T {
  if (value instanceof Failure) throw new Error(value.sentence);
  return value;
}

/** A case with a shop that is closed after it. */
function shopping(
  name: string,
  run: (s: ReturnType<typeof openShop>) => Promise<void>,
): ContractCase {
  return {
    name: `contract: ${name}`,
    async run() {
      const s = openShop();
      await run(s);
      s.close();
      await sleep(MS);
    },
  };
}

/** Waits until it holds; a slow machine needs longer, and only a fault needs all of it. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    if (holds()) return;
    await sleep(MS);
  }
  throw new Error(`${what} did not come`);
}

function plain(name: string, run: () => Promise<void>): ContractCase {
  return { name: `contract: ${name}`, run };
}

/** Sends a raw call: the method's id and bytes; the code of its reply. */
function rawCall(
  s: ReturnType<typeof openShop>,
  id: number,
  rest: readonly number[],
): Promise<number> {
  const w = s.near.begin(0);
  w.view.setUint32(w.start, id, true);
  for (let i = 0; i < rest.length; i++) w.bytes[w.start + 4 + i] = rest[i] as number;
  return new Promise((resolve) => {
    s.near.call(w.start + 4 + rest.length, false, 0, {
      ended: (status, reader) =>
        resolve(status === 0 ? reader.view.getUint32(reader.at, true) : status),
    });
  });
}

export const contractCases: ContractCase[] = [
  shopping("a call reaches its handler and its reply comes back", async ({ shop }) => {
    equal(await shop.add({ a: 4_000_000_000, b: 4_000_000_000 }), { sum: 8_000_000_000 }, "sum");
  }),
  plain("every type goes there and back", async () => {
    const [near, far] = pair();
    const served = service(Everything, {
      echo: (all) => ({ text: JSON.stringify({ ...all, n: [...all.n] }) }),
      same: ({ list }) => ({ list }),
    });
    served.accept(far);
    const c = client(Everything, near);
    const value = {
      a: 255,
      b: 65535,
      c: 4294967295,
      d: -128,
      e: -32768,
      f: -2147483648,
      g: 2 ** 53 - 1,
      h: -(2 ** 53 - 1),
      i: -1.5e300,
      j: true,
      k: 1,
      l: 2,
      m: "wörld 😀\u0000",
      n: new Uint8Array([0, 128, 255]),
      o: [1, 2, 65535],
      p: { x: 7, y: ["", "€"] },
      q: "green" as const,
      r: 0,
    };
    const back = sound(await c.echo(value));
    equal(JSON.parse(back.text), { ...value, n: [...value.n] }, "values");
    const { r: _, ...short } = value;
    equal(JSON.parse(sound(await c.echo(short)).text).r, undefined, "an absent optional");
    const list = Array.from({ length: 60 }, (_, i) => ({ n: i * -(2 ** 40), t: `row ${i}` }));
    equal(sound(await c.same({ list })), { list }, "a list");
    c.close();
    served.close();
    await sleep(MS);
  }),
  shopping("a request outside of its types never leaves", async ({ shop }) => {
    equal(codeOf(await shop.add({ a: -1, b: 2 })), failures.INVALID, "code");
  }),
  shopping("a request larger than a message never leaves", async ({ shop }) => {
    is(codeOf(await shop.open({ name: "x".repeat(5000) })) !== 0, "a failure");
  }),
  shopping("a failure is a value with its code and sentence", async ({ shop }) => {
    const failure = await shop.fail({ how: "refuse" });
    is(failure instanceof Failure && failure.sentence === "add it to `uses`", "the sentence");
    equal(codeOf(failure), failures.REFUSED, "code");
  }),
  shopping("an exception in a handler is SERVER_FAULT for its caller alone", async ({ shop }) => {
    equal(codeOf(await shop.fail({ how: "throw" })), failures.SERVER_FAULT, "thrown");
    equal(codeOf(await shop.fail({ how: "reject" })), failures.SERVER_FAULT, "rejected");
    equal(await shop.add({ a: 1, b: 2 }), { sum: 3 }, "the next call");
  }),
  shopping("a malformed call is MALFORMED and does not reach the handler", async (s) => {
    let reached = 0;
    const counted = openShop({
      add: () => {
        reached++;
        return { sum: 0 };
      },
    });
    await counted.shop.add({ a: 1, b: 1 });
    for (let length = 0; length < 8; length++) {
      const rest = new Array<number>(length).fill(1);
      equal(await rawCall(counted, methodId("add"), rest), failures.MALFORMED, `${length} bytes`);
    }
    equal(reached, 1, "calls that reached the handler");
    // what stands behind the last field is a newer peer's (docs/wire.md)
    await rawCall(counted, methodId("add"), new Array<number>(9).fill(1));
    equal(reached, 2, "a longer call reaches it");
    counted.close();
    is(!s.shop.closed, "others are not disturbed");
  }),
  shopping("text that is no UTF-8 is MALFORMED", async (s) => {
    for (const bad of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
      equal(
        await rawCall(s, methodId("open"), [bad.length, 0, ...bad]),
        failures.MALFORMED,
        `${bad}`,
      );
    }
  }),
  shopping("an unknown method is UNKNOWN_METHOD", async (s) => {
    equal(await rawCall(s, 0x1234_5678, []), failures.UNKNOWN_METHOD, "code");
  }),
  shopping("a malformed event closes its sender's channel", async ({ near, shop, orders }) => {
    const w = near.begin(0);
    w.view.setUint32(w.start, methodId("order"), true);
    w.bytes[w.start + 4] = 255;
    near.send(w.start + 5, false, undefined);
    await until("the end of the channel", () => shop.closed);
    equal(orders.length, 0, "orders");
  }),
  shopping("events go both ways, in order", async ({ shop, served, orders }) => {
    const stocks: number[] = [];
    shop.on.strict(({ n }) => void stocks.push(n));
    shop.send.order({ item: "tea" });
    shop.send.order({ item: "salt", count: 2 });
    for (let i = 0; i < 10; i++) served.broadcast.strict({ n: i });
    await until("all of them", () => orders.length === 2 && stocks.length === 10);
    equal(orders, ["tea undefined", "salt 2"], "at the server");
    equal(stocks, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], "at the client");
  }),
  shopping("a thousand coalescing events end with the latest", async ({ shop, served }) => {
    let last = 0;
    shop.on.changed(({ stock }) => {
      last = stock;
    });
    for (let i = 1; i <= 1000; i++) served.broadcast.changed({ stock: i });
    await until("the latest", () => last === 1000);
  }),
  shopping("drop-oldest keeps the newest, in order", async ({ shop, served }) => {
    const seen: number[] = [];
    shop.on.note(({ text }) => void seen.push(Number(text)));
    for (let i = 1; i <= 500; i++) served.broadcast.note({ text: `${i}` });
    await until("the newest", () => seen.at(-1) === 500);
    is(
      seen.every((n, i) => i === 0 || n > (seen[i - 1] as number)),
      "the order",
    );
  }),
  shopping("a timeout ends a call with TIMED_OUT", async ({ shop, finish }) => {
    const before = now();
    equal(codeOf(await shop.slow({}, { timeout: 3 * MS })), -10, "code");
    is(now() >= before + 3 * MS, "not early");
    finish[0]?.({});
    equal(await shop.add({ a: 1, b: 1 }), { sum: 2 }, "the next call");
  }),
  shopping("cancelling ends a call with CANCELLED", async ({ shop, finish }) => {
    const token = new CancelToken();
    const slow = shop.slow({}, { cancel: token });
    await sleep(MS);
    token.cancel();
    equal(codeOf(await slow), -11, "code");
    finish[0]?.({});
    equal(codeOf(await shop.add({ a: 1, b: 1 }, { cancel: token })), -11, "a used token");
  }),
  shopping("a server that closes still answers what it took", async ({ shop, served, finish }) => {
    const slow = shop.slow({});
    await sleep(MS);
    served.close();
    await sleep(MS);
    finish[0]?.({});
    equal(await slow, {}, "reply");
    equal(codeOf(await shop.add({ a: 1, b: 1 })), -8, "the next call");
  }),
  shopping("handles travel as fields", async ({ shop }) => {
    const things = [1, 2, 3].map((pages) => sound(Memory.create(pages * 4096)).take());
    const { back } = sound(await shop.give({ things }));
    const memory = new Memory(back);
    equal(memory.size(), 8192, "the second");
    memory.close();
  }),
  shopping("a channel travels as a field and speaks its contract", async ({ shop }) => {
    const { stream } = sound(await shop.open({ name: "x" }));
    const reader = open(Stream, stream);
    equal(await reader.read({ most: 5 }), { text: "xxxxx" }, "text");
    equal(sound(await reader.read({ most: 4000 })).text.length, 4000, "a long one");
    reader.close();
    await sleep(MS);
  }),
  shopping("two hundred calls at once", async ({ shop }) => {
    const sums = await Promise.all(Array.from({ length: 200 }, (_, i) => shop.add({ a: i, b: 1 })));
    equal(
      sums.map((s) => sound(s).sum),
      Array.from({ length: 200 }, (_, i) => i + 1),
      "sums",
    );
  }),
  shopping("a secret leaves no trace in the submit area", async ({ shop }) => {
    const word = "correct horse battery";
    equal(await shop.hide({ word }), { length: word.length }, "reply");
    await sleep(MS);
    const text = String.fromCharCode(...messageBuffer.bytes.subarray(4096, 32768));
    is(!text.includes("horse"), "zeroed");
  }),
  plain("an older client is served what both know", async () => {
    const { served, near, close } = (() => {
      const s = openShop();
      const [near, far] = pair();
      s.served.accept(far);
      return { ...s, near };
    })();
    const older = client(OlderShop, near);
    equal(await older.add({ a: 1, b: 2 }), { sum: 3 }, "an unchanged method");
    equal(codeOf(await older.open({ id: 1 })), failures.UNKNOWN_METHOD, "a changed one");
    equal(codeOf(await older.removed({})), failures.UNKNOWN_METHOD, "one that is gone");
    older.send.order({ item: "old" }); // its server has a trailing optional more
    await sleep(MS);
    is(!older.closed, "the channel is open");
    equal(served.peers.length, 2, "clients");
    older.close();
    close();
    await sleep(MS);
  }),
  plain("timers fire in order, once, and not when cancelled", async () => {
    const fired: number[] = [];
    const start = now();
    after(3 * MS, () => fired.push(3));
    after(MS, () => fired.push(1));
    after(2 * MS, () => fired.push(2)).cancel();
    const ticking = every(MS, () => void fired.push(0));
    await until(
      "ticks and timers",
      () => fired.includes(3) && fired.filter((n) => n === 0).length > 2,
    );
    ticking.cancel();
    const before = fired.length;
    await sleep(3 * MS);
    equal(fired.length, before, "after cancelling");
    equal(
      fired.filter((n) => n > 0),
      [1, 3],
      "order",
    );
    is(now() >= start + 6 * MS, "time");
  }),
  plain("shared memory is seen by both of its views", async () => {
    const memory = sound(Memory.create(8192));
    const one = sound(memory.map());
    const two = sound(memory.map());
    one.set32(4096, 0xdeadbeef);
    equal(two.get32(4096), 0xdeadbeef, "a word");
    const bytes = new Uint8Array(5000).map((_, i) => i);
    one.copyIn(100, bytes, 0, bytes.length);
    const back = new Uint8Array(5000);
    two.copyOut(100, back, 0, back.length);
    is(
      back.every((b, i) => b === (i & 255)),
      "bytes",
    );
    let outside = "";
    try {
      one.get32(8190);
    } catch (error) {
      outside = (error as Error).name;
    }
    equal(outside, "RangeError", "an access outside");
    one.close();
    two.close();
    memory.close();
  }),
  plain("without entropy there are no random numbers", async () => {
    equal(codeOf(randomBytes(16)), failures.UNAVAILABLE, "code");
  }),
];
