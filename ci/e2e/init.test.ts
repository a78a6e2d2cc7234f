// init in QEMU: it dies and goes on while the network works, is swapped, refuses bad code, and goes back; nobody else notices.
import test from "ava";
import { Connection } from "../../sdk/cli/channel/connection.ts";
import { liveSource } from "../../sdk/cli/channel/live.ts";
import { rollBack, swapCode } from "../../sdk/cli/push/swap-server.ts";
import { bootedGuest } from "../qemu/booted-guest.ts";
import { variantOf } from "./server-variant.ts";
import { logIn } from "../qemu/person.ts";

test.serial("init dies and is swapped while a ping runs; no server is started again", async (t) => {
  t.timeout(300_000);
  const guest = await bootedGuest({ machine: { channel: true }, options: { netd_wait: "30000" } });
  const connection = await Connection.open(guest.channel);
  const starts = async () =>
    (await liveSource(connection).servers()).map((each) => `${each.name} ${each.starts}`);
  try {
    await logIn(guest);
    const before = await starts();
    guest.type("ping 10.0.2.2 5\n");
    await guest.expect(/seq=1 /);
    const good = await variantOf("init", "good", "(globalThis as any).mark = 1;");
    let line = "";
    for (let tries = 0; tries < 20 && !line.startsWith("swapped"); tries++)
      line = (await swapCode(connection, good)).line;
    t.log(line);
    t.regex(line, /^swapped init [\d.]+ ms \(paused [\d.]+ ms, \d+ streams kept\)/);
    await guest.expect(/5 sent, 5 received[\s\S]*leivos\$ $/);
    const bad = await variantOf("init", "bad", "throw new Error('no such day');");
    t.regex((await swapCode(connection, bad)).line, /^refused init because .*no such day/);

    guest.type("kill init\n");
    await guest.expect(/leivos\$ $/);
    guest.type("ping 10.0.2.2 2\n");
    await guest.expect(/2 sent, 2 received[\s\S]*leivos\$ $/);
    t.deepEqual(await starts(), before);
    await t.throwsAsync(rollBack(connection, "init"), { message: /nothing to go back to/ });
    guest.type("log init\n");
    await guest.expect(/init: ended \(reason 0, code 137\), begins anew on its vault/);
    await guest.expect(/init: goes on with \d+ running servers[\s\S]*leivos\$ $/);

    guest.type("kill httpd\n"); // and init goes on with its work
    await guest.expect(/leivos\$ $/);
    for (let tries = 0; tries < 100; tries++) {
      if ((await starts()).includes("httpd 2")) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    t.true((await starts()).includes("httpd 2"));
  } finally {
    connection.close();
    await guest.close();
  }
});
