// `uusi boot --smoke`: the contract of early boot, and builds in which what a self-check looks at is broken (broken/).
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

/** Each nucleus line of the transcript, in order, and what a build with its check broken says. */
const parts = [
  {
    name: "map",
    wraps: ["acpi_read"],
    line: /\[ok\] uefi memory map preserved/,
    panic: undefined,
  },
  {
    name: "pmm",
    wraps: ["frames_free"],
    line: /\[ok\] pmm online, \d+\.\d GiB available/,
    panic: /UUSI PANIC: self-check of the page allocator failed/,
  },
  {
    name: "vmm",
    wraps: ["slab_free"],
    line: /\[ok\] vmm \+ slab heap up/,
    panic: /UUSI PANIC: self-check of .* failed/,
  },
];

for (const [index, { name, wraps, line, panic }] of parts.entries()) {
  test.serial(`a broken ${name} costs its line`, async (t) => {
    const variant: Variant = {
      ...standardVariant,
      out: `build/variants/break-${name}`,
      probe: { source: `ci/e2e/broken/${name}.c`, wraps },
    };
    const guest = await freshGuest({ variant });
    // What can't be relied on after such a failure is not started: the report ends the boot.
    await guest.expect(panic ?? parts.at(-1)!.line, 120_000);
    const text = guest.transcript.text;
    await guest.close();
    t.false(line.test(text));
    const others =
      panic === undefined ? parts.filter((each) => each.name !== name) : parts.slice(0, index);
    for (const other of others) t.regex(text, other.line);
  });
}
