// UDP sockets over real channels: a client's datagrams through contract, stack and back.
import test from "ava";
import { client } from "../../sdk/contract/client.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { type MemoryChannel, World } from "../../sdk/contract/testing/pair.ts";
import { UdpSocket, netFailures } from "./contract.ts";
import { Policy } from "./policy.ts";
import { StackHost } from "./stack-host.ts";
import { VirtualWorld } from "./testing/virtual-world.ts";
import { UdpService } from "./udp-service.ts";

const LOCALHOST = 0x7f000001;

function scene() {
  const clock = new VirtualWorld();
  const world = new World();
  const ends: MemoryChannel[] = [];
  const host: StackHost = new StackHost(clock, {
    bound: () => {},
    unbound: () => {},
    pingEnded: () => {},
    datagramArrived: (socket) => sockets.arrived(socket),
    datagramLost: (socket, to, port) => sockets.lost(socket, to, port),
    connectionEvents: () => {},
    connectionReady: () => {},
  });
  const sockets = new UdpService(host, () => {
    const [near, far] = world.pair();
    ends.push(far);
    return { near, far: ends.length };
  });
  const owner = { sockets: 0 };
  const anywhere = Policy.of("test", ["connect udp:*:*", "listen udp:*"]);
  const open = (port: number, address = 0) => {
    const opened = sockets.open({ address, port, broadcast: false }, owner, anywhere);
    if (opened instanceof Failure) return opened;
    const socket = client(UdpSocket, ends[opened.socket - 1]);
    const datagrams: { from: number; port: number; to: number; data: number[] }[] = [];
    const lost: { to: number; port: number }[] = [];
    socket.on.datagram((fields) => datagrams.push({ ...fields, data: [...fields.data] }));
    socket.on.lost((fields) => lost.push({ ...fields }));
    return { socket, port: opened.port, datagrams, lost };
  };
  /** Lets messages and the loop's packets arrive. */
  const settle = async () => {
    await world.run();
    clock.advance(0);
    await world.run();
  };
  return { clock, host, open, owner, settle };
}

type Opened = Exclude<ReturnType<ReturnType<typeof scene>["open"]>, Failure>;

function opened(result: Opened | Failure): Opened {
  if (result instanceof Failure) throw new Error(result.sentence);
  return result;
}

test("a datagram there and one back", async (t) => {
  const { open, settle } = scene();
  const server = opened(open(7000));
  const asker = opened(open(0));
  await settle();
  const sent = asker.socket.transmit({ to: LOCALHOST, port: 7000, data: Uint8Array.of(1, 2) });
  await settle();
  t.false((await sent) instanceof Failure);
  t.deepEqual(server.datagrams, [
    { from: LOCALHOST, port: asker.port, to: LOCALHOST, data: [1, 2] },
  ]);
  void server.socket.transmit({ to: LOCALHOST, port: asker.port, data: new Uint8Array(1472) });
  await settle();
  t.is(asker.datagrams[0].data.length, 1472);
});

test("what cannot be sent comes back as a failure with its number and sentence", async (t) => {
  const { open, settle } = scene();
  const { socket, lost } = opened(open(7000));
  const failed = async (to: number, port: number, length: number) => {
    const answer = socket.transmit({ to, port, data: new Uint8Array(length) });
    await settle();
    const result = await answer;
    return result instanceof Failure ? result.code : 0;
  };
  t.is(await failed(0x0a000202, 9, 1), netFailures.LINK_DOWN);
  t.is(await failed(LOCALHOST, 9, 4001), netFailures.TOO_LARGE);
  t.is(await failed(LOCALHOST, 0, 1), netFailures.BAD_PORT);
  t.is(await failed(0xffffffff, 9, 1), netFailures.BROADCAST);
  t.deepEqual(lost, []);
  t.is(await failed(LOCALHOST, 9, 1), 0);
  t.deepEqual(lost, [{ to: LOCALHOST, port: 9 }]);
});

test("closing the channel frees port and count; 16 sockets are a client's most", async (t) => {
  const { host, open, owner, settle } = scene();
  const first = opened(open(7000));
  t.true(open(7000) instanceof Failure);
  for (let count = 1; count < 16; count++) opened(open(0));
  const more = open(0);
  t.true(more instanceof Failure && more.code === netFailures.TOO_MANY);
  first.socket.close();
  await settle();
  t.is(owner.sockets, 15);
  t.is(host.stack.udp.sockets.length, 15);
  opened(open(7000));
});
