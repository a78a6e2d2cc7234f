// Names through netd's contract: a name server on the loop, asked by UDP and TCP with the stack's own sockets and connections.
import test from "ava";
import { Failure } from "../contract/failure.ts";
import { netFailures } from "../../servers/netd/contract.ts";
import { questionOf, response } from "../../servers/netd/dns/testing/response.ts";
import { LoopbackNetwork, sound } from "../../servers/netd/testing/loopback-network.ts";
import { connect } from "./connect.ts";
import { listen } from "./listen.ts";
import { resolve } from "./resolve.ts";
import { udp } from "./udp.ts";

const LOCALHOST = 0x7f000001;

/** A network whose lease names a server on this very host. */
async function scene(answer: (name: string, type: number, stream: boolean) => object | undefined) {
  const net = new LoopbackNetwork();
  Object.assign(net.host.stack.local, { lease: { nameServers: [LOCALHOST] } });
  const program = net.join();
  const socket = sound(await net.until(udp(program, 53)));
  const listener = sound(await net.until(listen(program, 53)));
  const asked: string[] = [];
  const respond = (query: Uint8Array, stream: boolean) => {
    const { name, type } = questionOf(query);
    asked.push(`${stream ? "tcp" : "udp"} ${name.toLowerCase()} ${type}`);
    const made = answer(name.toLowerCase(), type, stream) as
      | { records?: []; flags?: number }
      | undefined;
    return made === undefined ? undefined : response(query, made.records ?? [], made);
  };
  void (async () => {
    for (;;) {
      const datagram = await socket.receive();
      if (datagram instanceof Failure) return;
      const data = respond(datagram.data, false);
      if (data !== undefined) void socket.send(datagram.from, datagram.port, data);
    }
  })();
  void (async () => {
    for (;;) {
      const accepted = await listener.accept();
      if (accepted instanceof Failure) return;
      const part = await accepted.stream.read();
      if (part instanceof Failure || part.done) continue;
      const data = respond(part.value.slice(2), true);
      if (data === undefined) continue;
      // In two pieces, cut inside the length.
      void accepted.stream.write(Uint8Array.of(data.length >> 8));
      void accepted.stream.write(Uint8Array.from([data.length & 255, ...data]));
    }
  })();
  return { net, asked, client: net.join() };
}

test("a name, an address' name, a name that is not there, and one that is known without asking", async (t) => {
  const { net, asked, client } = await scene((name, type) => {
    if (name === "host.test") return { records: [{ name, type: 1, address: [127, 0, 0, 1] }] };
    if (type === 12) return { records: [{ name, type: 12, target: "back.test" }] };
    return { flags: 0x8183 };
  });
  t.like(await net.until(resolve(client, "Host.test")), {
    outcome: "found",
    canonical: "host.test",
    answers: ["127.0.0.1"],
  });
  t.like(await net.until(resolve(client, "10.0.2.2", { kind: "ptr" })), { answers: ["back.test"] });
  t.like(await net.until(resolve(client, "none.test")), { outcome: "no-name", answers: [] });
  t.like(await net.until(resolve(client, "localhost")), { answers: ["127.0.0.1"] });
  t.like(await net.until(resolve(client, "10.1.2.3")), { answers: ["10.1.2.3"] });
  t.deepEqual(asked, ["udp host.test 1", "udp 2.2.0.10.in-addr.arpa 12", "udp none.test 1"]);
  const bad = await net.until(resolve(client, "a..b"));
  t.is(bad instanceof Failure && bad.code, netFailures.BAD_NAME);
});

test("a truncated answer comes whole by TCP, and connect takes names", async (t) => {
  const { net, asked, client } = await scene((name, _type, stream) => {
    if (!stream) return { flags: 0x8380 };
    return {
      records: Array.from({ length: 30 }, () => ({ name, type: 1, address: [127, 0, 0, 1] })),
    };
  });
  const found = sound(await net.until(resolve(client, "big.test")));
  t.is(found.answers.length, 12);
  t.deepEqual(asked, ["udp big.test 1", "tcp big.test 1"]);
  const listener = sound(await net.until(listen(net.join(), 8080)));
  const stream = sound(await net.until(connect(client, "big.test", 8080)));
  t.is(stream.localAddress, LOCALHOST);
  listener.close();
  await net.pass(61_000_000_000);
  const dns = net.host.stack.tcp.connections.filter((each) => each.remotePort === 53);
  t.is(dns.length, 0);
});

test("silence ends at the asker's timeout, and leaves no socket", async (t) => {
  const { net, client } = await scene(() => undefined);
  const before = net.host.stack.udp.sockets.length;
  const late = resolve(client, "silent.test", { timeout: 4_000_000_000 });
  const ended = await net.until(late, 500_000_000);
  t.is(ended instanceof Failure && ended.code, netFailures.TIMED_OUT);
  t.is(net.host.stack.udp.sockets.length, before);
});

test("no lease: no server to ask", async (t) => {
  const net = new LoopbackNetwork();
  const ended = await net.until(resolve(net.join(), "host.test"));
  t.is(ended instanceof Failure && ended.code, netFailures.NO_NAME_SERVER);
});
