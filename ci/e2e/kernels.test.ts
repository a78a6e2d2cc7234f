// Servers of a booted system use Tape kernels, and as machine code: nothing falls back without a word.
import test from "ava";
import { bootedGuest } from "../qemu/booted-guest.ts";

test("netd sums and the console draws with machine code", async (t) => {
  const guest = await bootedGuest({ options: { netd_wait: "30000" } });
  try {
    guest.type("dev\n");
    await guest.expect(/Password: $/);
    guest.type("dev\n");
    await guest.expect(/leivos\$ $/);
    guest.type("log console\n");
    const said = await guest.expect(/leivos\$ $/);
    t.regex(said.input.slice(0, said.index), /kernel cells: native/);
    guest.type("log netd\n");
    const log = await guest.expect(/leivos\$ $/);
    t.regex(log.input.slice(0, log.index), /kernel checksum: native/);
    guest.type("ping 10.0.2.2 2\n");
    await guest.expect(/2 sent, 2 received/);
    guest.type("caps netd\n");
    await guest.expect(/kernel +checksum/);
  } finally {
    await guest.close();
  }
});
