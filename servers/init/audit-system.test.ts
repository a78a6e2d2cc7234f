// The audit of a whole system on the simulated nucleus: who used what, who was refused what, by whom.
import test from "ava";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";

const system = await freshSystem();

/** Logs all entries of the audit 2 s after its start. */
const AUDITOR = `
  import { connect } from "../../../sdk/runtime/connect.ts";
  import { Session } from "../../../servers/init/contract.ts";
  run(async () => {
    ready();
    after(2e9, async () => {
      const init = await connect(Session, "/svc/session");
      for (let from = 0, more = true; more; ) {
        const page = await init.audit({ from });
        for (const e of page.entries)
          log("entry " + [e.kind, e.server, e.field, e.value, e.count, e.by].join(" ; "));
        from += page.entries.length;
        more = page.more;
      }
      log("done");
    });
  });`;

/** Is refused a name, a device, a permission and a right, several times. */
const GREEDY = `
  import { connect } from "../../../sdk/runtime/connect.ts";
  import { Memory } from "../../../sdk/runtime/memory.ts";
  import { Pci } from "../../../servers/pci/contract.ts";
  import { Net } from "../../../servers/netd/contract.ts";
  import { Session } from "../../../servers/init/contract.ts";
  run(async () => {
    ready();
    for (let i = 0; i < 5; i++) await connect(Net, "/svc/net");
    const pci = await connect(Pci, "/dev/pci");
    for (let i = 0; i < 4; i++) await pci.claim({ class: "virtio-net", vectors: 1 });
    const init = await connect(Session, "/svc/session");
    for (let i = 0; i < 2; i++) await init.log({ position: 0 });
    const memory = Memory.create(4096).handle();
    log("right: " + (new Memory(memory).map().sentence ?? "has it"));
  });`;

test("refusals of init and of servers, rights that are missing, grants in vain", async (t) => {
  let image = await withServer(system, AUDITOR, {
    name: "auditor",
    uses: ["/svc/session"],
    may: ["see", "manage"],
  });
  image = await withServer(image, GREEDY, {
    name: "greedy",
    uses: ["/dev/pci", "/svc/session", "/svc/random"],
    may: ["see"],
    privileges: ["log-read"],
  });
  const guest = await SimGuest.boot(image);
  await guest.login();
  await guest.pass(4e9);
  const log = await guest.command("log");
  t.regex(log, /auditor: done/);
  const has = (line: string) => t.true(log.includes(`entry ${line}`), `${line}\n${log}`);
  has("denied ; greedy ; uses ; /svc/net ; 5 ; init");
  has("denied ; greedy ; devices ; virtio-net ; 4 ; pci");
  has("denied ; greedy ; may ; log ; 2 ; init");
  has("unused ; greedy ; uses ; /svc/random ; 0 ; init");
  has("unused ; greedy ; may ; see ; 0 ; init");
  has("unused ; greedy ; privileges ; log-read ; 0 ; init");
  has("unused ; auditor ; may ; manage ; 0 ; init");
  t.false(log.includes("unused ; auditor ; may ; see"), "it has just used it");
  for (const name of ["virtio-net", "netd", "pci", "i8042", "random"])
    t.false(log.includes(`entry unused ; ${name} ;`), name);
  // Without a screen it has no use for the keyboard and the boot's log; the screen itself is no grant in vain where there is none.
  has("unused ; console ; privileges ; log-read ; 0 ; init");
  has("unused ; console ; uses ; /dev/keyboard ; 0 ; init");
  t.is(log.split("entry unused ; console").length, 3);
});
