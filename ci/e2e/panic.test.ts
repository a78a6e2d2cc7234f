// A panic of the nucleus: what it prints, on serial and screen, and what follows.
import test from "ava";
import { freshGuest } from "../qemu/booted-guest.ts";
import { uusiBoot } from "./uusi-boot.ts";

test.serial("the report has reason, place, registers and frames with symbols", async (t) => {
  const guest = await freshGuest({ options: { panic_test: "1" } });
  await guest.expect(/UUSI PANIC: panic test, as asked at nucleus\/start\.c:\d+/);
  await guest.expect(/rdi [0-9a-f]{16} .*r10 [0-9a-f]{16}/);
  await guest.expect(/rsp [0-9a-f]{16} .*cr3 [0-9a-f]{16}/);
  await guest.expect(/stack:\r?\n(?: {2}[0-9a-f]{16} [a-z_0-9]+ \+ \d+\r?\n)*/);
  await guest.expect(/halted/);
  t.regex(guest.transcript.text, / {2}ffffffff8[0-9a-f]{7} nucleus_main \+ \d+/);
  const { pixels } = await guest.screen();
  const lit = pixels.filter((value, i) => i % 4 === 0 && value > 128).length;
  t.true(lit > 2000, "the report is on the screen");
  const { running } = (await guest.qmp.execute("query-status")) as { running: boolean };
  t.true(running, "it halts, it does not end the machine");
  await guest.close();
});

test.serial("with --panic reboot the machine starts again", async (t) => {
  const guest = await freshGuest({
    options: { panic_test: "1", panic: "reboot" },
    machine: { exitOnReset: true },
  });
  await guest.expect(/rebooting/);
  t.is((await guest.exited).code, 0);
  await guest.close();
});

test.serial("the next start tells what a panic said, once", async (t) => {
  const guest = await freshGuest({ options: { panic_test: "1", panic: "reboot" } });
  await guest.expect(/^rebooting/m);
  await guest.expect(
    /^before this start: UUSI PANIC: panic test, as asked at nucleus\/start\.c:\d+/m,
  );
  await guest.expect(/^before this start: {3}ffffffff8[0-9a-f]{7} nucleus_main \+ \d+/m);
  await guest.expect(/^before this start: stack:|^UUSI PANIC/m);
  t.false(/before this start: before/.test(guest.transcript.text));
  await guest.close();
});

test.serial("uusi boot --until login stops at a panic with its reason", async (t) => {
  const { code, errors, lines } = await uusiBoot("--until", "login", "--panic-test");
  t.is(code, 1);
  t.regex(errors, /boot: the system stopped: UUSI PANIC: panic test/);
  t.true(lines.includes("stack:"), "the report is part of the transcript");
});
