// Many transfers both ways with another host on the simulated wire, while netd is swapped and killed and the card's driver is killed: no byte is lost,
// and no connection ends.
import test from "ava";
import type { ManifestFields } from "../../sdk/contract/manifest.ts";
import { pushingHost } from "../../sdk/sim/testing/pushing-host.ts";
import { serverScript } from "../../sdk/sim/testing/server-script.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";
import { PacedPeer, patternText, SOUND, UP } from "./testing/paced-peer.ts";
import { PEER } from "./testing/wire-peer.ts";

const soak = process.env.LEIVOS_CAMPAIGN === "soak";
const PORT = 8000;
/** Streams in each direction. */
const STREAMS = soak ? 50 : 4;
const round = ["swap", "swap", "driver", "swap", "swap", "netd"];
const STEPS = Array.from({ length: soak ? 5 : 1 }, () => round).flat();
/** Bytes of a stream before the first step, so that each has its memory by then, and for each of the others. */
const FIRST = 150_000;
const PIECE = 20_000;
const BYTES = FIRST + PIECE * STEPS.length;
/** Between two deaths of netd, in milliseconds: what it has kept counts as sound by then. */
const APART = 11_000;

const imports = `
import { connect as connectTcp } from "../../../sdk/net/connect.ts";
import { openNetwork } from "../../../sdk/net/open-network.ts";
import type { TcpStream } from "../../../sdk/net/tcp-stream.ts";
`;
const start = `
  const must = <T>(value: T | Failure): T => {
    if (value instanceof Failure) throw new Error(value.sentence);
    return value;
  };
  const network = must(await openNetwork());
  while (must(await network.net.status({})).address === "") await sleep(10e6);
  let whole = 0;
  const ends: string[] = [];
  const opened = async (number: number) => {
    const stream = must(await connectTcp(network, "${PEER}", ${PORT}));
    must((await stream.write(Uint8Array.from([number]))) ?? {});
    return stream;
  };
`;

/** Reads all streams, and does the steps, each in the midst of a piece. */
const downs = `${start}
  const read: number[] = [];
  const streams: TcpStream[] = [];
  const down = async (number: number) => {
    const stream = await opened(number);
    streams[number] = stream;
    let at = 0;
    let wrong = 0;
    for (;;) {
      const result = await stream.read();
      if (result instanceof Failure) return void ends.push(number + " at " + at + ": " + result.sentence);
      if (result.done) break;
      const { value } = result;
      for (let i = 0; i < value.length; i++, at++) if (value[i] !== (${patternText})) wrong++;
      read[number] = at;
    }
    const sound = at === ${BYTES} && wrong === 0;
    if (sound) whole++;
    else ends.push(number + ": " + at + " bytes, " + wrong + " wrong");
    const told = (await stream.write(Uint8Array.from([sound ? ${SOUND} : 0]))) ?? (await stream.finish());
    if (told !== undefined) ends.push(number + " answers: " + told.sentence);
    stream.close();
  };
  const all: Promise<void>[] = [];
  for (let i = 0; i < ${STREAMS}; i++) {
    read.push(0);
    all.push(down(i));
  }
  const pushed = [push("one"), push("two")];
  const steps = ${JSON.stringify(STEPS)};
  let swapped = 0;
  for (let i = 0; i < steps.length; i++) {
    const far = ${FIRST} + ${PIECE} * i - ${PIECE / 2};
    while (ends.length === 0 && !read.every((at) => at > far)) await sleep(5e6);
    if (steps[i] !== "swap") must(await session.kill({ server: steps[i] === "netd" ? "netd" : "virtio-net" }));
    else {
      const [memory, size] = pushed[swapped % 2]!;
      let line = "";
      // While netd looks for the driver, or begins, a swap is refused for that moment.
      for (let tries = 0; tries < 100 && !/^swapped /.test(line); tries++) {
        line = await swap(swapped % 2 === 0 ? "one" : "two", [new Memory(must(memory.duplicate())), size]);
        if (!/^swapped /.test(line)) await sleep(1e8);
      }
      if (/^swapped netd /.test(line)) swapped++;
      else ends.push("step " + i + ": " + line);
    }
    const told = await streams[0]!.write(Uint8Array.from([i + 1]));
    if (told !== undefined) ends.push("step " + i + " tells: " + told.sentence);
  }
  await Promise.all(all);
  say("whole " + whole + " swapped " + swapped + " ends " + ends.join("; "));
`;

const ups = `${start}
  const up = async (number: number) => {
    const stream = await opened(number);
    for (let at = 0; at < ${BYTES}; ) {
      const piece = new Uint8Array(Math.min(10000, ${BYTES} - at));
      for (let i = 0; i < piece.length; i++, at++) piece[i] = ${patternText};
      const failed = await stream.write(piece);
      if (failed !== undefined) return void ends.push(number + " at " + at + ": " + failed.sentence);
    }
    const finished = await stream.finish();
    if (finished !== undefined) ends.push(number + ": " + finished.sentence);
    const answer = await stream.read();
    if (answer instanceof Failure) ends.push(number + " hears: " + answer.sentence);
    else if (!answer.done && answer.value[0] === ${SOUND}) whole++;
    stream.close();
  };
  const all: Promise<void>[] = [];
  for (let i = 0; i < ${STREAMS}; i++) all.push(up(${UP} + i));
  await Promise.all(all);
  say("whole " + whole + " ends " + ends.join("; "));
`;

const fieldsOf = (name: string): ManifestFields => ({
  name,
  uses: ["/svc/session", "/svc/net"],
  may: ["see", "manage", "log"],
  net: { connect: [`tcp:${PEER}:${PORT}`] },
  budget: 48 << 20,
});

test(`${2 * STREAMS} transfers both ways among swaps and deaths: every byte arrives`, async (t) => {
  t.timeout(soak ? 1_700_000 : 600_000);
  const variant = (mark: number) =>
    serverScript(`import "../../../servers/netd/main.ts";\n(globalThis as any).mark = ${mark};`);
  const codes = { one: await variant(1), two: await variant(2) };
  const script = (body: string, known = {}) => pushingHost("netd", known, body, imports);
  const one = await withServer(await freshSystem(), script(downs, codes), fieldsOf("downs"));
  const image = await withServer(one, script(ups), fieldsOf("ups"));
  const guest = await SimGuest.boot(image);
  const peer = new PacedPeer(guest, PORT, BYTES, 5);
  const patience = APART * 2 * STEPS.length;
  const pass = async (done: () => boolean) => {
    await peer.pass(patience, done);
    return done();
  };
  // Each step comes while a piece is on its way, and the last piece of all when they are done: until then no stream can end. How it went is
  // seen at the end.
  await pass(() => peer.streams.length === 2 * STREAMS);
  for (let step = -1; step < STEPS.length; step++) {
    if (STEPS[step] === "netd") await peer.pass(APART);
    const steps = step === STEPS.length - 1 ? STEPS.length : step;
    if (!(await pass(() => peer.told >= steps))) break;
    peer.limit += step < 0 ? FIRST : PIECE;
    if (!(await pass(() => peer.idle))) break;
  }
  await pass(() => peer.done);
  await peer.pass(3000);
  await guest.login();
  const logs = [];
  for (const name of ["downs", "ups", "netd"]) logs.push(await guest.command(`log ${name}`));
  t.log(`${Math.round(guest.machine.now / 1e6)} ms, ${peer.frames} frames`);
  const swaps = STEPS.filter((step) => step === "swap").length;
  const kills = STEPS.filter((step) => step === "netd").length;
  const said = (name: string, text: string) => new RegExp(`${name}: ${text} ends \\r?\\n`);
  t.regex(
    logs[0]!,
    said("downs", `whole ${STREAMS} swapped ${swaps}`),
    logs.join("\n").slice(-6000),
  );
  t.regex(logs[1]!, said("ups", `whole ${STREAMS}`));
  const came = `${2 * STREAMS} of ${2 * STREAMS} streams wait`;
  t.is(logs[2]!.split(came).length - 1, kills, logs[2]);
});
