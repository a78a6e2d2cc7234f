// Servers of a booted system use Tape kernels, and as machine code: nothing falls back without a word.
import test from "ava";
import { Connection } from "../../sdk/cli/channel/connection.ts";
import { bytecode, serverCode } from "../../sdk/cli/push/server-code.ts";
import { swapCode } from "../../sdk/cli/push/swap-server.ts";
import { bundleServer } from "../../sdk/image/bundle.ts";
import { bootedGuest } from "../qemu/booted-guest.ts";
import { command, logIn } from "../qemu/person.ts";

/** Where the head of a kernel's file has the hash of its source (tape/native/README.md). */
const SOURCE = 96;

test("netd sums and the console draws with machine code, and with none but their own", async (t) => {
  const guest = await bootedGuest({ machine: { channel: true }, options: { netd_wait: "30000" } });
  const run = (line: string) => command(guest, line);
  const connection = await Connection.open(guest.channel);
  try {
    await logIn(guest);
    t.regex(await run("log console"), /kernel cells: native/);
    t.regex(await run("log netd"), /kernel checksum: native/);
    t.regex(await run("caps netd"), /kernel +checksum/);
    t.regex(await run("ping 10.0.2.2 2"), /2 sent, 2 received/);

    // Code that was built with another source of its kernel, as after a save: alone it is refused, with that kernel it swaps.
    const { script } = await bundleServer("servers/netd/main.ts");
    const [hash = ""] = /[0-9a-f]{64}/.exec(script.slice(script.indexOf("kernelModule("))) ?? [];
    const another = (hash.startsWith("0") ? "1" : "0") + hash.slice(1);
    const { manifest, sources, kernels = [] } = await serverCode("netd", "uusi");
    const saved = kernels.map(({ name, file }) => {
      const bytes = Uint8Array.from(file);
      if (name === "checksum") bytes.set(Buffer.from(another, "hex"), SOURCE);
      return { name, file: bytes };
    });
    const code = await bytecode("netd-other-kernel", script.replaceAll(hash, another));
    let line = "";
    for (let tries = 0; tries < 20 && !/source has changed/.test(line); tries++)
      ({ line } = await swapCode(connection, { name: "netd", code, manifest, sources }));
    t.log(line);
    t.regex(line, /^refused netd because .*kernel checksum: its source has changed/);
    t.regex(await run("ping 10.0.2.2 2"), /2 sent, 2 received/);
    for (let tries = 0; tries < 20 && !/^swapped/.test(line); tries++) {
      const next = { name: "netd", code, manifest, sources, kernels: saved };
      ({ line } = await swapCode(connection, next));
    }
    t.log(line);
    t.regex(line, /^swapped netd /);
    t.regex(await run("ping 10.0.2.2 2"), /2 sent, 2 received/);
    // a try that was refused for its time has said so, too
    const tiers = (await run("log netd")).match(/kernel checksum: \w+/g) ?? [];
    t.true(tiers.length > 1 && tiers.every((each) => each === "kernel checksum: native"));
  } finally {
    connection.close();
    await guest.close();
  }
});
