// Runs that are recorded on the simulated nucleus and repeated on Node: to the same error, to the same fault, through a whole server's work.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { channelHost } from "../../sim/testing/channel-host.ts";
import { freshSystem, SimGuest } from "../../sim/testing/sim-guest.ts";
import { withServer } from "../../sim/testing/with-server.ts";
import { readRecord } from "./record.ts";
import type { Outcome } from "./repeat.ts";

const system = await freshSystem();
const folder = mkdtempSync(join(tmpdir(), "leivos-replay-test-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** A system in which the server's runs are recorded; `repeated` fetches the record and repeats it. */
async function recorded(image: typeof system, server: string) {
  const guest = await SimGuest.boot({ ...image, board: { channel: true } });
  await guest.login();
  const ask = channelHost(guest);
  const restarted = await ask("restart", { server, record: true });
  if (restarted.reply === undefined) throw new Error(JSON.stringify(restarted));
  const fetched = async (): Promise<Buffer> => {
    const pieces: Buffer[] = [];
    for (let from = 0; ; ) {
      const { reply, failure } = await ask("record", { server, from });
      if (reply === undefined) throw new Error(failure?.sentence ?? "no answer");
      const piece = Buffer.from(String(reply["bytes"]), "hex");
      pieces.push(piece);
      from += piece.length;
      if (piece.length === 0 || from >= Number(reply["size"])) return Buffer.concat(pieces);
    }
  };
  const repeated = async (change: (record: Buffer) => void = () => {}): Promise<Outcome> => {
    const record = await fetched();
    change(record);
    const [script, file] = ["script", "record"].map((name) => join(folder, `${server}.${name}`));
    writeFileSync(script!, image.bundles[server]!);
    writeFileSync(file!, record);
    const main = new URL("main.ts", import.meta.url).pathname;
    const out = execFileSync(process.execPath, [main, script!, file!, "bundle.js"], {
      encoding: "utf8",
      timeout: 60_000,
    });
    return JSON.parse(out.trim().split("\n").at(-1)!) as Outcome;
  };
  return { guest, ask, repeated };
}

/** Ticks each 10 ms, mixes random numbers and the time, and ends with `end` in tick 20. */
const ticking = (end: string) => `
  let mixed = 0;
  let ticks = 0;
  const bytes = new Uint8Array(4);
  async function tick(): Promise<void> {
    uusi.random(bytes);
    await Promise.resolve();
    for (let i = 0; i < 4; i++) mixed = (31 * mixed + bytes[i]!) % 1000003;
    mixed = (mixed + Math.floor(turnTime.now / 1000)) % 1000003;
    if (++ticks === 20) finish();
    after(10e6, () => void tick());
  }
  function finish(): void {
    ${end}
  }
  run(() => { ready(); void tick(); });`;
const withTurnTime = (code: string) =>
  `import { turnTime } from "../../../sdk/runtime/turn-time.ts"; void turnTime;${code}`;

test("a run is repeated to the same error", async (t) => {
  const code = withTurnTime(ticking("after(0, () => { throw new Error(`mixed ${mixed}`); });"));
  const { guest, repeated } = await recorded(
    await withServer(system, code, { name: "ticking" }),
    "ticking",
  );
  await guest.pass(280e6);
  const said = /ticking: uncaught: (Error: mixed \d+)/.exec(await guest.command("log ticking"));
  const outcome = await repeated();
  t.is(outcome.sentence, `it throws ${said?.[1]}`);
  t.true(outcome.same);
  t.is(outcome.turns, outcome.all);
  t.regex(outcome.stack[0] ?? "", /main\.ts:\d+/);
});

test("a fault is found at the call that made it", async (t) => {
  const code = withTurnTime(ticking("uusi.get32(0x1234);"));
  const { guest, repeated } = await recorded(
    await withServer(system, code, { name: "wild", restart: { when: "never" } }),
    "wild",
  );
  await guest.pass(1e9);
  t.regex(await guest.command("log wild"), /wild: fault: .*read of 0x1234/);
  const outcome = await repeated();
  t.is(outcome.sentence, "the process ended here, in a read at 0x1234");
  t.regex(outcome.stack.join("\n"), /finish .*main\.ts:\d+\n(async )?tick .*main\.ts:\d+/);
});

test("netd's work is repeated, kernels and all; a run that parts from its record says where", async (t) => {
  const { guest, repeated } = await recorded(system, "netd");
  await guest.pass(3e9);
  t.regex(await guest.command("ping 10.0.2.2 2"), /2 sent, 2 received/);
  const outcome = await repeated();
  t.is(outcome.sentence, "it waits here: it was ended from outside, or runs still");
  t.true(outcome.same);
  t.true(outcome.turns > 10);
  const changed = await repeated((record) => {
    // a system call that is another one
    const { entries } = readRecord(record);
    const call = entries.filter(({ kind, bytes }) => kind === 3 && bytes.length === 24)[9]!;
    call.bytes.writeUInt32LE(60, 16);
  });
  t.false(changed.same);
  t.regex(changed.sentence, /^the recorded run called call 60/);
  t.regex(changed.stack[0] ?? "", /\.ts:\d+/);
});

test("without a record there is a sentence, and only development images make one", async (t) => {
  const guest = await SimGuest.boot({ ...system, board: { channel: true } });
  await guest.login();
  const { failure } = await channelHost(guest)("record", { server: "netd", from: 0 });
  t.regex(failure?.sentence ?? "", /no run of netd was recorded: `uusi restart netd --record`/);
});
