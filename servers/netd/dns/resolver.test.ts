// The resolver against servers that a test plays: answers, silence, lies, aliases, and what is remembered.
import test from "ava";
import type { Finding } from "./answer.ts";
import {
  type DnsResult,
  createResolver,
  datagramCame,
  dnsDeadline,
  resolveName,
  serverLost,
  streamAnswered,
} from "./resolver.ts";
import { ManualTurn } from "../testing/manual-turn.ts";
import { type TestRecord, questionOf, response } from "./testing/response.ts";

const S1 = 0x0a000003;
const S2 = 0x0a000004;
const a = (name: string, last: number, ttl = 60): TestRecord => ({
  name,
  type: 1,
  ttl,
  address: [10, 0, 0, last],
});
const alias = (name: string, target: string, ttl = 60): TestRecord => ({
  name,
  type: 5,
  ttl,
  target,
});

interface Sent {
  server: number;
  data: Uint8Array;
  socket: number;
}

function scene() {
  const turn = new ManualTurn();
  const sent: Sent[] = [];
  const open = new Set<number>();
  const asked: { question: number; server: number; data: Uint8Array }[] = [];
  const forgotten: number[] = [];
  const results = new Map<number, DnsResult>();
  let sockets = 0;
  const resolver = createResolver({
    send(server, data) {
      sockets += 1;
      open.add(sockets);
      sent.push({ server, data, socket: sockets });
      return sockets;
    },
    release: (socket) => void open.delete(socket),
    ask: (question, server, data) => void asked.push({ question, server, data }),
    forget: (question) => void forgotten.push(question),
    answered: (question, result) => void results.set(question, result),
  });
  const ask = (name: string, type = 1, servers = [S1, S2], patience = 30_000) =>
    resolveName(resolver, turn, servers, name, type, turn.now + patience);
  const last = () => sent.at(-1)!;
  const come = (records: readonly TestRecord[], options = {}, to = last()) =>
    datagramCame(resolver, turn, to.socket, to.server, 53, response(to.data, records, options));
  const pass = (span: number) => {
    const end = turn.now + span;
    while (resolver.deadline <= end) {
      turn.now = Math.max(turn.now, resolver.deadline);
      dnsDeadline(resolver, turn);
    }
    turn.now = end;
  };
  return { turn, resolver, sent, open, asked, forgotten, results, ask, last, come, pass };
}

test("an answer, remembered for its time and no longer", (t) => {
  const { ask, come, results, sent, open, pass } = scene();
  const id = ask("Host.Example.org") as number;
  come([a("host.example.org", 1), a("host.example.org", 2, 20), a("other.org", 9)]);
  const found = {
    outcome: "found",
    canonical: "host.example.org",
    values: ["10.0.0.1", "10.0.0.2"],
  };
  t.deepEqual(results.get(id), { ...found, ttl: 20 } as DnsResult);
  t.is(open.size, 0);
  pass(19_500);
  t.deepEqual(ask("host.example.org."), { ...found, ttl: 1 } as DnsResult);
  pass(600);
  t.is(typeof ask("host.example.org"), "number");
  t.is(sent.length, 2);
});

test("silence: the next server, with another id, socket and case; in the end a timeout", (t) => {
  const { ask, sent, results, pass, open, come } = scene();
  const id = ask("silent.example.org") as number;
  pass(29_000);
  t.is(sent.length, 4);
  t.deepEqual(
    sent.map((each) => each.server),
    [S1, S2, S1, S2],
  );
  t.is(new Set(sent.map((each) => each.data[0]! * 256 + each.data[1]!)).size, 4);
  t.is(new Set(sent.map((each) => each.socket)).size, 4);
  t.true(new Set(sent.map((each) => questionOf(each.data).name)).size > 1);
  t.is(questionOf(sent[3]!.data).name, "silent.example.org");
  t.is(results.get(id), "timeout");
  t.is(open.size, 0);
  // A late answer finds nobody.
  come([a("silent.example.org", 1)], {}, sent[3]);
  t.is(results.get(id), "timeout");
  const short = ask("short.example.org", 1, [S1], 1000) as number;
  pass(1000);
  t.is(results.get(short), "timeout");
});

test("forged answers are passed over: wrong sender, port, id, case, socket", (t) => {
  const { ask, come, results, resolver, turn, last } = scene();
  const id = ask("bank.example.org") as number;
  const { socket, data } = last();
  const forged = response(data, [a("bank.example.org", 66)]);
  datagramCame(resolver, turn, socket, S2, 53, forged);
  datagramCame(resolver, turn, socket, S1, 54, forged);
  datagramCame(resolver, turn, socket + 1, S1, 53, forged);
  const otherId = forged.slice();
  otherId[1]! ^= 1;
  datagramCame(resolver, turn, socket, S1, 53, otherId);
  const otherCase = forged.slice();
  otherCase[13]! ^= 32;
  datagramCame(resolver, turn, socket, S1, 53, otherCase);
  t.false(results.has(id));
  come([a("bank.example.org", 1)]);
  t.like(results.get(id), { values: ["10.0.0.1"] });
});

test("aliases: followed inside an answer and by further questions; circles and endless chains are refused", (t) => {
  const inside = scene();
  const id = inside.ask("www.a.org") as number;
  inside.come([alias("www.a.org", "b.org", 9), a("c.org", 7), alias("b.org", "c.org")]);
  t.deepEqual(inside.results.get(id), {
    outcome: "found",
    canonical: "c.org",
    values: ["10.0.0.7"],
    ttl: 9,
  });
  const further = scene();
  const two = further.ask("www.a.org") as number;
  further.come([alias("www.a.org", "b.org", 9)]);
  t.is(questionOf(further.last().data).name.toLowerCase(), "b.org");
  further.come([a("b.org", 8)]);
  t.like(further.results.get(two), { canonical: "b.org", ttl: 9 });
  const circle = scene();
  const three = circle.ask("x.org") as number;
  circle.come([alias("x.org", "y.org")]);
  circle.come([alias("y.org", "x.org")]);
  t.is(circle.results.get(three), "loop");
  const self = scene();
  const four = self.ask("x.org") as number;
  self.come([alias("x.org", "X.ORG")]);
  t.is(self.results.get(four), "loop");
  const endless = scene();
  const five = endless.ask("n0.org") as number;
  for (let link = 0; link < 20 && !endless.results.has(five); link++) {
    endless.come([alias(`n${link}.org`, `n${link + 1}.org`)]);
  }
  t.is(endless.results.get(five), "loop");
  t.true(endless.sent.length <= 10);
});

test("absence is told apart, and remembered as long as the zone says, 15 minutes at most", (t) => {
  const { ask, come, results, pass, sent } = scene();
  const authority = [{ name: "org", type: 6, soa: 100, ttl: 5000 }];
  const none = ask("none.org") as number;
  come([], { flags: 0x8183, authority });
  t.like(results.get(none), { outcome: "no-name", ttl: 100 });
  const empty = ask("empty.org", 28) as number;
  come([], { authority: [{ name: "org", type: 6, soa: 86_400, ttl: 86_400 }] });
  t.like(results.get(empty), { outcome: "no-data", ttl: 900 });
  pass(99_000);
  t.like(ask("none.org"), { outcome: "no-name" });
  pass(2_000);
  t.is(typeof ask("none.org"), "number");
  t.is(sent.length, 3);
});

test("a server that fails, refuses or is not there: the next one at once", (t) => {
  const { ask, come, results, sent, resolver, turn, last } = scene();
  const id = ask("a.org") as number;
  come([], { flags: 0x8182 });
  t.is(last().server, S2);
  // A router that guesses the socket does not know whom it asks.
  serverLost(resolver, turn, last().socket, S1, 53);
  serverLost(resolver, turn, last().socket, S2, 54);
  t.is(sent.length, 2);
  serverLost(resolver, turn, last().socket, S2, 53);
  t.is(sent.length, 3);
  come([a("a.org", 1)]);
  t.like(results.get(id), { outcome: "found" });
  const all = ask("b.org") as number;
  for (let count = 0; count < 4; count++) come([], { flags: 0x8185 });
  t.is(results.get(all), "failed");
});

test("a truncated answer is asked for by TCP; when that fails, the next server is tried", (t) => {
  const { ask, come, results, asked, open, resolver, turn, sent, pass, forgotten } = scene();
  const id = ask("big.org") as number;
  come([], { flags: 0x8380 });
  t.is(asked.length, 1);
  t.is(open.size, 0);
  const records = Array.from({ length: 40 }, (_, index) => a("big.org", index));
  streamAnswered(resolver, turn, id, response(asked[0]!.data, records));
  t.is((results.get(id) as Finding).values.length, 32);
  const broken = ask("broken.org") as number;
  come([], { flags: 0x8380 });
  streamAnswered(resolver, turn, broken, undefined);
  t.is(sent.length, 3);
  come([], { flags: 0x8380 });
  pass(6_000);
  t.deepEqual(forgotten, [broken]);
});

test("what is no name, no server, or too much is said at once", (t) => {
  const { ask, sent, resolver } = scene();
  t.is(ask("a..b"), "bad-name");
  t.is(ask("a.org", 1, []), "no-server");
  t.is(sent.length, 0);
  for (let count = 0; count < 64; count++) ask(`n${count}.org`);
  t.is(ask("more.org"), "no-server");
  t.is(resolver.questions.length, 64);
});

test("a server that knows no EDNS is asked again without it, once", (t) => {
  const { ask, come, results, sent, open } = scene();
  const id = ask("host.test") as number;
  t.is(sent[0]?.data[11], 1);
  come([], { flags: 0x8181 });
  t.is(sent.length, 2);
  t.is(sent[1]?.server, S1);
  t.is(sent[1]?.data[11], 0);
  t.not(sent[1]?.socket, sent[0]?.socket);
  come([a("host.test", 1)]);
  t.like(results.get(id), { outcome: "found", values: ["10.0.0.1"] });
  t.is(open.size, 0);
  // When it fails without it as well, the next one is asked, with EDNS.
  ask("other.test");
  come([], { flags: 0x8184 });
  come([], { flags: 0x8181 });
  t.is(sent.at(-1)?.server, S2);
  t.is(sent.at(-1)?.data[11], 1);
});

test("the cache is bounded", (t) => {
  const { ask, come, resolver } = scene();
  for (let count = 0; count < 300; count++) {
    ask(`n${count}.org`);
    come([a(`n${count}.org`, 1)]);
  }
  t.is(resolver.cache.entries.size, 256);
  t.is(typeof ask("n0.org"), "number");
  t.is(typeof ask("n299.org"), "object");
});
