// A kernel of another compiler: made anew before its server starts where the image is for development, refused in words on a release.
import test from "ava";
import { buildKernel } from "../../sdk/image/kernel-modules.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";

const server = `
import { run } from "../../../sdk/runtime/run.ts";
import { log, ready } from "../../../sdk/runtime/supervisor.ts";
import { crc32c } from "../../../tape/kernels/crc32c.tape";
run(() => {
  ready();
  log("sum " + crc32c(new Uint8Array([1, 2, 3]), 0).toString(16));
});
`;
const fields = { name: "sums", kernels: ["crc32c"], restart: { when: "never" } } as const;

/** The system with a server whose kernel says that another compiler wrote it; what its log and init's say. */
async function logs(change: (file: Uint8Array) => void, development: boolean) {
  const { config, ...rest } = await withServer(await freshSystem(), server, fields);
  const file = Uint8Array.from((await buildKernel("tape/kernels/crc32c.tape")).file);
  change(file);
  const kernels = { ...rest.kernels, crc32c: file };
  const guest = await SimGuest.boot({ ...rest, kernels, config: { ...config, development } });
  await guest.login();
  await guest.pass(5e9);
  return { sums: await guest.command("log sums"), init: await guest.command("log init") };
}

/** Words of the head (tape/native/README.md): version, features. */
const VERSION = 4;
const FEATURES = 8;
const OF_NO_PROCESSOR = 0x4000_0000;

test("a kernel of another compiler is made anew on a development image", async (t) => {
  const { sums, init } = await logs((file) => file.set([9], VERSION), true);
  t.regex(init, /init: kernel crc32c: it is of another compiler: compiled anew/);
  t.regex(sums, /sum f130f21e/);
});

test("a kernel for a processor that is not there is made anew on a development image", async (t) => {
  const change = (file: Uint8Array) =>
    new DataView(file.buffer).setUint32(FEATURES, 3 | OF_NO_PROCESSOR, true);
  const { sums, init } = await logs(change, true);
  t.regex(init, /init: kernel crc32c: it asks for features .* no name here: compiled anew/);
  t.regex(sums, /sum f130f21e/);
});

test("one that can't be made anew keeps its server from running, and the log says why", async (t) => {
  const change = (file: Uint8Array) => {
    file.set([9], VERSION);
    const view = new DataView(file.buffer);
    file[view.getUint32(16 + 4, true) + 40]! ^= 1;
  };
  const { sums, init } = await logs(change, true);
  t.regex(
    init,
    /init: kernel crc32c: it is of another compiler: it is not compiled anew: its bytecode/,
  );
  t.regex(sums, /it is of another compiler; build the image again/);
  t.notRegex(sums, /sum /);
});

test("on a release it is refused", async (t) => {
  const { sums, init } = await logs((file) => file.set([9], VERSION), false);
  t.notRegex(init, /compiled anew/);
  t.regex(sums, /kernel crc32c: it is of another compiler; build the image again/);
  t.notRegex(sums, /sum /);
});
