// What the loader refuses: each damage has its message on serial line and screen, a key leads back
// to the firmware, and the firmware's next disk starts as if nothing had been.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { writeDiskImage } from "../../sdk/image/disk-image.ts";
import { guestMachine } from "../qemu/booted-guest.ts";
import { Guest } from "../qemu/guest.ts";
import { systemParts, writeDamagedDisks } from "./boot-disks.ts";

const folder = mkdtempSync(join(tmpdir(), "leivos-damage-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const quoted = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
/** The end of every message of the loader. */
const offer = /leivos: press a key, or wait 30 s, to return to the firmware/;

/** How many pixels are bright: text on the firmware's console. */
async function litPixels(guest: Guest): Promise<number> {
  const { pixels } = await guest.screen();
  return pixels.filter((value, i) => i % 4 === 0 && value > 100).length;
}

test.serial("every damage of the image is told, and leads back to the firmware", async (t) => {
  const parts = await systemParts({ smoke: "1" });
  const damaged = writeDamagedDisks(folder, parts);
  const sound = join(folder, "sound.img");
  writeDiskImage(sound, parts);
  const [first, ...others] = damaged.map(({ path }) => path);
  const machine = await guestMachine({ machine: { network: { kind: "none" } } });
  const guest = await Guest.start({
    ...machine,
    exitOnReset: true,
    disk: first!,
    moreDisks: [...others, sound],
  });
  try {
    for (const { what, message } of damaged) {
      const line = new RegExp(`leivos: ${quoted(message)}`);
      await t.notThrowsAsync(guest.expect(line), what);
      await guest.expect(offer);
      // The loader writes to COM1 itself, and then through the firmware, whose console is there too.
      await t.notThrowsAsync(guest.expect(line), `${what}, on the firmware's console`);
      await guest.expect(offer);
      t.notRegex(guest.transcript.text, /\[ok\]/);
      guest.type(" ");
    }
    t.true((await litPixels(guest)) > 500, "the messages are on the screen");
    await guest.expect(/\[ok\] smoke pass: UUSI_SMOKE_PASS/);
    t.is((await guest.exited).code, 0);
  } finally {
    await guest.close();
  }
});

test.serial("a machine with too little memory is told so", async (t) => {
  const machine = await guestMachine({ machine: { memory: "72M", network: { kind: "none" } } });
  const guest = await Guest.start(machine);
  try {
    await guest.expect(/leivos: 64 MiB must be free: too little memory; give the machine more\./);
    await guest.expect(offer);
    t.notRegex(guest.transcript.text, /\[ok\]/);
  } finally {
    await guest.close();
  }
});
