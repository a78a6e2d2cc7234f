// The driver against a real QEMU with a small UEFI application: serial, screen, states, the end.
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { Guest } from "./guest.ts";
import type { MachineOptions } from "./machine.ts";
import { HostError } from "./start-qemu.ts";
import { echoDisk } from "./testing/echo-disk.ts";

const machine = (disk: string): MachineOptions => ({
  cpus: 1,
  memory: "256M",
  accelerator: "tcg",
  network: { kind: "user", options: [] },
  icount: false,
  disk,
  display: "none",
  serial: true,
  exitOnReset: true,
});

const folder = mkdtempSync(join(tmpdir(), "leivos-guest-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

test.serial("boots, talks, shows its screen, saves itself, comes back, powers off", async (t) => {
  const disk = echoDisk();
  const state = join(folder, "state");
  const first = await Guest.start(machine(disk));
  await first.expect(/\[ok\] echo ready/);
  first.type("one\n");
  await first.expect(/got <one>/);
  const screen = await first.screen();
  t.true(screen.width >= 640 && screen.height >= 480);
  const silent = await t.throwsAsync(first.expect(/never/, 100));
  t.regex(silent!.message, /the machine: running[\s\S]*RIP=/, "it says where the processors stand");
  const lit = screen.pixels.filter((value, i) => i % 4 === 0 && value > 128).length;
  t.true(lit > 100, "the text of the application is on the screen");
  await first.save(state);
  t.true(statSync(state).size > 1 << 20);
  first.type("two\n");
  await first.expect(/got <two>/);
  await first.close();

  const second = await Guest.start({ ...machine(disk), incoming: state });
  second.type("three\n");
  await second.expect(/got <three>/);
  t.notRegex(second.transcript.text, /echo ready/, "it did not boot again");
  second.type("quit\n");
  t.is((await second.exited).code, 0);
  const error = await t.throwsAsync(second.expect(/never/));
  t.regex(error!.message, /can't come any more: QEMU ended with code 0/);
  t.regex(error!.message, /got <three>/, "the error shows the transcript's end");
  await second.close();
});

test.serial("closing leaves no process, socket or file of the run", async (t) => {
  const guest = await Guest.start(machine(echoDisk()));
  const { pid, folder: files } = guest;
  t.true(existsSync(`/proc/${pid}`));
  t.true(existsSync(files));
  await guest.close();
  t.false(existsSync(`/proc/${pid}`));
  t.false(existsSync(files));
});

test.serial("QEMU's refusal is one line with a cure", async (t) => {
  const disk = join(folder, "empty.img");
  writeFileSync(disk, new Uint8Array(1 << 20));
  const options = ["hostfwd=tcp:127.0.0.1:47999-:80", "hostfwd=tcp:127.0.0.1:47999-:81"];
  const start = Guest.start({ ...machine(disk), network: { kind: "user", options } });
  const error = await t.throwsAsync(start, { instanceOf: HostError });
  t.regex(error!.message, /port is busy: choose another/);
  t.notRegex(error!.message, /\n/);
});

test.serial("a missing disk is named", async (t) => {
  const start = Guest.start(machine(join(folder, "none.img")));
  await t.throwsAsync(start, { instanceOf: HostError, message: /none\.img/ });
});
