// The whole system on the simulated nucleus: boot, login, the shell, and servers that die.
import test from "ava";
import { address } from "./wire/frames.ts";
import { defaultLease } from "./wire/gateway.ts";
import { freshSystem, SimGuest } from "./testing/sim-guest.ts";

const system = await freshSystem();

test("boots to login, each line once and in order", async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.expect(/leivos login: $/);
  const lines = guest.text.split(/\r?\n/).filter((line) => line.startsWith("[ok]"));
  t.deepEqual(lines, ["[ok] scheduler: 2 logical CPUs", "[ok] netd: dhcp BOUND ip=10.0.2.15"]);
});

test("the same seed repeats a run byte for byte and in virtual time, another does not", async (t) => {
  const run = async (seed: number) => {
    const guest = await SimGuest.boot({ ...system, seed, cpus: 3 });
    await guest.login();
    const wire = guest.machine.board.gateway?.capture.map(({ frame }) => frame.join()).join("\n");
    return { text: guest.text, now: guest.machine.now, wire };
  };
  const first = await run(5);
  t.deepEqual(await run(5), first);
  t.not((await run(6)).wire, first.wire); // DHCP's transaction is random
});

for (const cpus of [1, 8]) {
  test(`${cpus} processors are counted`, async (t) => {
    const guest = await SimGuest.boot({ ...system, cpus });
    await guest.expect(/leivos login: $/);
    t.true(guest.text.includes(`[ok] scheduler: ${cpus} logical CPUs`));
  });
}

test("without a card the login comes, the netd line does not, and the reason is logged", async (t) => {
  const guest = await SimGuest.boot({ ...system, board: { net: false } });
  await guest.expect(/leivos login: $/);
  t.false(guest.text.includes("[ok] netd"));
  t.regex(guest.text, /netd/);
});

test("another DHCP server's range gives another address", async (t) => {
  const ip = (text: string) => address(text);
  const lease = {
    ...defaultLease,
    client: ip("10.9.8.77"),
    server: ip("10.9.8.1"),
    router: ip("10.9.8.1"),
  };
  const guest = await SimGuest.boot({ ...system, board: { lease } });
  await guest.expect(/\[ok\] netd: dhcp BOUND ip=10\.9\.8\.77/);
  t.is(guest.machine.board.gateway?.dhcp.state, "bound");
});

test("the wire from boot to 60 s idle holds ARP and DHCP and nothing else", async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.expect(/leivos login: $/);
  await guest.pass(60e9);
  const kinds = new Set(
    guest.machine.board.gateway?.capture.map(({ frame }) => {
      const type = ((frame[12] as number) << 8) | (frame[13] as number);
      const port = ((frame[36] as number) << 8) | (frame[37] as number);
      return type === 0x0806 ? "arp" : `${type.toString(16)}/${frame[23]}/${port}`;
    }),
  );
  for (const kind of kinds) t.true(["arp", "800/17/67", "800/17/68"].includes(kind), kind);
});

test("the system answers ping", async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.expect(/leivos login: $/);
  for (let i = 1; i <= 3; i++) guest.machine.board.gateway?.ping(i);
  await guest.pass(1e9);
  t.deepEqual(guest.machine.board.gateway?.echoed, [1, 2, 3]);
});

test("a wrong password is refused, the right one logs in", async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.expect(/leivos login: $/);
  guest.type("dev\nwrong\n");
  await guest.expect(/leivos login: $/);
  t.notRegex(guest.text, /leivos\$/);
  guest.type("dev\n");
  await guest.expect(/Password: /);
  guest.type("dev\n");
  await guest.expect(/leivos\$ $/);
  t.notRegex(guest.text, /wrong/);
});

test("binary noise and a line of 100,000 characters disturb nobody", async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.login();
  guest.machine.board.type(Uint8Array.from({ length: 3000 }, (_, i) => (i * 7919) >> 3));
  guest.type("\u0003\n");
  await guest.expect(/leivos\$ $/);
  guest.type(`echo ${"x".repeat(100_000)}\n`);
  await guest.expect(/leivos\$ $/);
  guest.type("\u0003\n");
  t.regex(await guest.command("echo still here"), /still here/);
});

test("ping works in the shell, and poweroff switches off", async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.login();
  t.regex(await guest.command("ping 10.0.2.2"), /4 sent, 4 received/);
  guest.type("poweroff\n");
  t.is(await guest.machine.run(() => false, guest.machine.now + 60e9), "off");
});

test("a bundle whose digest differs is not started, and the rest is", async (t) => {
  const bundles = { ...system.bundles, random: `${system.bundles.random}\n// changed` };
  const guest = await SimGuest.boot({ ...system, bundles });
  await guest.login();
  t.regex(await guest.command("log"), /random: cannot start: bundle.random is not the code/);
  t.notRegex(await guest.command("ps"), /random/);
});

test("a manifest that asks for what does not exist gets one clear line", async (t) => {
  const servers = system.config.servers.map((server) =>
    server.name === "i8042"
      ? { ...server, manifest: { ...(server.manifest as object), devices: ["warp-drive"] } }
      : server,
  );
  const guest = await SimGuest.boot({ ...system, config: { ...system.config, servers } });
  await guest.login();
  t.regex(await guest.command("log"), /i8042.*warp-drive/);
});

test("no configuration at all: init says so", async (t) => {
  const { bundles } = system;
  const guest = await SimGuest.boot({ bundles });
  await guest.expect(/configuration: .*build the image again/);
  t.not(guest.machine.stop, "panic");
});
