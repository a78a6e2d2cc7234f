// A machine without a serial port: keys and screen are enough to log in and work.
import test from "ava";
import { Connection } from "../../sdk/cli/channel/connection.ts";
import { swapCode } from "../../sdk/cli/push/swap-server.ts";
import { freshGuest } from "../qemu/booted-guest.ts";
import type { Guest } from "../qemu/guest.ts";
import { screenText } from "../qemu/screen-text.ts";
import { variantOf } from "./server-variant.ts";

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
    machine: { serial: false, channel: true },
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
    // the keyboard's server is swapped under every word: no key is lost
    const connection = await Connection.open(guest.channel);
    t.teardown(() => connection.close());
    const codes = await Promise.all(
      [1, 2].map((n) => variantOf("i8042", `keys${n}`, `(globalThis as any).mark = ${n};`)),
    );
    const words = ["echo ", "Every ", "KEY ", "comes."];
    for (const [i, word] of words.entries()) {
      const swapped = swapCode(connection, codes[i % 2]!);
      await guest.press(word);
      const { line } = await swapped;
      t.log(line);
      // on a busy host a limit of time may be met: then the code before goes on, with every key
      t.regex(line, /^swapped i8042 |^refused i8042 .*(?:within \d+ ms|in time)/);
    }
    await guest.press("\n");
    await shown(guest, /^Every KEY comes\.$/);
    t.false(
      lines.some((line) => /Password: ?.*dev/.test(line)),
      "the password is not shown",
    );
  } finally {
    await guest.close();
  }
});
