// The client against a server that a test plays, on virtual time.
import test from "ava";
import type { ClientMessage, ServerMessage } from "./dhcp-message.ts";
import { type DhcpEffect, type DhcpEvent, createDhcpClient, stepDhcp } from "./dhcp.ts";
import { refusalCodes } from "./refusal.ts";
import { ManualTurn } from "./testing/manual-turn.ts";

const MAC = 0x525400123456;
const ADDRESS = 0x0a00020f;
const SERVER = 0x0a000202;
const OTHER_SERVER = 0x0a000203;
const DISCOVER = 1;
const OFFER = 2;
const REQUEST = 3;
const DECLINE = 4;
const ACK = 5;
const NAK = 6;

/** A client and all that it did. */
class Scene {
  client = createDhcpClient();
  readonly turn: ManualTurn;
  effects: DhcpEffect[] = [];
  refusals: string[] = [];

  constructor(seed = 1) {
    this.turn = new ManualTurn(1_000_000, seed);
  }
  event(event: DhcpEvent): DhcpEffect[] {
    const step = stepDhcp(this.client, event, this.turn);
    this.client = step.client;
    if (step.refused !== undefined) this.refusals.push(refusalCodes[step.refused]);
    this.effects.push(...step.effects);
    return [...step.effects];
  }
  start(delay = false): DhcpEffect[] {
    return this.event({ kind: "start", mac: MAC, delay });
  }
  /** Sleeps until the deadline; returns the milliseconds slept. */
  sleep(): number {
    const slept = this.client.deadline - this.turn.now;
    this.turn.now = this.client.deadline;
    this.event({ kind: "deadline" });
    return slept;
  }
  reply(type: number, changes: Partial<ServerMessage> = {}, leaseTime = 3600): DhcpEffect[] {
    const server = changes.server ?? SERVER;
    const message: ServerMessage = {
      type,
      transaction: this.client.transaction,
      clientMac: MAC,
      yourAddress: type === NAK ? 0 : ADDRESS,
      server,
      options: {
        messageType: type,
        server,
        mask: 0xffffff00,
        routers: [SERVER],
        nameServers: [],
        leaseTime: type === NAK ? undefined : leaseTime,
        renewalTime: undefined,
        rebindingTime: undefined,
      },
      ...changes,
    };
    return this.event({ kind: "message", message });
  }
  bind(leaseTime = 3600): this {
    this.start();
    this.reply(OFFER, {}, leaseTime);
    this.reply(ACK, {}, leaseTime);
    this.effects = [];
    return this;
  }
  /** Messages sent since `effects` was last emptied. */
  sent(): { to: number; message: ClientMessage }[] {
    return this.effects.flatMap((effect) => (effect.kind === "send" ? [effect] : []));
  }
}

test("discover, offer, request, ack: bound at the ACK, without a start delay", (t) => {
  const scene = new Scene();
  const [discover] = scene.start();
  t.like(discover, { kind: "send", to: 0xffffffff });
  const [request] = scene.reply(OFFER);
  t.like(request, { kind: "send", to: 0xffffffff });
  if (discover.kind !== "send" || request.kind !== "send") return t.fail();
  t.like(discover.message, { type: DISCOVER, clientAddress: 0, clientMac: MAC, seconds: 0 });
  t.like(request.message, {
    type: REQUEST,
    transaction: discover.message.transaction,
    clientAddress: 0,
    requestedAddress: ADDRESS,
    server: SERVER,
    seconds: 0,
  });
  const [bound] = scene.reply(ACK);
  t.like(bound, { kind: "bound", renewed: false });
  t.is(scene.client.phase, "bound");
  t.like(scene.client.lease, { address: ADDRESS, router: SERVER, mask: 0xffffff00 });
});

test("transactions differ between acquisitions and entropies", (t) => {
  const seen = new Set<number>();
  for (let seed = 1; seed <= 50; seed++) {
    const scene = new Scene(seed);
    scene.start();
    seen.add(scene.client.transaction);
    scene.start();
    seen.add(scene.client.transaction);
  }
  t.is(seen.size, 100);
});

test("with a start delay the first message waits 1 to 10 s", (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    const scene = new Scene(seed);
    t.deepEqual(scene.start(true), []);
    const slept = scene.sleep();
    t.true(slept >= 1_000 && slept <= 10_000);
    t.like(scene.sent()[0].message, { type: DISCOVER });
  }
});

test("a silent server: 4, 8, 16, 32, 64, 64 s, each up to a second more or less", (t) => {
  const scene = new Scene(7);
  scene.start();
  const pauses = [1, 2, 3, 4, 5, 6, 7].map(() => scene.sleep() / 1000);
  t.true(
    [4, 8, 16, 32, 64, 64, 64].every((pause, index) => Math.abs(pauses[index] - pause) <= 1),
    pauses.join(),
  );
  t.true(new Set(pauses.map((pause) => pause % 1)).size > 4);
  t.is(scene.sent().length, 8);
  t.true(scene.sent().every((sent) => sent.message.type === DISCOVER));
  t.is(scene.sent()[1].message.seconds, Math.floor(pauses[0]));
  t.is(new Set(scene.sent().map((sent) => sent.message.transaction)).size, 1);
});

test("a server that offers and falls silent: four REQUESTs in a minute, then a new DISCOVER", (t) => {
  const scene = new Scene(3);
  scene.start();
  const first = scene.client.transaction;
  scene.turn.now += 2_500;
  scene.reply(OFFER);
  let slept = 0;
  for (let count = 0; count < 4; count++) slept += scene.sleep();
  t.true(Math.abs(slept - 60_000) <= 4_000);
  const types = scene.sent().map((sent) => sent.message.type);
  t.deepEqual(types, [DISCOVER, REQUEST, REQUEST, REQUEST, REQUEST, DISCOVER]);
  t.not(scene.client.transaction, first);
  t.is(scene.client.phase, "selecting");
});

test("the second server's offer, and its ACK and NAK, are refused", (t) => {
  const scene = new Scene();
  scene.start();
  scene.reply(OFFER);
  scene.effects = [];
  scene.reply(OFFER, { server: OTHER_SERVER, yourAddress: ADDRESS + 1 });
  scene.reply(ACK, { server: OTHER_SERVER });
  scene.reply(NAK, { server: OTHER_SERVER });
  t.deepEqual(scene.effects, []);
  t.deepEqual(scene.refusals, ["dhcp.unexpected", "dhcp.unexpected", "dhcp.unexpected"]);
  t.like(scene.reply(ACK)[0], { kind: "bound" });
});

test("a bad offer is refused and the next one taken", (t) => {
  const scene = new Scene();
  scene.start();
  scene.reply(OFFER, { yourAddress: 0xffffffff });
  scene.reply(OFFER, {}, 3);
  t.is(scene.client.phase, "selecting");
  t.deepEqual(scene.refusals, ["dhcp.address", "dhcp.lease-time"]);
  scene.reply(OFFER);
  t.is(scene.client.phase, "requesting");
});

test("messages of another transaction or client change nothing", (t) => {
  const scene = new Scene();
  scene.start();
  const before = scene.client;
  scene.reply(OFFER, { transaction: (before.transaction ^ 1) >>> 0 });
  scene.reply(OFFER, { clientMac: MAC + 1 });
  scene.reply(ACK);
  scene.reply(NAK);
  t.is(scene.client, before);
  t.deepEqual(scene.refusals, [
    "dhcp.transaction",
    "dhcp.other-client",
    "dhcp.unexpected",
    "dhcp.unexpected",
  ]);
});

test("an ACK for another address than the offered one is refused", (t) => {
  const scene = new Scene();
  scene.start();
  scene.reply(OFFER);
  scene.reply(ACK, { yourAddress: ADDRESS + 1 });
  t.deepEqual(scene.refusals, ["dhcp.address"]);
  t.is(scene.client.phase, "requesting");
});

test("a NAK to the request starts over after a delay", (t) => {
  const scene = new Scene();
  scene.start();
  scene.reply(OFFER);
  scene.effects = [];
  scene.reply(NAK);
  t.deepEqual(scene.effects, []);
  t.is(scene.client.phase, "waiting");
  const slept = scene.sleep();
  t.true(slept >= 1_000 && slept <= 10_000);
  t.like(scene.sent()[0].message, { type: DISCOVER });
});

test("at T1 the granting server is asked alone, and its ACK extends the lease", (t) => {
  const scene = new Scene().bind(3600);
  const slept = scene.sleep();
  t.true(slept <= 1_800_000 && slept >= 1_800_000 * 0.98);
  t.is(scene.client.phase, "renewing");
  t.like(scene.sent()[0], { to: SERVER });
  t.like(scene.sent()[0].message, {
    type: REQUEST,
    clientAddress: ADDRESS,
    requestedAddress: undefined,
    server: undefined,
  });
  const asked = scene.turn.now;
  scene.turn.now += 40;
  t.like(scene.reply(ACK)[0], { kind: "bound", renewed: true });
  t.is(scene.client.lease?.expiresAt, asked + 3_600_000);
});

test("a silent server: retries until T2, then everybody is asked, then the lease ends", (t) => {
  const scene = new Scene().bind(3600);
  const begin = scene.turn.now;
  const lease = scene.client.lease;
  if (lease === undefined) return t.fail();
  const log: [phase: string, after: number, to: number | undefined][] = [];
  while (scene.client.lease !== undefined) {
    scene.effects = [];
    const slept = scene.sleep();
    t.true(slept >= 1);
    log.push([scene.client.phase, slept, scene.sent()[0]?.to]);
  }
  t.is(scene.turn.now, begin + 3_600_000);
  const renewing = log.filter(([phase]) => phase === "renewing");
  const rebinding = log.filter(([phase]) => phase === "rebinding");
  t.true(renewing.every(([, , to]) => to === SERVER) && renewing.length >= 4);
  t.true(rebinding.every(([, , to]) => to === 0xffffffff) && rebinding.length >= 2);
  // All retries but those cut short by T2 and the end keep the minute.
  t.true(log.filter(([, slept]) => slept < 60_000).length <= 2);
  t.deepEqual(
    scene.effects.map((effect) => effect.kind),
    ["unbound", "send"],
  );
  t.like(scene.effects[0], { reason: "expired" });
  t.is(scene.client.phase, "selecting");
});

test("while rebinding any server's ACK counts, while renewing only the granting one's", (t) => {
  const scene = new Scene().bind(3600);
  scene.sleep();
  scene.reply(ACK, { server: OTHER_SERVER });
  t.deepEqual(scene.refusals, ["dhcp.unexpected"]);
  while (scene.client.phase === "renewing") scene.sleep();
  t.like(scene.reply(ACK, { server: OTHER_SERVER })[0], { kind: "bound", renewed: true });
  t.is(scene.client.lease?.server, OTHER_SERVER);
});

test("a NAK while renewing takes the address away", (t) => {
  const scene = new Scene().bind();
  scene.sleep();
  t.like(scene.reply(NAK)[0], { kind: "unbound", reason: "nak" });
  t.is(scene.client.lease, undefined);
  t.is(scene.client.phase, "waiting");
});

test("a NAK counts whether it names its server or not; another server's does not", (t) => {
  for (const ask of [() => new Scene().bind(), () => new Scene()]) {
    const scene = ask();
    if (scene.client.phase === "bound") scene.sleep();
    else {
      scene.start();
      scene.reply(OFFER);
    }
    const { phase } = scene.client;
    scene.reply(NAK, { server: OTHER_SERVER });
    t.is(scene.client.phase, phase);
    scene.reply(NAK, { server: 0 });
    t.is(scene.client.phase, "waiting");
    t.is(scene.client.lease, undefined);
  }
});

test("an ACK that gives another address while renewing is refused", (t) => {
  const scene = new Scene().bind();
  scene.sleep();
  scene.reply(ACK, { yourAddress: ADDRESS + 1 });
  t.deepEqual(scene.refusals, ["dhcp.address"]);
  t.is(scene.client.lease?.address, ADDRESS);
});

test("a machine that slept past the end gives the address up at once", (t) => {
  const scene = new Scene().bind(60);
  scene.turn.now += 3_600_000;
  scene.event({ kind: "deadline" });
  t.like(scene.effects[0], { kind: "unbound", reason: "expired" });
  const late = new Scene().bind(3600);
  late.turn.now += 3_300_000;
  late.event({ kind: "deadline" });
  t.is(late.client.phase, "rebinding");
});

test("an endless lease has no deadline", (t) => {
  const scene = new Scene().bind(0xffffffff);
  t.is(scene.client.deadline, Number.POSITIVE_INFINITY);
});

test("a conflict declines the address and waits ten seconds", (t) => {
  const scene = new Scene().bind();
  scene.event({ kind: "conflict" });
  t.like(scene.effects[0], { kind: "unbound", reason: "conflict" });
  t.like(scene.sent()[0], { to: 0xffffffff });
  t.like(scene.sent()[0].message, {
    type: DECLINE,
    clientAddress: 0,
    requestedAddress: ADDRESS,
    server: SERVER,
  });
  t.is(scene.sleep(), 10_000);
  t.is(scene.client.phase, "selecting");
});

test("stop gives the address up and ends all deadlines", (t) => {
  const scene = new Scene().bind();
  scene.event({ kind: "stop" });
  t.like(scene.effects, [{ kind: "unbound", reason: "stopped" }]);
  t.deepEqual(scene.client, createDhcpClient());
  t.deepEqual(scene.event({ kind: "conflict" }), []);
});

test("an early deadline changes nothing", (t) => {
  const scene = new Scene().bind();
  const before = scene.client;
  scene.turn.now = before.deadline - 1;
  t.deepEqual(scene.event({ kind: "deadline" }), []);
  t.is(scene.client, before);
});
