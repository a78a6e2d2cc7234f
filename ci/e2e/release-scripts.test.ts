// An image that is not for development makes no code executable: its scripts are interpreted, say so, and do the same.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { buildSystem } from "../../sdk/cli/build/build-system.ts";
import { standardVariant } from "../../sdk/cli/build/step.ts";
import { objectKinds, readBootImage, writeBootImage } from "../../sdk/image/boot-image.ts";
import { writeDiskImage } from "../../sdk/image/disk-image.ts";
import { loginPrompt } from "../qemu/booted-guest.ts";
import { Guest } from "../qemu/guest.ts";
import { root } from "../setup/paths.mjs";

/** The everyday system as a release has it. */
async function releaseDisk(): Promise<string> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const { boot, loader } = await buildSystem(standardVariant, say, false);
  const folder = join(root, "build/release");
  mkdirSync(folder, { recursive: true });
  const objects = readBootImage(readFileSync(boot)).map((object) => {
    if (object.kind !== objectKinds.config) return object;
    const config = JSON.parse(Buffer.from(object.bytes).toString()) as object;
    return { ...object, bytes: Buffer.from(JSON.stringify({ ...config, development: false })) };
  });
  const disk = join(folder, "disk.img");
  const options = { netd_wait: "0" };
  writeDiskImage(disk, { loader: readFileSync(loader), boot: writeBootImage(objects), options });
  return disk;
}

test("scripts of a release are interpreted, and the log says why", async (t) => {
  const guest = await Guest.start({
    cpus: 2,
    memory: "512M",
    accelerator: "tcg",
    network: { kind: "none" },
    icount: false,
    disk: await releaseDisk(),
    display: "none",
    serial: true,
    exitOnReset: true,
  });
  const prompt = /\nleivos\$ $/;
  const run = async (line: string): Promise<string> => {
    const from = guest.transcript.text.length;
    guest.type(`${line}\n`);
    await guest.expect(prompt, 60_000);
    const text = guest.transcript.text.slice(from).replaceAll("\r", "");
    return text.slice(text.indexOf("\n") + 1, text.lastIndexOf("leivos$ "));
  };
  try {
    await guest.expect(loginPrompt, 90_000);
    guest.type("dev\n");
    await guest.expect(/Password: $/, 60_000);
    guest.type("dev\n");
    await guest.expect(prompt, 60_000);
    t.is(await run("tier"), "interpreter\n");
    t.is(await run("var s: i64 = 0; for (i in 0..100) { s += i; } s"), "4950\n");
    t.regex(await run("log tape"), /scripts are interpreted: only a development image/);
    t.is(await run("tier"), "interpreter\n");
  } finally {
    await guest.close();
  }
});
