// Scripts at the shell of a booted guest: values of the running system, faults and runaways that disturb nobody.
import test from "ava";
import { bootedGuest } from "../qemu/booted-guest.ts";
import { command, logIn, shellPrompt } from "../qemu/person.ts";

test("scripts run, see the system, and are stopped", async (t) => {
  const guest = await bootedGuest({ options: { netd_wait: "30000" } });
  try {
    await logIn(guest);
    t.is(await command(guest, "tape '6 * 7'"), "42\n");
    const pipe = "ps() |> where(fn(p) => p.cpu >= 0) |> each(fn(p) => io.println(p.name))";
    const names = (await command(guest, `tape '${pipe}'`)).split("\n");
    for (const name of ["init", "console", "netd", "tape"]) t.true(names.includes(name), name);
    t.is(await command(guest, "tape 'net.status().address'"), "10.0.2.15\n");
    t.regex(await command(guest, "tape 'let a = 1; a + b'"), /^script.tape:1:16: error\[T0305\]/);

    guest.type("tape 'while (true) { }'\n");
    await guest.expect(/\{ \}'\r?\n/);
    guest.type("\u0003");
    await guest.expect(/\^C\s+leivos\$ $/);
    const recursion = "fn f(n: i64) -> i64 { return f(n + 1) + 1; } f(0)";
    t.regex(await command(guest, `tape '${recursion}'`), /^trap: stack overflow\n/);
    const hog = 'var s = "x"; while (true) { s = s + s; }';
    t.regex(await command(guest, `tape '${hog}'`), /^trap: out of memory\n/);
    t.regex(await command(guest, `tape '${"(".repeat(1500)}'`), /error/);

    guest.type("tape\n");
    await guest.expect(/tape> $/);
    guest.type("let a = 20\n");
    await guest.expect(/tape> $/);
    guest.type("a * 2\n");
    await guest.expect(/\n40\r?\ntape> $/);
    guest.type(":quit\n");
    await guest.expect(shellPrompt);

    let ps = await command(guest, "ps");
    // the last script's process may be about to end
    while (/ tape /.test(ps)) ps = await command(guest, "ps");
    for (const name of ["console", "netd", "pci", "random", "virtio-net"])
      t.regex(ps, new RegExp(`${name} +running.* 1$`, "m"), "nobody was started again");
  } finally {
    await guest.close();
  }
});
