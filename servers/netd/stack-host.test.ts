// The parts around the stack, without a runtime: turns, timers, batches, the card that comes and goes.
import test from "ava";
import { Failure } from "../../sdk/contract/failure.ts";
import { type CardClient, CardLink, GRACE, PAUSE } from "./card-link.ts";
import { CUT_MS } from "./link.ts";
import { PingService } from "./ping-service.ts";
import type { PingResult } from "./stack.ts";
import { StackHost } from "./stack-host.ts";
import { statusOf } from "./status.ts";
import { dhcpReply } from "./testing/dhcp-reply.ts";
import { arpPacket, ethernetFrame, icmpMessage, ipPacket } from "./testing/frames.ts";
import { SERVER_IP, SERVER_MAC, serverFrame } from "./testing/host.ts";
import { VirtualWorld } from "./testing/virtual-world.ts";

const SECOND = 1_000_000_000;
const MAC = 0x525400123456;
const MAC_BYTES = Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56);
const OWN_IP = 0x0a00020f;

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A card's driver that a test plays. */
class FakeCard {
  frames: (fields: { frames: Uint8Array[] }) => void = () => {};
  link: (fields: { up: boolean; mac: Uint8Array }) => void = () => {};
  announce: () => void = () => {};
  gone: () => void = () => {};
  closed = false;
  readonly client: CardClient;

  constructor(sent: Uint8Array[]) {
    this.client = {
      on: {
        frames: (handler) => {
          this.frames = handler;
        },
        link: (handler) => {
          this.link = handler;
        },
        announce: (handler) => {
          this.announce = () => handler({});
        },
      },
      send: {
        transmit: ({ frames }) => {
          sent.push(...frames);
          return undefined;
        },
      },
      onClosed: (handler) => {
        this.gone = handler;
      },
      close: () => {
        this.closed = true;
      },
    };
  }
}

function scene() {
  const world = new VirtualWorld();
  const sent: Uint8Array[] = [];
  const bound: boolean[] = [];
  const lost: string[] = [];
  const ended: PingResult[] = [];
  const host: StackHost = new StackHost(
    {
      now: world.now,
      random32: world.random32,
      sha256: world.sha256,
      at: world.at,
      transmit: (frames) => {
        world.transmit(frames);
        link.transmit(frames);
      },
    },
    {
      bound: (_lease, renewed) => void bound.push(renewed),
      unbound: (_lease, reason) => void lost.push(reason),
      pingEnded: (result) => {
        ended.push(result);
        pings.ended(result);
      },
      datagramArrived: () => {},
      datagramLost: () => {},
      connectionEvents: () => {},
      connectionReady: () => {},
    },
  );
  const cards: FakeCard[] = [];
  let attempts = 0;
  /** Whether the card's driver runs, or why not. */
  const driver: { runs: true | Failure } = { runs: true };
  const link = new CardLink(host, {
    after: world.after,
    log: world.log,
    absent: world.log,
    linkChanged: world.linkChanged,
    connect: async () => {
      attempts += 1;
      if (driver.runs instanceof Failure) return driver.runs;
      const card = new FakeCard(sent);
      cards.push(card);
      return card.client;
    },
  });
  const pings = new PingService(host);
  /** The driver's end of the newest channel. */
  const attach = async () => {
    if (attempts === 0) void link.connect();
    await settled();
    return cards.at(-1) as FakeCard;
  };
  /** The server answers the last message. */
  const answer = (card: FakeCard, type: number) => {
    const transaction = host.stack.dhcp.transaction;
    const reply = {
      mac: MAC,
      address: OWN_IP,
      server: SERVER_IP,
      mask: 0xffffff00,
      leaseTime: 600,
    };
    card.frames({ frames: [serverFrame(dhcpReply({ ...reply, type, transaction }))] });
  };
  return { world, sent, bound, lost, ended, host, link, pings, attach, answer, driver, cards };
}

test("a card that reports a link gets a lease, and the deadlines run by themselves", async (t) => {
  const { world, sent, bound, host, attach, answer } = scene();
  t.is(world.timers, 0);
  const card = await attach();
  t.is(sent.length, 0);
  card.link({ up: true, mac: MAC_BYTES });
  t.is(sent.length, 1);
  answer(card, 2);
  answer(card, 5);
  t.deepEqual(bound, [false]);
  t.deepEqual(world.links, [true]);
  t.is(world.timers, 1);
  world.advance(10 * SECOND);
  // DISCOVER, REQUEST, three probes, two announcements.
  t.is(sent.length, 7);
  const status = statusOf(host.stack, host.now());
  t.like(status, {
    link: true,
    mac: "52:54:00:12:34:56",
    dhcp: "bound",
    address: "10.0.2.15",
    prefix: 24,
    server: "10.0.2.2",
    refused: [],
  });
  t.is(status.expiresIn, 590 * SECOND);
  world.advance(600 * SECOND);
  t.is(world.timers, 1);
  t.is(host.stack.dhcp.phase, "selecting");
});

test("a driver that is back within the grace keeps the lease; frames in between are lost", async (t) => {
  const { world, sent, lost, host, link, attach, answer } = scene();
  const card = await attach();
  card.link({ up: true, mac: MAC_BYTES });
  answer(card, 2);
  answer(card, 5);
  world.advance(20 * SECOND);
  card.gone();
  sent.length = 0;
  link.transmit([new Uint8Array(60)]);
  t.is(sent.length, 0);
  world.advance(GRACE - 1);
  const next = await attach();
  next.link({ up: true, mac: MAC_BYTES });
  world.advance(60 * SECOND);
  t.deepEqual(lost, []);
  t.is(host.stack.local.address, OWN_IP);
  card.gone();
  card.frames({ frames: [new Uint8Array(60)] });
  t.is(host.stack.counters.framesReceived, 2);
});

test("a card that asks for it has the address announced, where there is one", async (t) => {
  const { world, sent, attach, answer } = scene();
  const card = await attach();
  card.link({ up: true, mac: MAC_BYTES });
  sent.length = 0;
  card.announce();
  t.is(sent.length, 0);
  answer(card, 2);
  answer(card, 5);
  world.advance(20 * SECOND);
  sent.length = 0;
  card.announce();
  t.is(sent.length, 1);
  const [frame] = sent;
  t.deepEqual([...frame!.subarray(0, 6)], [255, 255, 255, 255, 255, 255]);
  t.deepEqual([...frame!.subarray(12, 14)], [8, 6]);
  t.deepEqual(frame!.subarray(28, 32), frame!.subarray(38, 42));
});

test("a driver that stays away loses the link, once", async (t) => {
  const { world, lost, attach, answer } = scene();
  const card = await attach();
  card.link({ up: true, mac: MAC_BYTES });
  answer(card, 2);
  answer(card, 5);
  card.gone();
  world.advance(GRACE);
  t.deepEqual(lost, []);
  world.advance(CUT_MS * 1_000_000 + 1_000_000);
  t.deepEqual(lost, ["stopped"]);
  t.deepEqual(world.links, [true, false]);
  t.is(world.timers, 0);
  (await attach()).link({ up: true, mac: MAC_BYTES });
  t.deepEqual(world.links, [true, false, true]);
});

test("a driver without a station's address is not used; the next channel may have one", async (t) => {
  for (const mac of [new Uint8Array(5), new Uint8Array(6), new Uint8Array(6).fill(255)]) {
    const { world, sent, attach, cards, bound, answer } = scene();
    const card = await attach();
    card.link({ up: true, mac });
    t.true(card.closed);
    t.is(world.logged.length, 1);
    t.is(sent.length, 0);
    world.advance(PAUSE.first);
    const next = await attach();
    t.is(cards.length, 2);
    next.link({ up: true, mac: MAC_BYTES });
    answer(next, 2);
    answer(next, 5);
    t.deepEqual(bound, [false]);
  }
});

const owner = { pings: 0 };

test("ping: a reply with its time, an address that is none, a silent host", async (t) => {
  const { world, sent, pings, attach, answer } = scene();
  const card = await attach();
  card.link({ up: true, mac: MAC_BYTES });
  answer(card, 2);
  answer(card, 5);
  world.advance(20 * SECOND);
  sent.length = 0;
  const wrong = pings.ping({ host: "gateway", length: 56, timeout: SECOND }, owner);
  t.true(wrong instanceof Failure && /four numbers/.test(wrong.sentence));
  const far = pings.ping({ host: "10.9.9.9", length: 56, timeout: SECOND }, owner);
  t.true(far instanceof Failure && far.code === 66);

  t.is(owner.pings, 0);
  const answered = pings.ping({ host: "10.0.2.2", length: 3, timeout: SECOND }, owner);
  world.advance(1_500_000);
  const arp = arpPacket(2, SERVER_MAC, SERVER_IP, MAC, OWN_IP);
  card.frames({ frames: [ethernetFrame(MAC, SERVER_MAC, 0x0806, arp)] });
  const request = sent.at(-1) as Uint8Array;
  const rest = new DataView(request.buffer, request.byteOffset).getUint32(38);
  const reply = icmpMessage(0, 0, rest, request.slice(42, 45));
  const packet = ipPacket(1, SERVER_IP, OWN_IP, reply);
  card.frames({ frames: [ethernetFrame(MAC, SERVER_MAC, 0x0800, packet)] });
  t.deepEqual(await answered, {
    outcome: "reply",
    from: "10.0.2.2",
    roundTrip: 1_500_000,
    timeToLive: 64,
    length: 3,
  });

  const silent = pings.ping({ host: "10.0.2.9", length: 3, timeout: 1e300 }, owner);
  world.advance(4 * SECOND);
  t.like(await silent, { outcome: "unreachable", from: "" });
  const late = pings.ping({ host: "10.0.2.2", length: 3, timeout: 500_000_000 }, owner);
  world.advance(SECOND);
  t.like(await late, { outcome: "timeout", timeToLive: 0 });
  t.is(owner.pings, 0);
  const many = { pings: 16 };
  const refused = pings.ping({ host: "10.0.2.2", length: 3, timeout: SECOND }, many);
  t.true(refused instanceof Failure && refused.code === 73);
});

test("ping of this host itself works without a card", async (t) => {
  const { world, pings } = scene();
  const answered = pings.ping({ host: "127.0.0.1", length: 0, timeout: SECOND }, owner);
  t.is(world.timers, 1);
  world.advance(0);
  t.like(await answered, { outcome: "reply", from: "127.0.0.1" });
});

test("a driver that does not run is asked for again, ever less often, and told of once", async (t) => {
  const { world, attach, driver, cards } = scene();
  driver.runs = new Failure(8, "/dev/net0: its server virtio-net does not run");
  await attach();
  t.deepEqual(world.logged, ["no network card: /dev/net0: its server virtio-net does not run"]);
  let pause: number = PAUSE.first;
  for (let attempt = 0; attempt < 10; attempt++) {
    t.is(world.advance(pause - 1), 0);
    t.is(world.advance(1), 1);
    await settled();
    pause = Math.min(PAUSE.last, pause * 2);
  }
  t.is(world.logged.length, 1);
  driver.runs = true;
  world.advance(PAUSE.last);
  await settled();
  t.is(cards.length, 1);
  t.is(world.timers, 0);
});

test("a card that the manifest does not allow is not asked for again", async (t) => {
  const { world, attach, driver } = scene();
  driver.runs = new Failure(4, "netd may not open /dev/net0");
  await attach();
  t.is(world.timers, 0);
  t.is(world.logged.length, 1);
});

test("the next netd goes on: lease, secrets and deadlines; a block that is not sound begins anew", async (t) => {
  const { world, host, attach, answer } = scene();
  const card = await attach();
  card.link({ up: true, mac: MAC_BYTES });
  answer(card, 2);
  answer(card, 5);
  world.advance(60_000_000_000);
  const saved = host.save([], (writer) => writer.rows("mine", ["nx"], [{ x: 7 }]));
  const sent: Uint8Array[][] = [];
  const clock = new VirtualWorld();
  clock.time = world.time;
  const quiet = {
    bound: () => {},
    unbound: () => {},
    pingEnded: () => {},
    datagramArrived: () => {},
    datagramLost: () => {},
    connectionEvents: () => {},
    connectionReady: () => {},
  };
  const make = (bytes?: Uint8Array) =>
    new StackHost(
      { ...worldOf(clock), transmit: (frames) => void sent.push(frames) },
      quiet,
      bytes,
    );
  const next = make(saved);
  t.is(next.restored?.reader.table("mine").number(0, "x"), 7);
  t.is(next.stack.local.address, OWN_IP);
  t.is(next.stack.tcp.world.hash(1, 2, 3, 4), host.stack.tcp.world.hash(1, 2, 3, 4));
  t.is(clock.timers, 1);
  // Half of the lease is over: it is renewed.
  clock.advance(241_000_000_000);
  t.is(next.stack.dhcp.phase, "renewing");
  t.true(sent.length > 0);
  const fresh = make(saved.subarray(1));
  t.is(fresh.restored, undefined);
  t.is(fresh.stack.local.address, 0);
  t.not(fresh.stack.tcp.world.hash(1, 2, 3, 4), host.stack.tcp.world.hash(1, 2, 3, 4));
});

function worldOf({ now, random32, sha256, at }: VirtualWorld) {
  return { now, random32, sha256, at };
}

test("a clock that goes back does not stop the stack's: timers come in their time", async (t) => {
  const { world, host, attach, answer, sent } = scene();
  const card = await attach();
  card.link({ up: true, mac: MAC_BYTES });
  answer(card, 2);
  answer(card, 5);
  world.advance(60_000_000_000);
  const before = host.now();
  world.time -= 50_000_000_000;
  t.true(host.now() >= before);
  // The next event of any kind sets the timer anew.
  host.act(() => {});
  sent.length = 0;
  // Half of the lease of 600 s.
  world.advance(245_000_000_000);
  t.is(host.stack.dhcp.phase, "renewing");
  t.true(sent.length > 0);
});
