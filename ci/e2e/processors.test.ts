// Machine code on processors with more and fewer features: kernels of servers, scripts compiled in the system, programs of the image.
import test from "ava";
import { bootedGuest } from "../qemu/booted-guest.ts";
import type { Guest } from "../qemu/guest.ts";

const prompt = /\nleivos\$ $/;

async function run(guest: Guest, line: string): Promise<string> {
  const from = guest.transcript.text.length;
  guest.type(`${line}\n`);
  await guest.expect(prompt);
  const text = guest.transcript.text.slice(from).replaceAll("\r", "");
  return text.slice(text.indexOf("\n") + 1, text.lastIndexOf("leivos$ "));
}

/** Without AES-NI and AVX2; with AES-NI, without AVX2; with both. None has SHA-NI, which this QEMU does not offer. */
for (const processor of ["Nehalem", "Westmere", "max"])
  test.serial(`native code runs on ${processor}`, async (t) => {
    const guest = await bootedGuest({ machine: { processor }, options: { netd_wait: "30000" } });
    try {
      guest.type("\n");
      await guest.expect(/login: $/);
      guest.type("dev\n");
      await guest.expect(/Password: $/);
      guest.type("dev\n");
      await guest.expect(prompt);
      t.is(await run(guest, "tier"), "native\n");
      t.is(await run(guest, "var s: i64 = 0; for (i in 0..1000) { s += i; } s"), "499500\n");
      t.regex(await run(guest, "log console"), /kernel cells: native/);
      t.regex(await run(guest, "log netd"), /kernel checksum: native/);
      t.regex(await run(guest, "ping 10.0.2.2 1"), /1 sent, 1 received/);
      t.is(await run(guest, "run hello"), "hello from a process of its own\n");
    } finally {
      await guest.close();
    }
  });
