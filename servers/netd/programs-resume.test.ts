// netd is killed while programs of the image move bytes with another host on the simulated wire: the page of `fetch`, the line of `nc`, what a
// script reads and httpd's answers all go on, and every byte is there.
import test, { type ExecutionContext } from "ava";
import { pushingHost } from "../../sdk/sim/testing/pushing-host.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";
import { actTcp, connectTcp, listenTcp } from "./tcp-operation.ts";
import { tcpAccept, tcpFinish, tcpReceive, tcpSend } from "./tcp/calls.ts";
import type { Connection } from "./tcp/connection.ts";
import { ESTABLISHED } from "./tcp/states.ts";
import type { Listener } from "./tcp/table.ts";
import { takeSignalled } from "./tcp/table.ts";
import { PEER, WirePeer } from "./testing/wire-peer.ts";

/** Who connects to this port of the guest has netd killed. */
const DEATH = 999;
const GUEST_IP = 0x0a00020f;
const ROWS = 3000;
/** So many of them come before the death: the memory of the stream is shared by then. */
const BEFORE = 2200;
const rows = (from: number, to: number) =>
  Array.from(
    { length: to - from },
    (_, n) => `row ${from + n} of the transfer, no byte lost\n`,
  ).join("");

const imports = `
import { listen } from "../../../sdk/net/listen.ts";
import { openNetwork } from "../../../sdk/net/open-network.ts";
`;
const body = `
  for (;;) {
    const network = await openNetwork();
    const listener = network instanceof Failure ? network : await listen(network, ${DEATH});
    if (listener instanceof Failure) await sleep(20e6);
    else if (!((await listener.accept()) instanceof Failure)) await session.kill({ server: "netd" });
  }
`;
const system = await freshSystem();
const image = withServer(system, pushingHost("netd", {}, body, imports), {
  name: "host",
  uses: ["/svc/session", "/svc/net"],
  may: ["see", "manage", "log"],
  net: { listen: [`tcp:${DEATH}`] },
});

/** A machine with a peer that listens at port 8000, and one connection. */
class Scene {
  readonly guest: SimGuest;
  readonly peer: WirePeer;
  readonly #listener: Listener;
  connection: Connection | undefined;
  received = "";
  #unsent = new Uint8Array(0);
  #finish = false;

  constructor(guest: SimGuest) {
    this.guest = guest;
    this.peer = new WirePeer(guest, 1);
    const { stack } = this.peer.host;
    this.#listener = listenTcp(stack, this.peer.turn, 0, 8000, 4) as Listener;
    this.peer.work = () => this.#work();
  }

  static async make(): Promise<Scene> {
    const guest = await SimGuest.boot(await image);
    await guest.login();
    return new Scene(guest);
  }

  #work(): void {
    const { stack } = this.peer.host;
    const { turn } = this.peer;
    takeSignalled(stack.tcp);
    this.connection ??= tcpAccept(this.#listener);
    const { connection } = this;
    if (connection === undefined) return;
    actTcp(stack, turn, (tcp) => {
      for (let bytes: Uint8Array; (bytes = tcpReceive(tcp, turn, connection, 65_536)).length > 0; )
        this.received += Buffer.from(bytes).toString("latin1");
      const taken = tcpSend(tcp, turn, connection, this.#unsent, 0);
      this.#unsent = this.#unsent.subarray(taken);
      if (!this.#finish || this.#unsent.length > 0) return;
      tcpFinish(tcp, turn, connection);
      this.#finish = false;
    });
  }

  connect(port: number): Connection {
    const { stack } = this.peer.host;
    return connectTcp(stack, this.peer.turn, GUEST_IP, port) as Connection;
  }

  /** Sends text, and waits until all of it was acknowledged. */
  async send(text: string): Promise<void> {
    this.#unsent = Buffer.concat([this.#unsent, Buffer.from(text)]);
    await this.until(
      () => this.#unsent.length === 0 && this.connection?.outgoing.length === 0,
      `${text.slice(0, 30)} to arrive`,
    );
  }

  finish(): void {
    this.#finish = true;
  }

  async until(done: () => boolean, what: string): Promise<void> {
    await this.peer.pass(600_000, done);
    if (!done()) throw new Error(`waited for ${what}; ${this.guest.text.slice(-500)}`);
  }

  said(pattern: RegExp): Promise<void> {
    return this.until(() => pattern.test(this.guest.text), String(pattern));
  }

  /** netd is killed. */
  async death(): Promise<void> {
    const own = this.connect(DEATH);
    await this.until(() => own.state === ESTABLISHED, "the way to the killer");
    await this.peer.pass(300);
  }

  /** That netd ended once, and its stream came back. */
  async came(t: ExecutionContext): Promise<void> {
    await this.peer.pass(1000);
    await this.guest.expect(/leivos\$ $/);
    const log = await this.guest.command("log netd");
    t.is(log.split("1 of 1 streams wait for their clients").length - 1, 1, log);
  }
}

const shown = (scene: Scene) => scene.guest.text.replaceAll("\r", "");

test("fetch: the page is whole", async (t) => {
  t.timeout(300_000);
  const scene = await Scene.make();
  scene.guest.type(`fetch http://${PEER}:8000/rows\n`);
  await scene.until(() => scene.received.endsWith("\r\n\r\n"), "the request");
  const all = rows(0, ROWS);
  await scene.send(`HTTP/1.1 200 OK\r\nContent-Length: ${all.length}\r\n\r\n${rows(0, BEFORE)}`);
  await scene.said(new RegExp(`row ${BEFORE - 1} `));
  await scene.death();
  await scene.send(rows(BEFORE, ROWS));
  await scene.said(new RegExp(`row ${ROWS - 1} [^\\n]*\\r\\nleivos\\$ $`));
  t.true(shown(scene).includes(all));
  await scene.came(t);
});

test("nc: what comes is shown, and what is typed afterwards arrives", async (t) => {
  t.timeout(300_000);
  const scene = await Scene.make();
  scene.guest.type(`nc ${PEER} 8000\n`);
  await scene.send(rows(0, BEFORE));
  await scene.said(new RegExp(`row ${BEFORE - 1} `));
  await scene.death();
  await scene.send(rows(BEFORE, ROWS));
  await scene.said(new RegExp(`row ${ROWS - 1} [^\\n]*\n$`));
  scene.guest.type("typed behind the death\n");
  await scene.until(() => scene.received === "typed behind the death\n", "the typed line");
  scene.finish();
  await scene.said(/\r\nleivos\$ $/);
  t.true(shown(scene).includes(rows(BEFORE, ROWS)));
  await scene.came(t);
});

test("a script: it reads all, and its answer arrives", async (t) => {
  t.timeout(300_000);
  const scene = await Scene.make();
  const script = [
    'import io from "io"; import net from "net";',
    "fn all() -> i64 or net.Error {",
    `var s = net.connect("${PEER}", 8000) or return; var n = 0;`,
    "while (true) { let p = s.read() or return; if (p.len == 0) { break; } n = n + p.len; }",
    's.write("{n} bytes") or return; s.finish(); s.close(); return n; }',
    'io.println("read {all() or -1}")',
  ].join(" ");
  scene.guest.type(`tape '${script}'\n`);
  const all = rows(0, ROWS);
  await scene.send(rows(0, BEFORE));
  await scene.death();
  await scene.send(rows(BEFORE, ROWS));
  scene.finish();
  await scene.said(new RegExp(`read ${all.length}\r\nleivos\\$ $`));
  t.is(scene.received, `${all.length} bytes`);
  await scene.came(t);
});

test("httpd: all requests of a connection are answered", async (t) => {
  t.timeout(300_000);
  const scene = await Scene.make();
  scene.connection = scene.connect(80);
  const ask = (times: number) => "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(times);
  const answers = () => scene.received.split("</html>\n").length - 1;
  const [before, after] = [90, 30];
  await scene.send(ask(before));
  await scene.until(() => answers() === before, "the first answers");
  await scene.death();
  await scene.send(ask(after));
  await scene.until(() => answers() === before + after, "the other answers");
  const one = scene.received.length / (before + after);
  const first = scene.received.slice(0, one).replace(/Date: .*/, "");
  for (let each = 0; each < before + after; each++) {
    const answer = scene.received.slice(each * one, (each + 1) * one).replace(/Date: .*/, "");
    t.is(answer, first);
  }
  scene.guest.type("\n");
  await scene.came(t);
});
