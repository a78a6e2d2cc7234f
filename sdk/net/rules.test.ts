// What a manifest's `net` allows, as a program feels it: through netd's contract, over real connections.
import test from "ava";
import { Failure, failures } from "../contract/failure.ts";
import type { NetRules } from "../contract/net-rules.ts";
import { Net } from "../../servers/netd/contract.ts";
import { questionOf, response } from "../../servers/netd/dns/testing/response.ts";
import { LoopbackNetwork, sound } from "../../servers/netd/testing/loopback-network.ts";
import { connect, connectEnd, streamOf } from "./connect.ts";
import { listen } from "./listen.ts";
import { narrow } from "./narrow.ts";
import { Network } from "./network.ts";
import { ping } from "./ping.ts";
import { resolve } from "./resolve.ts";
import { udp } from "./udp.ts";

const HERE = "127.0.0.1";
const LOCALHOST = 0x7f000001;

/** A network where somebody listens at 80, 81 and 53, and answers each name with this very host. */
async function scene() {
  const net = new LoopbackNetwork();
  Object.assign(net.host.stack.local, { lease: { nameServers: [LOCALHOST] } });
  const other = net.join();
  for (const port of [80, 81]) {
    const listener = sound(await net.until(listen(other, port)));
    for (let each = 0; each < 8; each++) void listener.accept();
  }
  const names = sound(await net.until(udp(other, 53)));
  const asked: string[] = [];
  void (async () => {
    for (;;) {
      const datagram = await names.receive();
      if (datagram instanceof Failure) return;
      const { name } = questionOf(datagram.data);
      asked.push(name.toLowerCase());
      const record = { name, type: 1, address: [127, 0, 0, 1] };
      const data = response(datagram.data, [record]);
      void names.send(datagram.from, datagram.port, data);
    }
  })();
  return { net, asked, join: (rules: NetRules) => net.join("crawler", rules) };
}

const code = (value: unknown) => (value instanceof Failure ? value.code : "done");

test("a program without rules gets nowhere, and is told which line it lacks", async (t) => {
  const { net, asked, join } = await scene();
  const program = join({});
  const refused = async (what: Promise<unknown>) => {
    const failure = await net.until(what);
    t.is(code(failure), failures.REFUSED);
    return (failure as Failure).sentence;
  };
  t.is(
    await refused(connect(program, "www.example.org", 443)),
    'crawler may not connect to tcp:www.example.org:443: add a rule such as "tcp:www.example.org:443" to ' +
      "`net.connect` in servers/crawler/manifest.ts",
  );
  t.regex(await refused(connect(program, HERE, 80)), /"tcp:127\.0\.0\.1:80" to `net\.connect`/);
  t.regex(await refused(listen(program, 8080)), /"tcp:8080" to `net\.listen`/);
  t.regex(await refused(listen(program, 0)), /"tcp:\*" to `net\.listen`/);
  t.regex(await refused(udp(program, 5000)), /"udp:5000" to `net\.listen`/);
  t.regex(await refused(udp(program, 0)), /"udp:ADDRESS:PORT"/);
  t.regex(await refused(ping(program, HERE)), /"icmp:127\.0\.0\.1"/);
  t.regex(await refused(resolve(program, "www.example.org")), /may not look up/);
  t.regex(await refused(connect(join({}), "a.test", 1)), /crawler/);
  const account = net.join("account:anna", {});
  t.regex(await refused(connect(account, HERE, 1)), /in the image's accounts$/);
  t.deepEqual(asked, []);
});

test("rules of names hold for names, those of addresses for addresses", async (t) => {
  const { net, asked, join } = await scene();
  const program = join({ connect: ["tcp:*.example.org:80", "tcp:127.0.0.0/8:81"] });
  const reach = async (host: string, port: number) =>
    code(await net.until(connect(program, host, port)));
  t.is(await reach("www.Example.org", 80), "done");
  t.deepEqual(asked, ["www.example.org"]);
  t.is(await reach("www.example.org", 81), failures.REFUSED);
  t.is(await reach("example.org", 80), failures.REFUSED);
  t.is(await reach(HERE, 80), failures.REFUSED);
  t.is(await reach(HERE, 81), "done");
  t.is(await reach("evil.test", 80), failures.REFUSED);
  t.deepEqual(asked, ["www.example.org"]);
  t.is(code(await net.until(resolve(program, "www.example.org"))), "done");
  t.is(code(await net.until(resolve(program, "secret.evil.test"))), failures.REFUSED);
  t.is(code(await net.until(resolve(program, "127.0.0.5", { kind: "ptr" }))), "done");
  t.is(code(await net.until(resolve(program, "10.0.0.1", { kind: "ptr" }))), failures.REFUSED);
});

test("a socket hears and answers whom it may", async (t) => {
  const { net, join } = await scene();
  const server = sound(await net.until(udp(join({ listen: ["udp:7000"] }), 7000)));
  const asker = sound(await net.until(udp(join({ connect: ["udp:127.0.0.1:7000"] }), 0)));
  const stranger = sound(await net.until(udp(net.join(), 0)));
  // The server may not begin; once asked, it may answer.
  t.is(
    code(await net.until(server.send(LOCALHOST, asker.port, Uint8Array.of(1)))),
    failures.REFUSED,
  );
  t.is(await net.until(asker.send(LOCALHOST, 7000, Uint8Array.of(2))), undefined);
  const question = sound(await net.until(server.receive()));
  t.is(await net.until(server.send(LOCALHOST, question.port, Uint8Array.of(3))), undefined);
  t.deepEqual(sound(await net.until(asker.receive())).data, Uint8Array.of(3));
  // Nobody else reaches the asker, and it reaches nobody else.
  void stranger.send(LOCALHOST, asker.port, Uint8Array.of(4));
  t.is(code(await net.until(asker.receive({ timeout: 1_000_000 }))), -10);
  t.is(
    code(await net.until(asker.send(LOCALHOST, stranger.port, Uint8Array.of(5)))),
    failures.REFUSED,
  );
});

test("a narrowed network can do less, never more, and counts as its maker's", async (t) => {
  const { net, join } = await scene();
  const wide = join({ connect: ["tcp:127.0.0.1:*"], listen: ["tcp:8000-8010"] });
  const end = await net.until(narrow(wide, { connect: ["tcp:*:80"], listen: ["tcp:*"] }));
  if (typeof end !== "number") throw new Error(end.sentence);
  const small = new Network(wide.world.open(Net, end), wide.world);
  const reach = async (port: number) => await net.until(connect(small, HERE, port));
  t.is(code(await reach(80)), "done");
  const lost = await reach(81);
  t.is(code(lost), failures.REFUSED);
  t.regex((lost as Failure).sentence, /its network was narrowed$/);
  t.is(code(await net.until(listen(small, 8000))), "done");
  t.is(code(await net.until(listen(small, 8011))), failures.REFUSED);
  t.is(code(await net.until(connect(wide, HERE, 81))), "done");
  // Narrowed again, it has what both allow.
  const none = await net.until(narrow(small, { connect: ["tcp:*:81"] }));
  const smaller = new Network(wide.world.open(Net, none as number), wide.world);
  t.is(code(await net.until(connect(smaller, HERE, 80))), failures.REFUSED);
  t.is(code(await net.until(connect(smaller, HERE, 81))), failures.REFUSED);
  t.is(code(await net.until(narrow(wide, { connect: ["http:*"] }))), failures.INVALID);
  let last: unknown = small;
  for (let depth = 0; last instanceof Network && depth < 20; depth++) {
    const deeper = await net.until(narrow(last, {}));
    last =
      typeof deeper === "number" ? new Network(wide.world.open(Net, deeper), wide.world) : deeper;
  }
  t.is(code(last), failures.LIMIT);
});

test("a connection is handed on, and outlives the network that it came from", async (t) => {
  const { net, join } = await scene();
  const listener = sound(await net.until(listen(net.join(), 90)));
  const accepting = listener.accept();
  const maker = join({ connect: ["tcp:127.0.0.1:90"] });
  const end = sound(await net.until(connectEnd(maker, HERE, 90)));
  maker.close();
  // Another program, which may connect nowhere itself.
  const user = streamOf(join({}), end);
  const { stream } = sound(await net.until(accepting));
  void stream.write(Uint8Array.of(7));
  t.deepEqual(sound(await net.until(user.read())).value, Uint8Array.of(7));
  void user.write(Uint8Array.of(8));
  t.deepEqual(sound(await net.until(stream.read())).value, Uint8Array.of(8));
});
