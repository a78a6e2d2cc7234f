// Native programs in a booted guest: each in a process of its own, with a terminal, its account's grants, traps and an end.
import test from "ava";
import { Connection } from "../../sdk/cli/channel/connection.ts";
import { swapCode } from "../../sdk/cli/push/swap-server.ts";
import { bootedGuest } from "../qemu/booted-guest.ts";
import { command, logIn } from "../qemu/person.ts";
import { variantOf } from "./server-variant.ts";

test("programs print, take arguments, trap, grow, ask services and are stopped", async (t) => {
  const guest = await bootedGuest();
  try {
    await logIn(guest);
    t.is(await command(guest, "run hello"), "hello from a process of its own\n");
    t.is(
      await command(guest, "run words one three twenty"),
      "1: one (3)\n2: three (5)\n3: twenty (6)\nmean length 4.666666666666667\nwords gave 3\n",
    );
    t.is(await command(guest, "run heap"), "300000 numbers, the last is 89999400001\n");
    t.regex(
      await command(guest, "run heap x"),
      /^300000 numbers.*\ntrap: index out of range\n(?: {2}at heap\.Numbers.*\n)+ {2}at heap\.at \(.*heap\.tape:9\)\n {2}at heap\.main/,
    );
    t.regex(await command(guest, "run ask status"), /^code 0, true\n$/);
    t.regex(
      await command(guest, "run ask nothing"),
      /^code 2, true\n$/,
      "the service answers itself",
    );
    t.regex(await command(guest, "run dice"), /^dice uses \/svc\/random: .*may not open/);
    t.regex(await command(guest, "run none"), /^the image has no program none/);
    t.regex(await command(guest, "run"), /^PROGRAM +BYTES +USES\nask +\d+ +\/svc\/net\n/);
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
    const ps = await command(guest, "ps");
    t.notRegex(ps, /spin/);
    t.regex(ps, /init +running/);
  } finally {
    await guest.close();
  }
});

test("programs that run move with a swap of their server: one that waits for input, one that computes", async (t) => {
  t.timeout(300_000);
  const guest = await bootedGuest({ machine: { channel: true } });
  const line = await Connection.open(guest.channel);
  try {
    await logIn(guest);
    guest.type("run greet\n");
    await guest.expect(/your name: /);
    guest.type("one\n");
    await guest.expect(/hello one, 3 bytes\s+your name: $/);
    const codes = await Promise.all(
      [1, 2].map((n) => variantOf("programs", `programs${n}`, `(globalThis as any).mark = ${n};`)),
    );
    const swap = async (code: (typeof codes)[number]) => {
      for (let tries = 1; ; tries++) {
        const answer = await swapCode(line, code);
        if (answer.kind === "refused" && tries < 20) continue;
        t.log(answer.line);
        t.regex(answer.line, /^swapped programs .*, 1 stream kept\)/);
        return;
      }
    };
    await swap(codes[0]!);
    guest.type("two\n");
    await guest.expect(/hello two, 3 bytes\s+your name: $/);
    guest.type("\u0004");
    await guest.expect(/nobody\s+leivos\$ $/);
    guest.type("run spin\n");
    await guest.expect(/spinning/);
    await swap(codes[1]!);
    guest.type("\u0003");
    await guest.expect(/\^C\s+leivos\$ $/);
    t.notRegex(await command(guest, "ps"), /spin|greet/);
  } finally {
    line.close();
    await guest.close();
  }
});
