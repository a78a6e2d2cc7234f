// tape is swapped under a conversation: variables, functions, answers of the world and connections stay; a script that runs refuses it.
import test from "ava";
import { pushingHost } from "../../sdk/sim/testing/pushing-host.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { serverScript } from "../../sdk/sim/testing/server-script.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";

/** Swaps at 20 s, 30 s, ...: the test does its part in between. */
const body = `
  const [memory, size] = push("one");
  for (let i = 0; i < 4; i++) {
    await sleep((20 + 10 * i) * 1e9 - now());
    const copy = memory.duplicate();
    if (copy instanceof Failure) throw new Error(copy.sentence);
    say(await swap("one", [new Memory(copy), size]));
  }
`;

test("a conversation goes on in the new code; a script that runs is named", async (t) => {
  t.timeout(400_000);
  const one = await serverScript(
    `import "../../../servers/tape/main.ts";\n(globalThis as any).mark = 1;`,
  );
  const image = await withServer(await freshSystem(), pushingHost("tape", { one }, body), {
    name: "host",
    uses: ["/svc/session"],
    may: ["see", "manage", "log"],
    budget: 64 << 20,
  });
  const guest = await SimGuest.boot(image);
  const until = (second: number) => guest.pass(second * 1e9 - guest.machine.now);
  /** What a line printed: the prompt counts where it stands alone, a line that is redrawn has it too. */
  const line = async (text: string) => {
    const from = guest.text.length;
    guest.type(`${text}\n`);
    await guest.expect(/\nleivos\$ $/);
    const said = guest.text.slice(from).replaceAll("\r", "");
    return said.slice(said.indexOf("\n") + 1, said.lastIndexOf("leivos$ "));
  };
  await guest.login();
  await until(17);
  const said = [
    await line("let x = 5"),
    await line("var y = 6"),
    await line('fn twice(s: string) -> string { return "{s}{s}"; }'),
    await line("let then = uptime()"),
    await line('import web from "net"'),
    await line('var s = web.connect("127.0.0.1", 80) or { os.exit(1); return; }'),
  ];
  t.is(said.join(""), "");
  t.is(await line('s.write("GET / HTTP/1.0\\r\\nHost: a\\r\\n") or -1'), "25\n");
  const uptime = await line("then");
  t.true(guest.machine.now < 20e9, `${guest.machine.now}`);
  await until(25);
  t.is(await line("x"), "5\n");
  t.is(await line("y"), "6\n");
  t.is(await line("y = y + 36"), "");
  t.is(await line('twice("ab")'), "abab\n");
  t.is(await line("then"), uptime);
  t.is(await line("len(services()) > 5"), "true\n", "the lent session is there");
  t.is(await line('s.write("\\r\\n") or -1'), "2\n");
  t.regex(await line('s.read() or "none"'), /^HTTP\/1/);
  t.true(guest.machine.now < 30e9, `${guest.machine.now}`);
  await until(35);
  t.is(await line("y"), "42\n");
  t.is(await line("len(ps()) > 5"), "true\n");
  await until(39);
  guest.type('sleep(5000); io.println("slept")\n');
  await guest.expect(/\r\nslept\r\n[\s\S]*leivos\$ $/);
  t.true(guest.machine.now < 49e9, `${guest.machine.now}`);
  await until(55);
  t.is(await line("y"), "42\n");
  const log = await line("log host");
  const lines = log.match(/(?:swapped|refused|restarted|failed).*/g) ?? [];
  t.log(lines);
  t.is(lines.length, 4);
  for (const i of [0, 1, 3]) t.regex(lines[i]!, /^swapped tape [\d.]+ ms \(paused /);
  t.regex(
    lines[2]!,
    /^refused tape because the script `sleep\(5000\); io\.println\("slept"\)` runs for account:dev/,
  );
});
