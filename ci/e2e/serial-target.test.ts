// `--target`: a system behind a serial port, which is a pseudo-terminal of QEMU here: looked at, swapped, and served again after noise and hosts
// that died half-way.
import { spawn } from "node:child_process";
import {
  closeSync,
  constants,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import test from "ava";
import { encodeFrame, frameFlags, frameKinds } from "../../sdk/channel/frame.ts";
import { bootedGuest } from "../qemu/booted-guest.ts";
import { devProcess } from "./dev-process.ts";
import { copyTree } from "./tree-copy.ts";

function uusi(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(process.cwd(), "sdk/cli/uusi.mjs"), ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = { out: "", err: "" };
    for (const [stream, name] of [
      [child.stdout, "out"],
      [child.stderr, "err"],
    ] as const)
      stream.setEncoding("utf8").on("data", (text: string) => {
        said[name] += text;
      });
    child.once("close", (code) => resolve({ code, ...said }));
  });
}

/** Sends bytes over the port and goes away without a word. */
function sendAndDie(path: string, bytes: Uint8Array): void {
  const port = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  writeSync(port, bytes);
  closeSync(port);
}

test("a machine at a serial port", async (t) => {
  t.timeout(240_000);
  const guest = await bootedGuest({ machine: { channel: "pty" }, options: { netd_wait: "30000" } });
  try {
    const devices = (await guest.qmp.execute("query-chardev")) as {
      label: string;
      filename: string;
    }[];
    const path = devices.find(({ label }) => label === "channel0")!.filename.replace(/^pty:/, "");
    const ps = await uusi("ps", "--json", "--target", path);
    t.is(ps.code, 0, ps.err);
    const names = JSON.parse(ps.out).processes.map((each: { name: string }) => each.name);
    for (const name of ["init", "serial-line", "dev"]) t.true(names.includes(name), ps.out);
    t.false(names.includes("virtio-serial"), ps.out);

    const payload = new Uint8Array(900).fill(0x55);
    const head = { flags: frameFlags.END, session: 9, sequence: 0 };
    const data = encodeFrame({ ...head, kind: frameKinds.DATA, payload });
    sendAndDie(
      path,
      Uint8Array.from({ length: 3000 }, (_, i) => (i * 7919) & 255),
    );
    sendAndDie(
      path,
      Buffer.concat([
        encodeFrame({ ...head, kind: frameKinds.OPEN, payload: new Uint8Array([1, 0]) }),
        data.subarray(0, 500),
      ]),
    );
    const log = await uusi("log", "serial-line", "--target", path);
    t.is(log.code, 0, log.err);
    t.regex(log.out, /line to the host at the second serial port/);

    const swap = await uusi("swap", "random", "--target", path);
    t.is(swap.code, 0, swap.out + swap.err);
    t.regex(swap.out, /^(swapped|restarted) random/);

    // as one who works on a machine at the end of a cable does: each save has its line
    const copy = copyTree("target");
    const { child, next, ended, all } = devProcess(copy, "--target", path);
    const guard = setTimeout(() => child.kill("SIGKILL"), 150_000);
    try {
      await next(/^dev: watching .*\n/m);
      const file = join(copy, "servers/random/main.ts");
      const good = readFileSync(file, "utf8");
      writeFileSync(file, good.replace("no source of entropy", "nothing random at all"));
      t.regex(await next(/^(?:swapped|restarted|refused) random .*\n/m), /^swapped random /, all());
      writeFileSync(file, `${good}}\n`);
      t.regex(await next(/^refused random .*\n/m), /main\.ts:\d+:1: Unexpected "}"/);
    } finally {
      child.kill("SIGINT");
      await ended;
      clearTimeout(guard);
      rmSync(copy, { recursive: true, force: true });
    }
    t.is((await uusi("ps", "--target", path)).code, 0, "the machine goes on without its host");

    const both = await uusi("ps", "--target", path, "--machine", "1");
    t.is(both.code, 2);
    t.regex(both.err, /--target and --machine name different machines/);
    const none = await uusi("ps", "--target", "/dev/no-such-port");
    t.regex(none.err, /there is no \/dev\/no-such-port; --target names a serial port/);
  } finally {
    await guest.close();
  }
});
