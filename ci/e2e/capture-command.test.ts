// `uusi capture` on a running machine: frames of a ping, while it happens.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { recordMachine } from "../../sdk/cli/channel/machines.ts";
import { bootedGuest } from "../qemu/booted-guest.ts";
import { root } from "../setup/paths.mjs";
import { logIn } from "../qemu/person.ts";

/** The frames of a capture: bodies of its packet blocks (type 6). */
function framesOf(capture: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < capture.length; at += capture.readUInt32LE(at + 4)) {
    if (capture.readUInt32LE(at) !== 6) continue;
    frames.push(capture.subarray(at + 28, at + 28 + capture.readUInt32LE(at + 20)));
  }
  return frames;
}

test.serial("a ping's frames, and nothing left in QEMU", async (t) => {
  t.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), "leivos-capture-"));
  const guest = await bootedGuest({ machine: { channel: true }, options: { netd_wait: "30000" } });
  const { machine, forget } = recordMachine(guest.channel);
  try {
    await logIn(guest);
    const out = join(folder, "wire.pcapng");
    const entry = join(root, "sdk/cli/uusi.mjs");
    const flags = ["--out", out, "--count", "4", "--machine", machine.name];
    const child = spawn(process.execPath, [entry, "capture", ...flags], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    let code: number | null | undefined;
    const ended = new Promise<void>((resolve) => {
      child.once("close", (ending) => {
        code = ending;
        resolve();
      });
    });
    // Until the capture has begun there is nothing to see: ping on.
    while (code === undefined) {
      guest.type("ping 10.0.2.2 1\n");
      await guest.expect(/leivos\$ $/);
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 200))]);
    }
    await ended;
    t.is(code, 0, said);
    t.regex(said, /capture: 4 frames/);
    const frames = framesOf(readFileSync(out));
    t.is(frames.length, 4);
    const echoes = frames.filter((frame) => frame.readUInt16BE(12) === 0x0800 && frame[23] === 1);
    t.true(echoes.length >= 2);
    const kinds = echoes.map((frame) => frame[34]);
    t.true(kinds.includes(8) && kinds.includes(0), "requests and replies");
    const objects = (await guest.qmp.execute("qom-list", { path: "/objects" })) as {
      name: string;
    }[];
    t.false(objects.some(({ name }) => name.startsWith("capture-")));
  } finally {
    forget();
    await guest.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
