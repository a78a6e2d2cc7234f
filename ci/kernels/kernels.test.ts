// All kernels in a server process, in both worlds: the same cases against published vectors, wrong arguments, traps; on the nucleus as
// machine code, and nothing else.
import test from "ava";
import { packManifest } from "../../sdk/contract/manifest.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";
import { loginPrompt } from "../qemu/booted-guest.ts";
import { Guest } from "../qemu/guest.ts";
import { diskWithServer, everyKernel } from "./with-server.ts";

const kernels = [
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
  t.regex(log, /10 cases, WebAssembly/);
});

test("on the nucleus, native", async (t) => {
  const disk = await diskWithServer("ci/kernels/main.ts", fields, { netd_wait: "0" });
  const guest = await Guest.start({
    cpus: 2,
    memory: "512M",
    accelerator: "tcg",
    network: { kind: "none" },
    icount: false,
    disk,
    display: "none",
    serial: true,
    exitOnReset: true,
  });
  try {
    await guest.expect(loginPrompt, 90_000);
    guest.type("dev\n");
    await guest.expect(/Password: $/, 60_000);
    guest.type("dev\n");
    await guest.expect(/leivos\$ $/, 60_000);
    let log = "";
    // The loop without end takes some seconds.
    for (let tries = 0; tries < 60 && !/cases,|code/.test(log); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      guest.type("log kernels\n");
      const { input, index } = await guest.expect(/leivos\$ $/, 60_000);
      log = input.slice(0, index);
    }
    t.notRegex(log, /FAILED|uncaught/);
    t.regex(log, /11 cases, native/);
  } finally {
    await guest.close();
  }
});

test("the manifest that names the kernels is sound", (t) => {
  t.deepEqual(packManifest(fields).kernels, kernels);
});
