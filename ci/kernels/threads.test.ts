// Native threads of a server in both worlds: the same cases, and what a trap of the kernel comes to.
import test from "ava";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";
import { loginPrompt } from "../qemu/booted-guest.ts";
import { diskGuest } from "../qemu/disk-guest.ts";
import { diskWithServers, everyKernel } from "./with-server.ts";

const threads = { name: "threads", kernels: ["ci-ticker"], restart: { when: "never" } } as const;
const trapper = { ...threads, name: "trapper" } as const;

const trap =
  /uncaught: \w*: ticker: index out of range at ticker\.ticker ci\/kernels\/ticker\.tape:\d+/;

test("in the simulated nucleus", async (t) => {
  const one = await withServer(
    await freshSystem(),
    'import "../../../ci/kernels/thread-all-main.ts";',
    threads,
  );
  const system = await withServer(
    one,
    'import "../../../ci/kernels/thread-trap-main.ts";',
    trapper,
  );
  const guest = await SimGuest.boot({ ...system, kernels: await everyKernel() });
  await guest.login();
  await guest.pass(5e9);
  const log = await guest.command("log threads");
  t.notRegex(log, /FAILED|uncaught/);
  t.regex(log, /19 cases of native threads/);
  const trapped = await guest.command("log trapper");
  t.regex(trapped, trap);
});

test("in the simulated nucleus a tick comes at once beside JavaScript that computes", async (t) => {
  const fields = {
    name: "ticks-bench",
    kernels: ["ci-ticker"],
    restart: { when: "never" },
  } as const;
  for (const cpus of [1, 2]) {
    const code = 'import "../../../ci/bench/ticks/main.ts";';
    const system = await withServer(await freshSystem(), code, fields);
    const guest = await SimGuest.boot({ ...system, kernels: await everyKernel(), cpus });
    await guest.login();
    await guest.pass(8e9);
    const log = await guest.command("log ticks-bench");
    const [, ...found] = /bench computes (\d+) (\d+) (\d+) (\d+)/.exec(log) ?? [];
    t.log(`${cpus}: ${found.join(" ")}`);
    const [count, middle, most] = [Number(found[0]), Number(found[1]), Number(found[3])];
    t.is(count, 1000);
    // What else runs on its processor takes some turns; JavaScript's 50 ms, or a quantum of 5 ms, are not among them.
    t.true(middle < 100_000 && most < 2_000_000, log);
  }
});

test("on the nucleus", async (t) => {
  const disk = await diskWithServers(
    [
      { entry: "ci/kernels/thread-all-main.ts", fields: threads },
      { entry: "ci/kernels/thread-trap-main.ts", fields: trapper },
    ],
    { netd_wait: "0" },
  );
  const guest = await diskGuest(disk);
  try {
    await guest.expect(loginPrompt, 90_000);
    guest.type("dev\n");
    await guest.expect(/Password: $/, 60_000);
    guest.type("dev\n");
    await guest.expect(/leivos\$ $/, 60_000);
    const logOf = async (name: string, end: RegExp) => {
      let log = "";
      for (let tries = 0; tries < 60 && !end.test(log); tries++) {
        if (tries > 0) await new Promise((resolve) => setTimeout(resolve, 500));
        guest.type(`log ${name}\n`);
        const { input, index } = await guest.expect(/leivos\$ $/, 60_000);
        log = input.slice(0, index);
      }
      return log;
    };
    const log = await logOf("threads", /cases of|uncaught|FAILED/);
    t.notRegex(log, /FAILED|uncaught/);
    t.regex(log, /19 cases of native threads/);
    t.regex(await logOf("trapper", /uncaught/), trap);
  } finally {
    await guest.close();
  }
});
