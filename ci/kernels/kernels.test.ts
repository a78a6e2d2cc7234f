// All kernels in a server process, in both worlds: the same cases against published vectors, wrong arguments, traps; on the nucleus as
// machine code, and nothing else.
import test from "ava";
import { type ManifestFields, packManifest } from "../../sdk/contract/manifest.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";
import { loginPrompt } from "../qemu/booted-guest.ts";
import { diskGuest } from "../qemu/disk-guest.ts";
import { diskWithServer, everyKernel } from "./with-server.ts";

const kernels = [
  "aes",
  "blend",
  "bytes",
  "cells",
  "chacha20",
  "checksum",
  "ci-trouble",
  "crc32c",
  "poly1305",
  "scroll",
  "sha256",
];
const fields = { name: "kernels", kernels, restart: { when: "never" } } as const;

const keeper = {
  name: "jitter",
  kernels: ["checksum"],
  uses: ["/svc/code", "/svc/jit"],
  restart: { when: "never" },
} as const;

test("in the simulated nucleus", async (t) => {
  const system = await withServer(
    await freshSystem(),
    'import "../../../ci/kernels/main.ts";',
    fields,
  );
  const guest = await SimGuest.boot({ ...system, kernels: await everyKernel() });
  await guest.login();
  const log = await guest.command("log kernels");
  t.notRegex(log, /FAILED|uncaught/);
  t.regex(log, /11 cases, WebAssembly/);
});

/** Boots the system with one more server on the nucleus; what that has logged when `end` or its end came. */
async function onNucleus(entry: string, fields: ManifestFields, end: RegExp): Promise<string> {
  const disk = await diskWithServer(entry, fields, { netd_wait: "0" });
  const guest = await diskGuest(disk);
  try {
    await guest.expect(loginPrompt, 90_000);
    guest.type("dev\n");
    await guest.expect(/Password: $/, 60_000);
    guest.type("dev\n");
    await guest.expect(/leivos\$ $/, 60_000);
    let log = "";
    for (let tries = 0; tries < 60 && !end.test(log) && !/exited|ended/.test(log); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      guest.type(`log ${fields.name}\n`);
      const { input, index } = await guest.expect(/leivos\$ $/, 60_000);
      log = input.slice(0, index);
    }
    return log;
  } finally {
    await guest.close();
  }
}

test.serial("on the nucleus, native", async (t) => {
  // The loop without end takes some seconds.
  const log = await onNucleus("ci/kernels/main.ts", fields, /cases,/);
  t.notRegex(log, /FAILED|uncaught/);
  t.regex(log, /12 cases, native/);
});

test.serial("the code keeper, on the nucleus: a server runs what it has compiled", async (t) => {
  const log = await onNucleus("ci/kernels/keeper-main.ts", keeper, /of the code keeper/);
  t.notRegex(log, /FAILED|uncaught/);
  t.regex(log, /3 cases of the code keeper/);
});

test("the code keeper, in the simulated nucleus", async (t) => {
  const code = 'import "../../../ci/kernels/keeper-main.ts";';
  const guest = await SimGuest.boot(await withServer(await freshSystem(), code, keeper));
  await guest.login();
  await guest.pass(5e9);
  const log = await guest.command("log jitter");
  t.notRegex(log, /FAILED|uncaught/);
  t.regex(log, /3 cases of the code keeper/);
});

test("who may not compile is refused by init, which counts it", async (t) => {
  const code = 'import "../../../ci/kernels/keeper-main.ts";';
  const fields = { ...keeper, uses: ["/svc/code"] } as const;
  const guest = await SimGuest.boot(await withServer(await freshSystem(), code, fields));
  await guest.login();
  await guest.pass(5e9);
  t.regex(await guest.command("log jitter"), /no jit: .*\/svc\/jit/);
  t.regex(await guest.command("caps jitter"), /refused .*\/svc\/jit.*\(1 times\)/);
});

test("an image that is not for development takes no code of its own", async (t) => {
  const code = 'import "../../../ci/kernels/keeper-main.ts";';
  const { config, ...rest } = await withServer(await freshSystem(), code, keeper);
  const guest = await SimGuest.boot({ ...rest, config: { ...config, development: false } });
  await guest.login();
  await guest.pass(5e9);
  t.regex(await guest.command("log jitter"), /only a development image runs code compiled/);
  t.regex(await guest.command("log codekeeper"), /jitter: code of its own.*refused/);
});

test("the manifest that names the kernels is sound", (t) => {
  t.deepEqual(packManifest(fields).kernels, kernels);
});
