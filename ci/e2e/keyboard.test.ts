// A machine without a serial port: keys and screen are enough to log in and work.
import test from "ava";
import { freshGuest } from "../qemu/booted-guest.ts";
import type { Guest } from "../qemu/guest.ts";
import { screenText } from "../qemu/screen-text.ts";

/** Waits until a line of the screen fits. */
async function shown(guest: Guest, pattern: RegExp): Promise<string[]> {
  for (;;) {
    const lines = screenText(await guest.screen());
    if (lines.some((line) => pattern.test(line))) return lines;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

test("keys log in and the screen shows it", async (t) => {
  const guest = await freshGuest({
    machine: { serial: false },
    options: { netd_wait: "30000" },
  });
  try {
    const boot = await shown(guest, /^leivos login:/);
    t.true(boot.includes("[ok] netd: dhcp BOUND ip=10.0.2.15"), boot.join("\n"));
    await guest.press("dev\n");
    await shown(guest, /^Password:/);
    await guest.press("dev\n");
    await shown(guest, /^leivos\$/);
    await guest.press("echo Keys, and a {screen}!\n");
    const lines = await shown(guest, /^Keys, and a \{screen\}!$/);
    t.false(
      lines.some((line) => /Password: ?.*dev/.test(line)),
      "the password is not shown",
    );
  } finally {
    await guest.close();
  }
});
