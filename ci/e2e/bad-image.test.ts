// Damaged disks: the loader says what is wrong on serial and screen, and nothing hangs silently.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { buildSystem } from "../../sdk/cli/build/build-system.ts";
import { standardVariant } from "../../sdk/cli/build/step.ts";
import { readBootImage } from "../../sdk/image/boot-image.ts";
import { writeDiskImage } from "../../sdk/image/disk-image.ts";
import { guestMachine } from "../qemu/booted-guest.ts";
import { Guest } from "../qemu/guest.ts";

const folder = mkdtempSync(join(tmpdir(), "leivos-bad-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** Boots with a changed boot image. */
async function bootWith(change: (image: Buffer) => Uint8Array, memory = "512M"): Promise<Guest> {
  const built = await buildSystem(standardVariant, () => {}, false);
  const disk = join(folder, "disk.img");
  const boot = change(Buffer.from(readFileSync(built.boot)));
  writeDiskImage(disk, { loader: readFileSync(built.loader), boot, options: {} });
  const machine = await guestMachine({ machine: { memory, network: { kind: "none" } } });
  return Guest.start({ ...machine, disk });
}

/** Where an object's bytes lie. */
function offsetOf(image: Uint8Array, name: string): number {
  return readBootImage(image).find((entry) => entry.name === name)!.offset;
}

const damages: [string, (image: Buffer) => Uint8Array, RegExp][] = [
  ["an empty file", () => new Uint8Array(0), /leivos: .*boot/],
  ["another magic", (image) => image.fill(0x58, 0, 8), /leivos: .*(magic|header|image)/],
  ["a cut file", (image) => image.subarray(0, 64 * 1024), /leivos: /],
  ["a changed table", (image) => image.fill(0xee, 64 + 100, 64 + 104), /leivos: .*table/],
  [
    "a changed byte of the nucleus",
    (image) => {
      image[offsetOf(image, "nucleus.text") + 100]! ^= 1;
      return image;
    },
    /leivos: .*nucleus\.text/,
  ],
  [
    "a changed byte of init",
    (image) => {
      image[offsetOf(image, "bundle/init") + 100]! ^= 1;
      return image;
    },
    /leivos: .*bundle\/init/,
  ],
];
for (const [what, change, message] of damages) {
  test.serial(`${what}: a readable message`, async (t) => {
    const guest = await bootWith(change);
    await guest.expect(message);
    const { pixels } = await guest.screen();
    t.true(
      pixels.some((value, i) => i % 4 === 0 && value > 100),
      "it is on the screen too",
    );
    t.notRegex(guest.transcript.text, /\[ok\]/);
    await guest.close();
  });
}
