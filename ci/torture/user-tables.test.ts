// What a program's page tables hold, read from outside while it runs: on processors that leak what is mapped (Intel's
// before RDCL_NO) nothing of the nucleus but the ways into it, on all others the nucleus, guarded by the user bit alone.
import test from "ava";
import { freshGuest, loginPrompt } from "../qemu/booted-guest.ts";
import { tortureDisks } from "./disk.ts";
import { type Disks, startTorture } from "./machine.ts";

/** The case of the program that spins with patterns in all registers: most of its time is user mode. */
const spinningCase = "7";
const firstOfNucleus = 0xffff_8000_0000_0000n;

interface Range {
  readonly from: bigint;
  readonly to: bigint;
  readonly flags: string;
}

/** What QEMU's monitor says is mapped: lines of `from-to bytes flags`, the flags as `urw` with `-` for what is not. */
function rangesOf(text: string): Range[] {
  const lines = text.matchAll(/^([0-9a-f]{16})-([0-9a-f]{16}) [0-9a-f]{16} (\S{3})/gm);
  return [...lines].map(([, from, to, flags]) => ({
    from: BigInt(`0x${from}`),
    to: BigInt(`0x${to}`),
    flags: flags!,
  }));
}

/** Stops the machine's one processor in user mode and reads its tables. */
async function tablesOfUserMode(disks: Disks, name: string, processor: string, options = {}) {
  const torture = { torture_seed: "1", torture_scale: "10", torture_only: spinningCase };
  const guest = await startTorture(disks, name, 1, { ...torture, ...options }, processor);
  const monitor = (line: string) =>
    guest.qmp.execute("human-monitor-command", { "command-line": line }) as Promise<string>;
  try {
    await guest.expect(/^1\.\.1/m, 120_000);
    for (let tries = 0; tries < 500; tries++) {
      await guest.qmp.execute("stop");
      if (/CPL=3/.test(await monitor("info registers"))) return rangesOf(await monitor("info mem"));
      await guest.qmp.execute("cont");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error("the processor was never seen in user mode");
  } finally {
    await guest.close();
  }
}

const ofNucleus = (ranges: Range[]) => ranges.filter(({ from }) => from >= firstOfNucleus);
const bytesOf = (ranges: Range[]) => ranges.reduce((sum, { from, to }) => sum + (to - from), 0n);

let disks: Disks;
test.before(async () => {
  disks = await tortureDisks();
});

test.serial("on a processor that leaks, user mode's tables hold only the ways out", async (t) => {
  t.timeout(180_000);
  const ranges = await tablesOfUserMode(disks, "leaks", "Skylake-Client");
  const nucleus = ofNucleus(ranges);
  t.true(bytesOf(ranges) > bytesOf(nucleus), "the program itself is mapped");
  t.true(nucleus.length > 0);
  // Entry code and the table of vectors in four pages; a page of the processor's own and three small stacks.
  t.is(bytesOf(nucleus), 0x8000n);
  for (const { from, flags } of nucleus) {
    t.true(from >= 0xffff_ffff_8000_0000n, `no physical map, ${from.toString(16)}`);
    t.is(flags[0], "-", "none of it is for the program");
  }
});

test.serial("elsewhere, and where the options say so, one table holds both", async (t) => {
  t.timeout(300_000);
  for (const [name, processor, options] of [
    ["sound", "max", {}],
    ["told", "Skylake-Client", { kpti: "off" }],
  ] as const) {
    const nucleus = ofNucleus(await tablesOfUserMode(disks, name, processor, options));
    t.true(bytesOf(nucleus) >= 1n << 32n, `${name}: the physical map is there`);
    t.true(
      nucleus.every(({ flags }) => flags[0] === "-"),
      name,
    );
  }
});

test.serial("the option gives any processor tables for user mode", async (t) => {
  t.timeout(180_000);
  const nucleus = ofNucleus(await tablesOfUserMode(disks, "asked", "max", { kpti: "on" }));
  t.is(bytesOf(nucleus), 0x8000n);
});

test.serial("the whole system starts on a processor that leaks", async (t) => {
  t.timeout(180_000);
  const guest = await freshGuest({ machine: { processor: "Skylake-Client", cpus: 2 } });
  try {
    await guest.expect(loginPrompt, 150_000);
    const said = await guest.qmp.execute("human-monitor-command", {
      "command-line": "info registers",
    });
    const control = Number.parseInt(/CR4=([0-9a-f]+)/.exec(String(said))![1]!, 16);
    t.is(control & 0x80, 0, "no translation is global, so that none of the nucleus's stays");
  } finally {
    await guest.close();
  }
});
