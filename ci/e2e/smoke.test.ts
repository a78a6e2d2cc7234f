// `uusi boot --smoke`: the contract of early boot, and a build whose self-check is broken.
import test from "ava";
import { standardVariant, type Variant } from "../../sdk/cli/build/step.ts";
import { freshGuest } from "../qemu/booted-guest.ts";
import { uusiBoot } from "./uusi-boot.ts";

test.serial("smoke prints exactly three lines and powers off", async (t) => {
  const { code, lines, errors } = await uusiBoot("--smoke");
  t.deepEqual(lines, [
    "[ok] uefi memory map preserved",
    "[ok] kernel_main entered",
    "[ok] smoke pass: UUSI_SMOKE_PASS",
  ]);
  t.is(code, 0, errors);
});

/** Each nucleus line of the transcript, and the part whose check a test build breaks. */
const lines = {
  MAP: /\[ok\] uefi memory map preserved/,
  PMM: /\[ok\] pmm online, \d+\.\d GiB available/,
  VMM: /\[ok\] vmm \+ slab heap up/,
};

for (const [part, line] of Object.entries(lines)) {
  test.serial(`a broken ${part} self-check costs its own line and no other`, async (t) => {
    const variant: Variant = {
      ...standardVariant,
      out: `build/variants/break-${part.toLowerCase()}`,
      defines: [`BREAK_${part}`],
    };
    const guest = await freshGuest({ variant });
    await guest.expect(/\[ok\] scheduler: \d+ logical CPUs/, 120_000);
    const seen = Object.entries(lines).filter(([, each]) => each.test(guest.transcript.text));
    await guest.close();
    t.deepEqual(
      seen.map(([name]) => name),
      Object.keys(lines).filter((name) => name !== part),
    );
    t.false(line.test(guest.transcript.text));
  });
}
