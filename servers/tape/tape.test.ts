// Scripts in the whole system on the simulated nucleus, from the shell: values, the system's contracts, faults, limits.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import test from "ava";
import { readArchive, writeFileArchive } from "../../sdk/image/file-archive.ts";
import { passwordHash } from "../../sdk/image/development-account.ts";
import { scriptCode } from "../../sdk/image/script-code.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { header } from "../../tape/native/file.ts";

const system = await freshSystem();

async function loggedIn(): Promise<SimGuest> {
  const guest = await SimGuest.boot({ ...system });
  await guest.login();
  return guest;
}

/** What a command printed, with the line ends of a text file. */
async function lines(guest: SimGuest, line: string): Promise<string> {
  return (await guest.command(line)).replaceAll("\r", "");
}

test("an expression shows its value, statements run", async (t) => {
  const guest = await loggedIn();
  t.is(await lines(guest, "tape '1 + 2 * 3'"), "7\n");
  t.is(
    await lines(guest, `tape 'for (i in 0..3) { io.println("line {i}"); }'`),
    "line 0\nline 1\nline 2\n",
  );
  t.is(await lines(guest, `tape 'io.print("no line break")'`), "no line break\n");
  t.is(await lines(guest, "tape 'tier()'"), "interpreter\n", "there is no machine code here");
  t.is(await lines(guest, "tape 'fn double(n: i64) -> i64 { return n * 2; } double(21)'"), "42\n");
});

test("the system's facts are values that pipes carry", async (t) => {
  const guest = await loggedIn();
  const names = await lines(
    guest,
    "tape 'ps() |> where(fn(p) => p.cpu >= 0) |> each(fn(p) => io.println(p.name))'",
  );
  for (const name of ["init", "netd", "console", "tape"])
    t.true(names.split("\n").includes(name), names);
  t.notRegex(names, /cpu/, "the list that `each` passes on is not shown");
  t.is(
    await lines(
      guest,
      `tape 'services() |> where(fn(s) => s.name == "/svc/net") |> collect(fn(s) => s.server)'`,
    ),
    '["netd"]\n',
  );
  t.regex(
    await lines(guest, `tape 'log("netd") |> each(fn(l) => io.println(l))'`),
    /netd: dhcp BOUND/,
  );
  const before = await lines(guest, "ps");
  t.is(await lines(guest, `tape 'kill("random")'`), "");
  await guest.pass(2e9);
  t.regex(await lines(guest, "log random"), /random: .*by account dev/);
  t.regex(await lines(guest, "ps"), /random +running.* 2$/m);
  t.regex(before, /random +running.* 1$/m);
});

test("a contract's calls are functions of `svc:` modules, their arguments typed", async (t) => {
  const guest = await loggedIn();
  t.is(await lines(guest, "tape 'net.status().address'"), "10.0.2.15\n");
  t.regex(await lines(guest, "tape 'net.status()'"), /^\{"link": true, .*"dhcp": "bound", /);
  t.regex(await lines(guest, "tape 'net.status().adress'"), /error.*has no field `adress`\n/);
  t.regex(
    await lines(guest, "tape 'len(random.bytes(8).bytes)'"),
    /^trap: account dev may not open \/svc\/random/,
  );
  t.is(
    await lines(
      guest,
      `tape 'import net from "svc:net"; net.ping("10.0.2.2", 56, 1000000000).outcome'`,
    ),
    "reply\n",
  );
  t.regex(
    await lines(guest, `tape 'net.ping("10.0.2.2", 70000, 1)'`),
    /^script.tape:1:22: error\[T0405\].*\n.*\n.*\n.*\^{5}$/m,
  );
  t.regex(
    await lines(guest, `tape 'net.ping("nowhere", 56, 1)'`),
    /^trap: .*\n +at script.main \(script.tape:1\)\n$/,
  );
});

test("every service of the tree can be imported", async (t) => {
  const guest = await loggedIn();
  for (const name of readdirSync("servers")) {
    const path = `servers/${name}/manifest.ts`;
    const served = existsSync(path)
      ? readFileSync(path, "utf8").matchAll(/"\/svc\/([\w-]+)":/g)
      : [];
    for (const [, service] of served)
      t.is(await lines(guest, `tape 'import that from "svc:${service}"; 1'`), "1\n", service);
  }
});

test("a script does what its account may do and no more", async (t) => {
  const password = passwordHash("guest", Buffer.from("a salt of sixteen bytes"));
  const guestAccount = { name: "guest", password, may: ["see"], uses: ["/svc/tape"] };
  const accounts = [...system.config.accounts, guestAccount];
  const guest = await SimGuest.boot({ ...system, config: { ...system.config, accounts } });
  await guest.expect(/leivos login: $/);
  guest.type("guest\nguest\n");
  await guest.expect(/leivos\$ $/);
  t.is(await lines(guest, "tape 'len(ps()) > 3'"), "true\n");
  t.regex(await lines(guest, `tape 'kill("netd")'`), /trap: account guest may not: add "manage"/);
  t.regex(await lines(guest, "tape 'net.status()'"), /trap: account guest may not open \/svc\/net/);
  t.regex(await lines(guest, "tape 'log()'"), /trap: account guest may not: add "log"/);
});

test("errors and traps name file, line and place of what was typed", async (t) => {
  const guest = await loggedIn();
  t.is(
    await lines(guest, "tape 'let a = 1; a + b'"),
    "script.tape:1:16: error[T0305]: there is no `b`\n  |\n1 | let a = 1; a + b\n  |                ^\n",
  );
  t.regex(await lines(guest, "tape 'let x = ;'"), /^script.tape:1:9: error\[T/);
  t.is(
    await lines(guest, "tape 'let a = [1]; var i = 3; i = a[i];'"),
    "trap: index out of range\n  at script.main (script.tape:1)\n",
  );
});

test("endless loops, deep recursion and memory hogs end; the system goes on", async (t) => {
  const guest = await loggedIn();
  guest.type("tape 'while (true) { }'\n\u0003"); // ^C before the process has started
  await guest.expect(/\^C\r\nleivos\$ $/);
  guest.type("tape 'while (true) { }'\n");
  await guest.pass(2e9);
  guest.type("\u0003");
  await guest.expect(/\^C\r\nleivos\$ $/);
  guest.type(`tape 'while (true) { io.println("again and again"); }'\n`);
  await guest.pass(1e9);
  guest.type("\u0003");
  await guest.expect(/leivos\$ $/);
  t.regex(
    await lines(guest, "tape 'fn f(n: i64) -> i64 { return f(n + 1) + 1; } f(0)'"),
    /^trap: stack overflow\n/,
  );
  t.regex(
    await lines(guest, `tape 'var s = "x"; while (true) { s = s + s; }'`),
    /^trap: out of memory\n/,
  );
  t.regex(await lines(guest, `tape '${"(".repeat(3000)}'`), /error/);
  t.is(await lines(guest, "tape '1'"), "1\n");
  const ps = await lines(guest, "ps");
  t.notRegex(ps, / tape +(running|starting)/, "no process is left");
  t.regex(ps, /netd +running.* 1$/m);
});

test("a conversation keeps what was said, and does nothing twice", async (t) => {
  const guest = await loggedIn();
  guest.type("tape\n");
  const say = async (line: string, prompt = /tape> $/) => {
    const from = guest.text.length;
    guest.type(`${line}\n`);
    await guest.expect(prompt);
    return guest.text
      .slice(from)
      .replaceAll("\r", "")
      .replace(/^[^\n]*\n/, "")
      .replace(/[^\n]*$/, "");
  };
  await guest.expect(/tape> $/);
  t.is(await say("let a = 20"), "");
  t.is(await say("fn twice(n: i64) -> i64 {", /\.\.\.\.> $/), "");
  t.is(await say("return n * 2; }"), "");
  t.is(await say("twice(a) + 2"), "42\n");
  t.is(await say('kill("random")'), "");
  await guest.pass(2e9);
  t.is(await say('len(ps() |> where(fn(p) => p.name == "random" && p.starts == 2))'), "1\n");
  t.regex(await say("a + nothing"), /script.tape:1:5: error\[T0305\]/);
  guest.type("while (true) { }\n");
  await guest.pass(1e9);
  guest.type("\u0003");
  await guest.expect(/tape> $/);
  t.is(await say("a"), "20\n");
  t.is(await say(":reset"), "");
  t.regex(await say("a"), /there is no command `a`/);
  t.is(await say(":quit", /leivos\$ $/), "");
  await guest.pass(2e9);
  t.regex(await lines(guest, "ps"), /random +running.* 2$/m);
});

test("the shell is Tape: values live on, bare words are calls, lists of records are tables", async (t) => {
  const guest = await loggedIn();
  t.is(await lines(guest, "6 * 7"), "42\n");
  t.is(await lines(guest, "let slow = ps() |> where(fn(p) => p.cpu >= 0)"), "");
  t.is(await lines(guest, "len(slow) > 3"), "true\n");
  t.regex(
    await lines(guest, "services() |> take(2)"),
    /^NAME +SERVER +STATE +CONTRACT +CLIENTS\n\/(svc|dev)\/.*\n\/(svc|dev)\/.*\n$/,
  );
  t.regex(await lines(guest, 'ps |> where(fn(p) => p.name == "netd")'), / +\d+ +netd +running +\d/);
  t.is(
    await lines(
      guest,
      'fn greet(who: string, how: string = "Hello") { io.println("{how}, {who}!"); }',
    ),
    "",
  );
  t.is(await lines(guest, "greet 'you {all}' Hi"), "Hi, you {all}!\n");
  t.is(await lines(guest, "greet you"), "Hello, you!\n");
  t.is(
    await lines(guest, "frobnicate 1 2"),
    "there is no command `frobnicate`; `help` lists them\n",
  );
  t.is(
    await lines(guest, "no-such-command"),
    "there is no command `no-such-command`; `help` lists them\n",
  );
  t.regex(await lines(guest, "slow + nothing"), /^script.tape:1:8: error\[T0305\]/);
  t.is(await lines(guest, "net.status().address"), "10.0.2.15\n");
  guest.type("while (true) { }\n");
  await guest.pass(1e9);
  guest.type("\u0003");
  await guest.expect(/\^C\r\nleivos\$ $/);
  t.is(await lines(guest, "kill random"), "", "a built-in command");
  t.is(await lines(guest, 'restart("random")'), "", "the same as a function");
  t.is(await lines(guest, "len(slow) > 3"), "true\n");
});

test("the commands are functions whose values pipes take", async (t) => {
  const guest = await loggedIn();
  t.is(await lines(guest, "mem() |> len()"), "4\n");
  t.is(await lines(guest, "ip().address"), "10.0.2.15\n");
  t.is(
    await lines(
      guest,
      'import tcp from "net"; var s = tcp.connect("127.0.0.1", 80) or { return; }',
    ),
    "",
  );
  t.is(await lines(guest, 'ss() |> where(fn(c) => c.there == "127.0.0.1:80") |> len()'), "1\n");
  t.regex(
    await lines(guest, 'ping("10.0.2.2", 1)'),
    /^64 bytes from 10\.0\.2\.2: seq=1 ttl=\d+ time=[\d.]+ ms\n1 sent, 1 received\n$|^56 bytes/,
  );
  t.regex(await lines(guest, 'ping("10.0.2.2", "x")'), /^trap: give a count from 1 to 1000/);
  t.is(await lines(guest, "arp() |> collect(fn(a) => a.address)"), '["10.0.2.2"]\n');
  t.is(
    await lines(guest, 'traceroute("198.51.100.7") |> collect(fn(h) => h.from)'),
    '["10.0.2.2", "192.0.2.1", "192.0.2.9", "198.51.100.7"]\n',
  );
  t.regex(await lines(guest, 'traceroute("10.0.2.2", 256)'), /^trap: give a number of hops/);
  t.regex(
    await lines(guest, String.raw`nc("127.0.0.1", 80, "GET / HTTP/1.0\r\n\r")`),
    /^"?HTTP\/1\.1 200 OK/,
  );
  t.regex(await lines(guest, 'nc("127.0.0.1", 81)'), /^trap: Nobody listens/);
  t.regex(await lines(guest, 'host("no.such.name")'), /^\[\]\n$|^trap: /);
  t.regex(await lines(guest, "caps() |> take(2)"), /^\["account dev", "may see"\]\n$/);
  t.is(await lines(guest, 'echo("a b")'), "a b\n");
  t.is(await lines(guest, 'clear("random")'), "");
  const named = (text: string) =>
    [...text.matchAll(/^([a-z]+)(?: \S*[A-Z[].*?)?(?: {2,}|$)/gm)].map(([, name]) => name);
  const shell = named(await lines(guest, "help")).filter((name) => name !== "COMMAND");
  const functions = named(await lines(guest, "help()"));
  // what needs the terminal or another server to itself
  t.deepEqual(
    shell.filter((name) => !functions.includes(name)),
    ["fetch", "run"].filter((name) => shell.includes(name)),
  );
  guest.type("exit()\n");
  await guest.expect(/leivos login: $/);
});

test("a script hears what happens to servers until it is stopped", async (t) => {
  const guest = await loggedIn();
  guest.type(
    `on("random.*", fn(e) => io.println("{e.server} {e.what}")); on("*", fn(e) => io.println("any")); kill("random")\n`,
  );
  await guest.expect(/random ended\r\nany\r\nrandom restarted\r\nany\r\n/);
  guest.type("\u0003");
  await guest.expect(/\^C\r\nleivos\$ $/);
  t.is(await lines(guest, "6 * 7"), "42\n");
});

test("scripts of the image run as text and compiled, with arguments; a damaged one is refused", async (t) => {
  const files = readArchive(system.files?.["tape"] as Uint8Array);
  const code = files.find(({ path }) => path === "page.tb")?.bytes as Uint8Array;
  const flipped = Uint8Array.from(code);
  // its bytecode: what the machine code is of is compared by the code keeper
  const head = new DataView(code.buffer, code.byteOffset, code.length);
  const from = head.getUint32(header.bytecode, true);
  const at = from + (head.getUint32(header.bytecodeBytes, true) >> 1);
  flipped[at] = (flipped[at] as number) ^ 4;
  const more = [
    { path: "bad/flipped.tb", bytes: flipped },
    { path: "bad/short.tb", bytes: code.subarray(0, at) },
    {
      path: "lines.tape",
      bytes: Buffer.from('let a = [os.arg(1)];\nio.println("{a[0]} {a[os.args_count()]}")'),
    },
  ];
  const archive = writeFileArchive([...files, ...more]);
  const guest = await SimGuest.boot({ ...system, files: { ...system.files, tape: archive } });
  await guest.login();
  const http = /^HTTP\/1\.[01] 200 .*\n\d+ bytes\n$/;
  t.regex(await lines(guest, "tape page.tb 127.0.0.1 80 /"), http);
  t.regex(await lines(guest, "tape page.tape 127.0.0.1 80"), http);
  t.regex(await lines(guest, "tape page.tb 127.0.0.1 81"), /^nobody listens there: .*\n$/);
  t.is(await lines(guest, "tape page.tb"), "tape page.tb HOST PORT [PATH]\n");
  guest.type("tape watch.tb random\n");
  await guest.expect(/names are served; waiting for random\.\*\r\n/);
  guest.type("\u0003");
  await guest.expect(/leivos\$ $/);
  t.regex(await lines(guest, "tape bad/flipped.tb"), /^bad\/flipped.tb is refused: /);
  t.regex(await lines(guest, "tape bad/short.tb"), /^bad\/short.tb is refused: /);
  t.regex(await lines(guest, "tape nothing.tb"), /^there is no script `nothing.tb` in the image/);
  t.regex(await lines(guest, "tape page.tb 'x"), /^a quote is open/);
  t.regex(
    await lines(guest, "tape lines.tape word"),
    /^trap: index out of range\n +at script.main \(script.tape:2\)\n$/,
  );
  t.is(await lines(guest, 'fs.size("page.tb") or -1'), `${code.length}\n`);
});

test("the service script of the examples prints what it should", async (t) => {
  const example = (ending: string) => readFileSync(`tape/examples/system/service.${ending}`);
  const archive = writeFileArchive([
    { path: "service.tape", bytes: example("tape") },
    { path: "service.tb", bytes: await scriptCode("service.tape", example("tape").toString()) },
  ]);
  const guest = await SimGuest.boot({ ...system, files: { ...system.files, tape: archive } });
  await guest.login();
  const expected = example("txt").toString();
  t.is(await lines(guest, "tape service.tb"), expected);
  await guest.pass(1e9);
  t.is(await lines(guest, "tape service.tape"), expected);
});

test("a conversation's connection lives on from line to line", async (t) => {
  const guest = await loggedIn();
  t.is(await lines(guest, 'import web from "net"'), "");
  t.is(await lines(guest, 'var s = web.connect("127.0.0.1", 80) or { os.exit(1); return; }'), "");
  t.is(await lines(guest, 's.write("GET / HTTP/1.0\\r\\nHost: a\\r\\n\\r\\n") or -1'), "27\n");
  t.regex(await lines(guest, 's.read() or "none"'), /^HTTP\/1/);
  t.is(await lines(guest, "s.close()"), "");
  t.is(await lines(guest, "s.read() or web.why()"), "this connection was closed before\n");
});

test("when the shell's interpreter ends, it is told, and the next line has a new one", async (t) => {
  const guest = await loggedIn();
  t.is(await lines(guest, "let a = 20"), "");
  t.is(await lines(guest, "kill tape"), "");
  await guest.pass(1e9);
  t.is(await lines(guest, "6 * 7"), "42\n");
  t.is(await lines(guest, "a"), "there is no command `a`; `help` lists them\n");
});

test("scripts one right after the other: each gets its process", async (t) => {
  const guest = await loggedIn();
  const from = guest.text.length;
  guest.type("tape '1 + 1'\ntape '2 + 2'\ntape '3 + 3'\necho over\n");
  await guest.expect(/\r\nover\r\nleivos\$ $/);
  const shown = guest.text.slice(from).match(/^\d+(?=\r)/gm);
  t.deepEqual(shown, ["2", "4", "6"]);
  t.is(await lines(guest, "log tape"), "");
});
