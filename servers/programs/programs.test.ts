// The server of programs on the simulated nucleus, whose image holds no machine code: it answers, refuses and ends.
import test from "ava";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";

const system = await freshSystem();

test("an image without programs lists none and runs none", async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.login();
  const lines = async (line: string) => (await guest.command(line)).replaceAll("\r", "");
  t.regex(await lines("run"), /^PROGRAM +BYTES +USES\n$/);
  t.regex(await lines("run hello"), /^the image has no program system/);
  t.regex(await lines(`run hello ${"x".repeat(3100)}`), /^a program takes at most 64 arguments/);
  t.regex(await lines("caps programs"), /programs/);
  // It is there again for whoever comes next.
  t.regex(await lines("run"), /^PROGRAM/);
});
