// Types of contracts: this file compiles only while inference gives what is written here (`tsc --noEmit` is the test).
import test from "ava";
import type { Client } from "./client.ts";
import { call, contract, event, type Reply, type Request } from "./contract.ts";
import type { Failure } from "./failure.ts";
import { array, bytes, channel, oneof, optional, string, struct, u8, u16, u64 } from "./field.ts";
import type { Handlers } from "./server.ts";

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never;
type Flat<T> = { [K in keyof T]: T[K] };

const Tcp = contract("tcp", 1, { send: call({ data: bytes }, {}) });
const Net = contract("net", 3, {
  connect: call({ host: string, port: u16, tries: optional(u8) }, { stream: channel(Tcp) }),
  stats: call({}, { rx: u64, peers: array(struct({ name: string })) }),
  link: event({ state: oneof("up", "down") }, { full: "coalesce" }),
  poke: event({}, { to: "server" }),
});
type Methods = typeof Net extends { methods: infer M } ? M : never;
type NetClient = Client<typeof Net>;

const request: Same<
  Flat<Request<Methods["connect"]>>,
  { host: string; port: number; tries?: number | undefined }
> = true;
const reply: Reply<Methods["stats"]> = { rx: 1, peers: [{ name: "a" }] };
// @ts-expect-error an element's field has another type
const wrong: Reply<Methods["stats"]> = { rx: 1, peers: [{ name: 5 }] };

function uses(net: NetClient): void {
  net.on.link(({ state }) => {
    const word: "up" | "down" = state;
    return word;
  });
  net.send.poke({});
  // @ts-expect-error an event for the client cannot be sent by it
  net.send.link;
  // @ts-expect-error an event for the server has no handler at the client
  net.on.poke;
  // @ts-expect-error a field is missing
  void net.connect({ host: "x" });
  // @ts-expect-error a field has another type
  void net.connect({ host: 5, port: 80 });
  void net.stats({}).then((result: Failure | { rx: number }) => result);
}

// @ts-expect-error handlers of calls and of events to the server are all required
const incomplete: Handlers<Methods> = {
  connect: () => ({ stream: 1 }),
  stats: () => ({ rx: 1, peers: [] }),
};

test("the types of a contract follow from its value", (t) => {
  t.true(request);
  t.deepEqual([reply.peers.length, wrong.peers.length], [1, 1]);
  t.is(typeof uses, "function");
  t.is(typeof incomplete, "object");
});
