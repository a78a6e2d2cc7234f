// The word before the end in QEMU: a turn that reaches the limit of time, a heap that is full of what is kept, an async function that fills it.
import test from "ava";
import { packManifest } from "../../sdk/contract/manifest.ts";
import { limitServer, witnessServer } from "../../sdk/sim/testing/limit-server.ts";
import { Ticker } from "../../servers/init/testing/ticker.contract.ts";
import { loginPrompt } from "../qemu/booted-guest.ts";
import { diskGuest } from "../qemu/disk-guest.ts";
import { command, commandUntil, logIn } from "../qemu/person.ts";
import { diskWith } from "./added-servers.ts";

const fill = "for (;;) leak.push(new Array(100).fill(leak.length));";
const limited = {
  timely: "for (;;) kept.data = { turns: kept.data.turns + 100 };",
  heapful: fill,
  promising: `(async () => { await undefined; ${fill} })();`,
};

test("a server that reaches a limit is told, and nothing of the turn has an effect", async (t) => {
  t.timeout(300_000);
  const uses = ["/svc/witness"] as const;
  const added = [
    {
      code: witnessServer,
      manifest: packManifest({ name: "witness", serves: { "/svc/witness": Ticker } }),
    },
    ...Object.entries(limited).map(([name, work]) => ({
      code: limitServer(work),
      manifest: packManifest({ name, uses, budget: 6 << 20, restart: { when: "failure" } }),
    })),
  ];
  const guest = await diskGuest(await diskWith("limits", added, [], {}));
  try {
    await guest.expect(loginPrompt, 120_000);
    await logIn(guest);
    for (const [name, code, why] of [
      ["timely", 71, "a turn took more than 2 s of processor time"],
      ["heapful", 70, "its heap has reached its limit"],
      ["promising", 70, "its heap has reached its limit"],
    ] as const) {
      const again = new RegExp(`${name}: begins with 2\\n`);
      const log = await commandUntil(guest, `log ${name}`, again);
      t.regex(log, again, log);
      t.regex(log, new RegExp(`${name}: told: ${why}, within 0\\n`), log);
      t.regex(log, new RegExp(`${name}: exited with code ${code}`), log);
    }
    const heard = await command(guest, "log witness");
    t.is(heard.match(/heard 7\n/g)?.length, 3, heard);
    t.notRegex(heard, /heard 1000/);
  } finally {
    await guest.close();
  }
});
