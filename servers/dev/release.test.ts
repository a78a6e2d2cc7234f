// init starts what is for development only in development images, even when the servers are there.
import test from "ava";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";

const system = await freshSystem();

test("in a release image the servers are not started, and the log says why", async (t) => {
  const config = { ...system.config, development: false };
  const guest = await SimGuest.boot({ ...system, config });
  await guest.login();
  const log = await guest.command("log");
  for (const name of ["dev", "virtio-serial", "serial-line"])
    t.regex(log, new RegExp(`^init: ${name} is not started: it is for development images`, "m"));
  t.notRegex(await guest.command("ps"), /virtio-serial|serial-line|\bdev\b/);
});

test("on a machine without a line to a host they end once, well, and stay ended", async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.login();
  const log = await guest.command("log");
  t.regex(log, /^virtio-serial: no line to a host: this machine has no virtio-serial device/m);
  t.notRegex(log, /^(dev|virtio-serial): .*restart in/m);
  t.notRegex(await guest.command("ps"), /virtio-serial|\bdev\b/);
});
