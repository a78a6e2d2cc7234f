// netd is killed while many downloads from another host on the simulated wire are on their way: those whose memory is shared go on and lose no
// byte; the rest is reset, on both sides, and its reader is told why.
import test from "ava";
import { pushingHost } from "../../sdk/sim/testing/pushing-host.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";
import { actTcp, listenTcp } from "./tcp-operation.ts";
import { tcpAccept, tcpFinish, tcpSend } from "./tcp/calls.ts";
import type { Connection } from "./tcp/connection.ts";
import type { Listener } from "./tcp/table.ts";
import { takeSignalled } from "./tcp/table.ts";
import { PEER, WirePeer } from "./testing/wire-peer.ts";

const soak = process.env["LEIVOS_CAMPAIGN"] === "soak";
/** Streams that move much, and streams that only sit there. */
const LARGE = soak ? 50 : 6;
const SMALL = soak ? 10 : 2;
const KILLS = soak ? 5 : 2;
/** Between deaths, in seconds: what netd has kept counts as sound by then. */
const APART = 11;
/** Bytes of a large stream: before each death, and after the last. */
const PIECE = soak ? 400_000 : 200_000;
const BYTES = PIECE * (KILLS + 1);

const imports = `
import { connect as connectTcp } from "../../../sdk/net/connect.ts";
import { openNetwork } from "../../../sdk/net/open-network.ts";
import type { TcpStream } from "../../../sdk/net/tcp-stream.ts";
`;

/** Byte \`at\` of stream \`number\`. */
const byteOf = (number: number, at: number) => (at * 7 + number * 31 + (at >>> 9)) & 0xff;

const body = `
  const must = <T>(value: T | Failure): T => {
    if (value instanceof Failure) throw new Error(value.sentence);
    return value;
  };
  const network = must(await openNetwork());
  while (must(await network.net.status({})).address === "") await sleep(10e6);
  let whole = 0;
  const read: number[] = [];
  const ends: string[] = [];
  const opened = async (number: number) => {
    const stream = must(await connectTcp(network, "${PEER}", 8000));
    must((await stream.write(Uint8Array.from([number]))) ?? {});
    return stream;
  };
  const large = async (number: number, stream: TcpStream) => {
    let at = 0;
    let wrong = 0;
    for (;;) {
      const result = await stream.read();
      if (result instanceof Failure) { ends.push("large " + number + " at " + at + ": " + result.sentence); return; }
      if (result.done) break;
      const { value } = result;
      for (let i = 0; i < value.length; i++, at++)
        if (value[i] !== ((at * 7 + number * 31 + (at >>> 9)) & 255)) wrong++;
      read[number] = at;
    }
    if (at === ${BYTES} && wrong === 0) whole++;
    else ends.push("large " + number + ": " + at + " bytes, " + wrong + " wrong");
    // The way back still works.
    const fault = await stream.write(Uint8Array.from([200]));
    const finished = fault ?? await stream.finish();
    if (finished !== undefined) ends.push("answer " + number + ": " + finished.sentence);
    stream.close();
  };
  const small = async (stream: TcpStream) => {
    const result = await stream.read();
    say("small " + (result instanceof Failure ? result.sentence : "read"));
  };
  for (let i = 0; i < ${LARGE}; i++) read.push(0);
  const all: Promise<void>[] = [];
  for (let i = 0; i < ${SMALL}; i++) all.push(small(await opened(100 + i)));
  for (let i = 0; i < ${LARGE}; i++) all.push(large(i, await opened(i)));
  for (let kill = 1; kill <= ${KILLS}; kill++) {
    // In the midst of a piece, and each has moved so much that its memory is shared.
    const far = () => read.length === ${LARGE} && read.every((at) => at > ${PIECE} * (kill - 1) + 100_000);
    while (!far()) await sleep(5e6);
    must(await session.kill({ server: "netd" }));
    await sleep(${APART}e9);
  }
  await Promise.all(all);
  say("whole " + whole + " ends " + ends.join("; "));
`;

interface Served {
  readonly connection: Connection;
  number: number;
  sent: number;
  answered: boolean;
}

test("netd is killed under many downloads: what is whole goes on, the rest is reset", async (t) => {
  t.timeout(600_000);
  const image = await withServer(await freshSystem(), pushingHost("netd", {}, body, imports), {
    name: "host",
    uses: ["/svc/session", "/svc/net"],
    may: ["see", "manage", "log"],
    net: { connect: [`tcp:${PEER}:8000`] },
    budget: 48 << 20,
  });
  const guest = await SimGuest.boot(image);
  const peer = new WirePeer(guest, 5);
  const { stack } = peer.host;
  const listener = listenTcp(stack, peer.turn, 0, 8000, 64) as Listener;
  const served: Served[] = [];
  let piece = 1;
  let nextPiece = Number.POSITIVE_INFINITY;
  peer.work = () => {
    takeSignalled(stack.tcp);
    for (let each = tcpAccept(listener); each !== undefined; each = tcpAccept(listener)) {
      served.push({ connection: each, number: -1, sent: 0, answered: false });
    }
    actTcp(stack, peer.turn, (tcp) => {
      for (const each of served) {
        const { connection } = each;
        const { ring } = connection.incoming;
        for (; ring.length > 0; ring.length--, ring.head++) {
          const byte = (ring.bytes as Uint8Array)[ring.head & (ring.bytes.length - 1)]!;
          if (each.number < 0) each.number = byte;
          else each.answered = byte === 200;
        }
        if (each.number < 0 || each.number >= 100) continue;
        const end = Math.min(BYTES, piece * PIECE);
        if (each.sent === BYTES) continue;
        const from = each.sent;
        const bytes = Uint8Array.from({ length: Math.min(end - from, 20_000) }, (_, index) =>
          byteOf(each.number, from + index),
        );
        each.sent += tcpSend(tcp, peer.turn, connection, bytes, 0);
        if (each.sent === BYTES) tcpFinish(tcp, peer.turn, connection);
      }
    });
    // All have what there is: the next piece comes when the time between two deaths is over.
    const idle = served.length === LARGE + SMALL && served.every(isIdle);
    if (idle && nextPiece === Number.POSITIVE_INFINITY) {
      nextPiece = peer.turn.now + APART * 1000;
    } else if (peer.turn.now >= nextPiece) {
      piece += 1;
      nextPiece = Number.POSITIVE_INFINITY;
    }
  };
  const isIdle = ({ number, sent, connection }: Served) =>
    number >= 100 || (sent >= Math.min(BYTES, piece * PIECE) && connection.outgoing.length === 0);
  const done = () =>
    served.length === LARGE + SMALL &&
    served.every(({ number, answered }) => number >= 100 || answered);
  await peer.pass((KILLS + 2) * 2 * APART * 1000, done);
  await peer.pass(3000);
  await guest.login();
  const log = await guest.command("log host");
  const own = await guest.command("log netd");
  t.log(`${Math.round(guest.machine.now / 1e6)} ms, ${peer.frames} frames`);
  t.regex(
    log,
    new RegExp(`whole ${LARGE} ends \\r?\\n`),
    `${log.slice(-3000)}\n${own.slice(-3000)}`,
  );
  t.is(
    log.split("small the network server has restarted, and the connection was not whole").length -
      1,
    SMALL,
  );
  t.is(own.split(`${LARGE} of ${LARGE} streams wait`).length - 1, KILLS);
  // The peer of a small stream finds out when it says something.
  actTcp(stack, peer.turn, (tcp) => {
    for (const { number, connection } of served)
      if (number >= 100) tcpSend(tcp, peer.turn, connection, Uint8Array.from([1]), 0);
  });
  await peer.pass(2000);
  t.true(served.every(({ number, connection }) => number < 100 || connection.outcome === "reset"));
});
