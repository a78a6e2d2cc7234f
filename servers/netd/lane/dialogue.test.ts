// Questions and answers with another host on the simulated wire, two connections at once: nearly all of it is the kernel's, also between swaps of
// netd and behind the death of the driver, and every byte is right.
import test from "ava";
import { pushingHost } from "../../../sdk/sim/testing/pushing-host.ts";
import { freshSystem, SimGuest } from "../../../sdk/sim/testing/sim-guest.ts";
import { serverScript } from "../../../sdk/sim/testing/server-script.ts";
import { withServer } from "../../../sdk/sim/testing/with-server.ts";
import { actTcp, listenTcp } from "../tcp-operation.ts";
import { tcpAccept, tcpFinish, tcpReceive, tcpSend } from "../tcp/calls.ts";
import type { Connection } from "../tcp/connection.ts";
import { type Listener, takeSignalled } from "../tcp/table.ts";
import { SeededRandom } from "../tcp/testing/random.ts";
import { PEER, WirePeer } from "../testing/wire-peer.ts";

const ROUNDS = process.env.LEIVOS_CAMPAIGN === "soak" ? 5000 : 120;
const CONNECTIONS = 2;

const imports = `
import { connect as connectTcp } from "../../../sdk/net/connect.ts";
import { openNetwork } from "../../../sdk/net/open-network.ts";
`;

/** The program answers each message with its bytes, each one more; meanwhile it swaps netd and kills the driver. */
const body = `
  const must = <T>(value: T | Failure): T => {
    if (value instanceof Failure) throw new Error(value.sentence);
    return value;
  };
  const network = must(await openNetwork());
  while (must(await network.net.status({})).address === "") await sleep(10e6);
  let answers = 0;
  const answer = async () => {
    const stream = must(await connectTcp(network, "${PEER}", 8000));
    for (;;) {
      const got = await stream.read();
      if (got instanceof Failure) return say("read: " + got.sentence);
      if (got.done) return;
      answers += 1;
      const failed = await stream.write(got.value.map((byte) => byte + 1));
      if (failed !== undefined) return say("write: " + failed.sentence);
    }
  };
  const all = [${"answer(), ".repeat(CONNECTIONS)}];
  let lent = 0;
  const look = async () => { lent += must(await network.net.status({})).lent ?? 0; };
  const steps = ["one", "kill", "two"];
  for (let i = 0; i < steps.length; i++) {
    while (answers < ${ROUNDS * CONNECTIONS} * (i + 1) / (steps.length + 1)) await sleep(1e6);
    if (steps[i] === "kill") {
      must(await session.kill({ server: "virtio-net" }));
      continue;
    }
    await look();
    const name = steps[i]!;
    const [memory, size] = push(name);
    for (let tries = 0; tries < 50; tries++) {
      const line = await swap(name, [new Memory(must(memory.duplicate())), size]);
      if (/^swapped netd /.test(line)) break;
      if (tries === 49) say("refused " + line);
      await sleep(2e7);
    }
  }
  await Promise.all(all);
  await look();
  say("answers " + answers + " lent " + lent);
`;

/** Asks each connection's next question when the last one is answered, after a pause now and then. */
class AskingPeer extends WirePeer {
  readonly rounds: number[] = [];
  wrong = 0;
  readonly #random = new SeededRandom(7);
  readonly #connections: Connection[] = [];
  readonly #expected: number[][] = [];
  readonly #askAt: number[] = [];

  constructor(guest: SimGuest) {
    super(guest, 0.25);
    const listener = listenTcp(this.host.stack, this.turn, 0, 8000, 8) as Listener;
    this.work = () => this.#work(listener);
  }

  get done(): boolean {
    return this.rounds.length === CONNECTIONS && this.rounds.every((n) => n >= ROUNDS);
  }

  #work(listener: Listener): void {
    const { stack } = this.host;
    takeSignalled(stack.tcp);
    for (let each = tcpAccept(listener); each; each = tcpAccept(listener)) {
      this.#connections.push(each);
      this.rounds.push(0);
      this.#expected.push([]);
      this.#askAt.push(0);
    }
    this.#connections.forEach((connection, index) => {
      actTcp(stack, this.turn, (tcp) => {
        const expected = this.#expected[index]!;
        for (const byte of tcpReceive(tcp, this.turn, connection, 4000)) {
          if (expected.shift() !== byte) this.wrong += 1;
          if (expected.length > 0) continue;
          this.rounds[index]! += 1;
          const pause = this.#random.chance(0.1) ? this.#random.below(70) : 0;
          this.#askAt[index] = this.turn.now + pause;
        }
        if (expected.length > 0 || this.rounds[index]! >= ROUNDS) return;
        if (this.turn.now < this.#askAt[index]!) return;
        const most = this.#random.chance(0.2) ? 3000 : 200;
        const question = this.#random.bytes(1 + this.#random.below(most));
        tcpSend(tcp, this.turn, connection, question, 0);
        expected.push(...question.map((byte) => byte + 1));
      });
    });
  }
}

test("dialogues go on through swaps of netd and a death of the driver, mostly by the kernel", async (t) => {
  t.timeout(600_000);
  const variant = (mark: number) =>
    serverScript(`import "../../../servers/netd/main.ts";\n(globalThis as any).mark = ${mark};`);
  const codes = { one: await variant(1), two: await variant(2) };
  const image = await withServer(await freshSystem(), pushingHost("netd", codes, body, imports), {
    name: "host",
    uses: ["/svc/session", "/svc/net"],
    may: ["see", "manage", "log"],
    net: { connect: [`tcp:${PEER}:8000`] },
    budget: 48 << 20,
  });
  const guest = await SimGuest.boot(image);
  const peer = new AskingPeer(guest);
  await peer.pass(120_000, () => peer.done);
  t.true(peer.done, `${peer.rounds} rounds`);
  t.is(peer.wrong, 0);
  const { stack } = peer.host;
  for (const each of [...stack.tcp.connections]) {
    actTcp(stack, peer.turn, (tcp) => tcpFinish(tcp, peer.turn, each));
  }
  await peer.pass(2000);
  await guest.login();
  const log = await guest.command("log host");
  const [, answers, lent] = /answers (\d+) lent (\d+)/.exec(log) ?? [];
  t.log(`${answers} answers, ${lent} events of the kernel, ${peer.frames} frames`);
  t.notRegex(log, /refused|read:|write:/);
  t.true(Number(lent) > (ROUNDS * CONNECTIONS) / 2, log.slice(-2000));
});
