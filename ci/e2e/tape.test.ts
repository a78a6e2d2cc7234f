// Scripts at the shell of a booted guest: values of the running system, faults and runaways that disturb nobody.
import test from "ava";
import { bootedGuest } from "../qemu/booted-guest.ts";
import type { Guest } from "../qemu/guest.ts";

// A redrawn line may end in the prompt too, for a moment; it stands in the same line.
const prompt = /\nleivos\$ $/;

/** Runs one command and returns what it printed. */
async function run(guest: Guest, line: string): Promise<string> {
  const from = guest.transcript.text.length;
  guest.type(`${line}\n`);
  await guest.expect(prompt);
  const text = guest.transcript.text.slice(from).replaceAll("\r", "");
  return text.slice(text.indexOf("\n") + 1, text.lastIndexOf("leivos$ "));
}

test("scripts run, see the system, and are stopped", async (t) => {
  const guest = await bootedGuest({ options: { netd_wait: "30000" } });
  try {
    guest.type("\n");
    await guest.expect(/login: $/);
    guest.type("dev\n");
    await guest.expect(/Password: $/);
    guest.type("dev\n");
    await guest.expect(prompt);
    t.is(await run(guest, "tape '6 * 7'"), "42\n");
    const pipe = "ps() |> where(fn(p) => p.cpu >= 0) |> each(fn(p) => io.println(p.name))";
    const names = (await run(guest, `tape '${pipe}'`)).split("\n");
    for (const name of ["init", "console", "netd", "tape"]) t.true(names.includes(name), name);
    t.is(await run(guest, "tape 'net.status().address'"), "10.0.2.15\n");
    t.regex(await run(guest, "tape 'let a = 1; a + b'"), /^script.tape:1:16: error\[T0305\]/);

    guest.type("tape 'while (true) { }'\n");
    await guest.expect(/\{ \}'\r?\n/);
    guest.type("\u0003");
    await guest.expect(/\^C\s+leivos\$ $/);
    const recursion = "fn f(n: i64) -> i64 { return f(n + 1) + 1; } f(0)";
    t.regex(await run(guest, `tape '${recursion}'`), /^trap: stack overflow\n/);
    const hog = 'var s = "x"; while (true) { s = s + s; }';
    t.regex(await run(guest, `tape '${hog}'`), /^trap: out of memory\n/);
    t.regex(await run(guest, `tape '${"(".repeat(1500)}'`), /error/);

    guest.type("tape\n");
    await guest.expect(/tape> $/);
    guest.type("let a = 20\n");
    await guest.expect(/tape> $/);
    guest.type("a * 2\n");
    await guest.expect(/\n40\r?\ntape> $/);
    guest.type(":quit\n");
    await guest.expect(prompt);

    let ps = await run(guest, "ps");
    // the last script's process may be about to end
    while (/ tape /.test(ps)) ps = await run(guest, "ps");
    for (const name of ["console", "netd", "pci", "random", "virtio-net"])
      t.regex(ps, new RegExp(`${name} +running.* 1$`, "m"), "nobody was started again");
  } finally {
    await guest.close();
  }
});
