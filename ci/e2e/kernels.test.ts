// Servers of a booted system use Tape kernels, and as machine code: nothing falls back without a word.
import test from "ava";
import { Connection } from "../../sdk/cli/channel/connection.ts";
import { bytecode, serverCode } from "../../sdk/cli/push/server-code.ts";
import { swapCode } from "../../sdk/cli/push/swap-server.ts";
import { bundleServer } from "../../sdk/image/bundle.ts";
import { bootedGuest } from "../qemu/booted-guest.ts";

test("netd sums and the console draws with machine code, and with none but their own", async (t) => {
  const guest = await bootedGuest({ machine: { channel: true }, options: { netd_wait: "30000" } });
  const run = async (line: string): Promise<string> => {
    guest.type(`${line}\n`);
    const { input, index } = await guest.expect(/leivos\$ $/);
    return input.slice(0, index);
  };
  const connection = await Connection.open(guest.channel);
  try {
    guest.type("dev\n");
    await guest.expect(/Password: $/);
    guest.type("dev\n");
    await guest.expect(/leivos\$ $/);
    t.regex(await run("log console"), /kernel cells: native/);
    t.regex(await run("log netd"), /kernel checksum: native/);
    t.regex(await run("caps netd"), /kernel +checksum/);
    t.regex(await run("ping 10.0.2.2 2"), /2 sent, 2 received/);

    // Code that was built with another source of its kernel, as after a save.
    const { script } = await bundleServer("servers/netd/main.ts");
    const [hash = ""] = /[0-9a-f]{64}/.exec(script.slice(script.indexOf("kernelModule("))) ?? [];
    const another = (hash.startsWith("0") ? "1" : "0") + hash.slice(1);
    const { manifest, sources } = await serverCode("netd", "uusi");
    const code = await bytecode("netd-other-kernel", script.replaceAll(hash, another));
    let line = "";
    for (let tries = 0; tries < 20 && !/source has changed/.test(line); tries++)
      ({ line } = await swapCode(connection, { name: "netd", code, manifest, sources }));
    t.log(line);
    t.regex(line, /^refused netd because .*kernel checksum: its source has changed/);
    t.regex(await run("ping 10.0.2.2 2"), /2 sent, 2 received/);
  } finally {
    connection.close();
    await guest.close();
  }
});
