// Native programs in a booted guest: each in a process of its own, with a terminal, its account's grants, traps and an end.
import test from "ava";
import { bootedGuest } from "../qemu/booted-guest.ts";
import type { Guest } from "../qemu/guest.ts";

const prompt = /leivos\$ $/;

/** Runs one command and returns what it printed. */
async function run(guest: Guest, line: string): Promise<string> {
  const from = guest.transcript.text.length;
  guest.type(`${line}\n`);
  await guest.expect(prompt);
  const text = guest.transcript.text.slice(from).replaceAll("\r", "");
  return text.slice(text.indexOf("\n") + 1, text.lastIndexOf("leivos$ "));
}

test("programs print, take arguments, trap, grow, ask services and are stopped", async (t) => {
  const guest = await bootedGuest();
  try {
    guest.type("\n");
    await guest.expect(/login: $/);
    guest.type("dev\n");
    await guest.expect(/Password: $/);
    guest.type("dev\n");
    await guest.expect(prompt);
    t.is(await run(guest, "run hello"), "hello from a process of its own\n");
    t.is(
      await run(guest, "run words one three twenty"),
      "1: one (3)\n2: three (5)\n3: twenty (6)\nmean length 4.666666666666667\nwords gave 3\n",
    );
    t.is(await run(guest, "run heap"), "300000 numbers, the last is 89999400001\n");
    t.regex(
      await run(guest, "run heap x"),
      /^300000 numbers.*\ntrap: index out of range\n(?: {2}at heap\.Numbers.*\n)+ {2}at heap\.at \(.*heap\.tape:9\)\n {2}at heap\.main/,
    );
    t.regex(await run(guest, "run ask status"), /^code 0, true\n$/);
    t.regex(await run(guest, "run ask nothing"), /^code 2, true\n$/, "the service answers itself");
    t.regex(await run(guest, "run dice"), /^dice uses \/svc\/random: .*may not open/);
    t.regex(await run(guest, "run none"), /^the image has no program none/);
    t.regex(await run(guest, "run"), /^PROGRAM +BYTES +USES\nask +\d+ +\/svc\/net\n/);
    guest.type("run greet\n");
    await guest.expect(/your name: /);
    guest.type("leivo\n");
    await guest.expect(/hello leivo, 5 bytes\s+your name: $/);
    guest.type("\u0004");
    await guest.expect(/nobody\s+leivos\$ $/);
    guest.type("run spin\n");
    await guest.expect(/spinning/);
    guest.type("\u0003");
    await guest.expect(/\^C\s+leivos\$ $/);
    const ps = await run(guest, "ps");
    t.notRegex(ps, /spin/);
    t.regex(ps, /init +running/);
  } finally {
    await guest.close();
  }
});
