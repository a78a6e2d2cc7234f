// A person at the serial line of a booted guest: login, every command of the shell, what goes wrong, and the end.
import test from "ava";
import { bootedGuest } from "../qemu/booted-guest.ts";
import type { Guest } from "../qemu/guest.ts";
import { command, commandUntil, logIn } from "../qemu/person.ts";

/** A logged-in guest for the length of `use`. */
async function withShell(use: (guest: Guest) => Promise<void>): Promise<void> {
  const guest = await bootedGuest({ options: { netd_wait: "30000" } });
  try {
    guest.type("\n");
    await guest.expect(/login: $/);
    await logIn(guest);
    await use(guest);
  } finally {
    await guest.close();
  }
}

/** ^C, and the empty prompt that follows; a redrawn line may end in the prompt too, for a moment. */
async function interrupt(guest: Guest): Promise<void> {
  guest.type("\u0003");
  await guest.expect(/\^C\s+leivos\$ $/);
}

test.serial("every command of the shell answers", async (t) => {
  await withShell(async (guest) => {
    const help = await command(guest, "help");
    for (const name of "ps mem uptime log echo kill caps reboot poweroff ip ping".split(" ")) {
      t.regex(help, new RegExp(`^${name}\\b`, "m"));
    }
    const ps = await command(guest, "ps");
    for (const name of ["init", "console", "pci", "virtio-net", "netd", "random"]) {
      t.regex(ps, new RegExp(`^ *\\d+ +${name} +running`, "m"));
    }
    t.regex(await command(guest, "mem"), /^free +\d+ MiB +\d+$/m);
    t.regex(
      await command(guest, "uptime"),
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, up .*, 2 CPUs, busy/,
    );
    t.regex(await command(guest, "log"), /^\[ok\] uefi memory map preserved$/m);
    t.is(await command(guest, "echo a  'b  c' d"), "a b  c d\n");
    t.regex(await command(guest, "caps"), /^account dev$/m);
    t.regex(await command(guest, "caps netd"), /\/dev\/net0/);
    t.regex(await command(guest, "ip"), /^address +10\.0\.2\.15\/24/m);
    t.regex(await command(guest, "ping 10.0.2.2 2"), /^2 sent, 2 received$/m);
    t.regex(await command(guest, "no-such-command"), /there is no command `no-such-command`/);
    t.regex(await command(guest, "kill nobody"), /nobody/);
    t.regex(await command(guest, "ping 300.1.2.3"), /300\.1\.2\.3/);
    guest.type("exit\n");
    await guest.expect(/login: $/);
  });
});

test.serial("netd comes back with a lease, and so does every other server", async (t) => {
  await withShell(async (guest) => {
    for (const name of ["netd", "virtio-net", "pci", "random", "i8042"]) {
      const starts = new RegExp(`^ *\\d+ +${name} +running.* [2-9]$`, "m");
      await command(guest, `kill ${name}`);
      await commandUntil(guest, "ps", starts);
    }
    await commandUntil(guest, "ip", /^dhcp +bound/m);
    t.regex(await command(guest, "ping 10.0.2.2 1"), /^1 sent, 1 received$/m);
    guest.type("kill console\n");
    await guest.expect(/login: $/);
    await logIn(guest);
    t.regex(await command(guest, "ps"), /^ *\d+ +console +running/m);
  });
});

test.serial("a wrong password is refused, and the right one is taken afterwards", async (t) => {
  const guest = await bootedGuest({ options: { netd_wait: "30000" } });
  try {
    guest.type("\n");
    await guest.expect(/login: $/);
    for (const [account, password] of [
      ["dev", "wrong"],
      ["nobody", "dev"],
    ]) {
      guest.type(`${account}\n`);
      await guest.expect(/Password: $/);
      guest.type(`${password}\n`);
      await guest.expect(/login: $/);
    }
    t.notRegex(guest.transcript.text, /wrong|leivos\$ /, "neither shown nor let in");
    await logIn(guest);
    t.is(await command(guest, "echo in"), "in\n");
  } finally {
    await guest.close();
  }
});

test.serial("a line of 100,000 characters and binary noise disturb nothing", async (t) => {
  await withShell(async (guest) => {
    for (let sent = 0; sent < 100_000; sent += 1000) guest.type("x".repeat(1000));
    await interrupt(guest);
    t.is(await command(guest, "echo still here"), "still here\n");
    // Every byte but ^D, which ends a session, and the ends of lines: noise is no command.
    const noise = Uint8Array.from({ length: 4096 }, (_, i) => (i * 167 + (i >> 5)) & 255).filter(
      (byte) => ![3, 4, 10, 13].includes(byte),
    );
    guest.send(noise);
    await interrupt(guest);
    t.is(await command(guest, "echo after noise"), "after noise\n");
    t.notRegex(await command(guest, "log"), /console: (ended|restart)/);
  });
});

test.serial("poweroff ends the machine", async (t) => {
  await withShell(async (guest) => {
    guest.type("poweroff\n");
    t.is((await guest.exited).code, 0);
  });
});
