// The disk image that a user writes to a USB stick boots like the one that the driver makes.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { developmentAccount, passwordHash } from "../../sdk/image/development-account.ts";
import { guestMachine, loginPrompt } from "../qemu/booted-guest.ts";
import { Guest } from "../qemu/guest.ts";

const folder = mkdtempSync(join(tmpdir(), "leivos-image-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

function uusiImage(...flags: string[]) {
  const entry = join(process.cwd(), "sdk/cli/uusi.mjs");
  const run = spawnSync(process.execPath, [entry, "image", ...flags], {
    encoding: "utf8",
    cwd: folder,
  });
  return { code: run.status, errors: run.stderr };
}

test.serial("an image with an account of its own lets only that account in", async (t) => {
  const account = {
    ...developmentAccount,
    name: "anna",
    password: passwordHash("s3cret", Buffer.alloc(16, 7)),
  };
  writeFileSync(join(folder, "accounts.json"), JSON.stringify([account]));
  const { code, errors } = uusiImage("--out", "stick.img", "--accounts", "accounts.json");
  t.is(code, 0, errors);
  const machine = await guestMachine({ machine: { network: { kind: "none" } } });
  const guest = await Guest.start({ ...machine, disk: join(folder, "stick.img") });
  await guest.expect(loginPrompt);
  guest.type("dev\n");
  await guest.expect(/Password: /);
  guest.type("dev\n");
  await guest.expect(loginPrompt);
  guest.type("anna\n");
  await guest.expect(/Password: /);
  guest.type("s3cret\n");
  await guest.expect(/\$ $/);
  await guest.close();
});
