// An image that is not for development makes no code executable but what it names: what is typed is interpreted, says so, and does the same;
// its own compiled scripts are machine code.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { buildSystem } from "../../sdk/cli/build/build-system.ts";
import { standardVariant } from "../../sdk/cli/build/step.ts";
import { objectKinds, readBootImage, writeBootImage } from "../../sdk/image/boot-image.ts";
import { writeDiskImage } from "../../sdk/image/disk-image.ts";
import { readArchive, writeFileArchive } from "../../sdk/image/file-archive.ts";
import { machineCode, scriptCode } from "../../sdk/image/script-code.ts";
import { loginPrompt } from "../qemu/booted-guest.ts";
import { diskGuest } from "../qemu/disk-guest.ts";
import { command, logIn } from "../qemu/person.ts";
import { root } from "../setup/paths.mjs";

/** Loops, lists, text and a call outside; then a trap two calls deep, in what the script has of the library. */
const script = `import io from "io";
import { memory } from "sys";
fn at(list: []const i64, i: i64) -> i64 { return list[i]; }
fn main() {
    var words = ["a", "b"];
    var sum: i64 = 0;
    for (i in 0..200000) { sum += i % 7; }
    io.println("{words[1]} {sum} {memory() != null}");
    let numbers: [2]i64 = [1, 2];
    var last: i64 = 1;
    if (sum > 0) { last += 1; }
    io.println("{at(numbers[..], last)}");
}
`;

/** The everyday system as a release has it, with more scripts: one that the image names and one that it does not. */
async function releaseDisk(): Promise<string> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const { boot, loader } = await buildSystem(standardVariant, say, false);
  const folder = join(root, "build/release");
  mkdirSync(folder, { recursive: true });
  const trap = await scriptCode("trap.tape", script);
  const stranger = await scriptCode("stranger.tape", script.replace("200000", "200001"));
  const objects = readBootImage(readFileSync(boot)).map((object) => {
    if (object.name === "files/tape") {
      const files = readArchive(object.bytes);
      const more = [
        { path: "trap.tb", bytes: trap },
        { path: "stranger.tb", bytes: stranger },
      ];
      const bytes = writeFileArchive([...files, ...more]);
      return { ...object, bytes, memory: bytes.length };
    }
    if (object.kind !== objectKinds.config) return object;
    const config = JSON.parse(Buffer.from(object.bytes).toString()) as object;
    return { ...object, bytes: Buffer.from(JSON.stringify({ ...config, development: false })) };
  });
  const bytes = machineCode(trap) as Uint8Array;
  const named = { name: "script/trap.text", kind: objectKinds.kernel, bytes };
  const disk = join(folder, "disk.img");
  const options = { netd_wait: "0" };
  writeDiskImage(disk, {
    loader: readFileSync(loader),
    boot: writeBootImage([...objects, named]),
    options,
  });
  return disk;
}

test("typed scripts of a release are interpreted, and the log says why; those of its image are native", async (t) => {
  const guest = await diskGuest(await releaseDisk());
  const run = (line: string) => command(guest, line);
  try {
    await guest.expect(loginPrompt, 90_000);
    await logIn(guest);
    t.is(await run("tier"), "interpreter\n");
    t.is(await run("var s: i64 = 0; for (i in 0..100) { s += i; } s"), "4950\n");
    t.regex(await run("log tape"), /scripts are interpreted: only a development image/);
    t.is(await run("tier"), "interpreter\n");
    t.is(await run("tape page.tb"), "tape page.tb HOST PORT [PATH]\n");
    t.regex(await run("log tape"), /script page\.tb: native/);
    const said = (name: string, sum: number) =>
      `b ${sum} true\ntrap: index out of range\n  at ${name}.at (${name}.tape:3)\n  at ${name}.main (${name}.tape:12)\n`;
    t.is(await run("tape trap.tb"), said("trap", 599994));
    t.regex(await run("log tape"), /script trap\.tb: native/);
    // the same, interpreted: its code is not the image's
    t.is(await run("tape stranger.tb"), said("stranger", 599997));
    t.regex(
      await run("log tape"),
      /script stranger\.tb is interpreted: the boot image does not name this code/,
    );
    t.regex(await run("log codekeeper"), /tape: code [0-9a-f]{16} is not the image's: refused/);
  } finally {
    await guest.close();
  }
});
