// `uusi new program` in a copy of the tree, as its author goes on: built, booted, run.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { writeDiskImage } from "../../sdk/image/disk-image.ts";
import { loginPrompt } from "../qemu/booted-guest.ts";
import { diskGuest } from "../qemu/disk-guest.ts";
import { command, logIn } from "../qemu/person.ts";
import { copyTree } from "./tree-copy.ts";

const copy = copyTree("program");
test.after.always(() => rmSync(copy, { recursive: true, force: true }));

function uusi(...args: string[]) {
  const all = [join(copy, "sdk/cli/uusi.mjs"), ...args];
  return spawnSync(process.execPath, all, { cwd: copy, encoding: "utf8", timeout: 240_000 });
}

test("a new program is built and runs", async (t) => {
  t.timeout(500_000);
  const made = uusi("new", "program", "add-up");
  t.is(made.status, 0, made.stderr);
  const again = uusi("new", "program", "add-up");
  t.is(again.status, 2);
  t.regex(again.stderr, /there is a program add-up already/);
  const built = uusi("build");
  t.is(built.status, 0, built.stdout + built.stderr);
  const disk = join(copy, "build/add-up.img");
  const out = join(copy, "build/out");
  writeDiskImage(disk, {
    loader: readFileSync(join(out, "BOOTX64.EFI")),
    boot: readFileSync(join(out, "boot.img")),
    options: {},
  });
  const guest = await diskGuest(disk, { cpus: 1 });
  try {
    await guest.expect(loginPrompt, 120_000);
    await logIn(guest);
    t.is(await command(guest, "run add-up 2 40"), "sum 42\n");
    t.regex(await command(guest, "run add-up two"), /^two is no number\n/);
    t.regex(await command(guest, "run"), /^add-up +\d+/m);
  } finally {
    await guest.close();
  }
});
