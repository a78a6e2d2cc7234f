// The console is swapped while somebody types: the login, the line, the interpreter's variables and every key stay.
import test from "ava";
import { pushingHost } from "../../sdk/sim/testing/pushing-host.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { serverScript } from "../../sdk/sim/testing/server-script.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";

const SWAPS = 6;

/** Swaps at 20 s, 21 s, ...: the test does its part in between. */
const body = `
  const pushed = [push("one"), push("two")];
  for (let i = 0; i < ${SWAPS}; i++) {
    await sleep((20 + i) * 1e9 - now());
    const [memory, size] = pushed[i % 2]!;
    const copy = memory.duplicate();
    if (copy instanceof Failure) throw new Error(copy.sentence);
    say(await swap(i % 2 === 0 ? "one" : "two", [new Memory(copy), size]));
  }
`;

test("login, line, variables and keys outlive a swap of the console", async (t) => {
  const variant = (mark: number) =>
    serverScript(`import "../../../servers/console/main.ts";\n(globalThis as any).mark = ${mark};`);
  const codes = { one: await variant(1), two: await variant(2) };
  const image = await withServer(await freshSystem(), pushingHost("console", codes, body), {
    name: "host",
    uses: ["/svc/session"],
    may: ["see", "manage", "log"],
    budget: 48 << 20,
  });
  const guest = await SimGuest.boot(image);
  const until = (second: number) => guest.pass(second * 1e9 - guest.machine.now);
  await guest.login();
  t.true(guest.machine.now < 15e9);
  await guest.command("var x = 41");
  guest.type("echo ab");
  await until(20.5);
  guest.type("cd\n");
  t.regex((await guest.expect(/abcd\r\n[\s\S]*leivos\$ $/)).input ?? "", /abcd/);
  await until(21.5);
  t.regex(await guest.command("x + 1"), /^42\r?$/m);
  // one key after the other, over two swaps
  const text = "echo the quick brown fox jumps over the lazy dog";
  for (const [i, letter] of Array.from(text).entries()) {
    await until(21.6 + i * 0.04);
    guest.type(letter);
  }
  await until(23.9);
  guest.type("\n");
  await guest.expect(/the quick brown fox jumps over the lazy dog\r\n[\s\S]*leivos\$ $/);
  // a command that runs refuses the swap
  await until(23.95);
  guest.type("ping 10.0.2.2 2\n");
  await until(24.3);
  await guest.expect(/2 sent, 2 received[\s\S]*leivos\$ $/);
  await until(26);
  const log = await guest.command("log host");
  t.log(log);
  t.is(log.match(/swapped console /g)?.length, SWAPS - 1);
  t.is(
    log.match(/refused console because (?:a command runs at the terminal|1 call of its own)/g)
      ?.length,
    1,
  );
  t.regex(await guest.command("ps"), /console/);
});
