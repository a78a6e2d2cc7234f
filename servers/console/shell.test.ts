import test from "ava";
import fc from "fast-check";
import type { Client } from "../../sdk/contract/client.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import type { Session } from "../init/contract.ts";
import type { Terminal } from "./session.ts";
import { commands, shell } from "./shell.ts";

/** A shell over a session that answers with fixed facts, and notes what it was asked. */
function place(refuse = false, withoutTape = false) {
  let output = "";
  const asked: string[] = [];
  const answer =
    (name: string, reply: object) =>
    async (request: object): Promise<never> => {
      asked.push(`${name} ${JSON.stringify(request)}`);
      if (refuse) return new Failure(4, `account dev may not: ${name}`) as never;
      return reply as never;
    };
  const process = (id: number, name: string) => ({
    id,
    name,
    state: "running",
    threads: 1,
    handles: 12,
    queued: 0,
    cpuTime: 12e6,
    used: 3 << 20,
    limit: 16 << 20,
    starts: 1,
  });
  const log = ["init: one\nnetd: two\nvirtio-", "net: three\nnetd: four\n"];
  const session = {
    account: answer("account", { name: "dev", may: ["see"], uses: ["/svc/net"] }),
    processes: async ({ from }: { from: number }) =>
      refuse
        ? new Failure(4, "account dev may not: processes")
        : {
            processes: from === 0 ? [process(1, "init"), process(2, "netd")] : [process(3, "pci")],
            more: from === 0,
          },
    memory: answer("memory", {
      total: 2 * 2 ** 30,
      free: 2 * 2 ** 30 - (20 << 20),
      slab: 65_536,
      quarantined: 0,
      processes: 3,
    }),
    uptime: answer("uptime", { up: 10e9, clock: 0, busy: [1e9, 5e9] }),
    services: answer("services", {
      services: [
        { name: "/svc/net", server: "netd", state: "running", contract: "net 1", clients: 1 },
      ],
    }),
    capabilities: answer("capabilities", { lines: ["uses    /dev/net0"] }),
    log: async ({ position }: { position: number }) =>
      refuse
        ? new Failure(4, "account dev may not: log")
        : { text: log[position] ?? "", next: Math.min(position + 1, log.length) },
    kill: answer("kill", {}),
    restart: answer("restart", {}),
    clear: answer("clear", {}),
    power: answer("power", {}),
    again: async () => ({ session: 1 }),
    close: () => {},
  } as unknown as Client<typeof Session>;
  const lease = {
    link: true,
    mac: "52:54:00:12:34:56",
    dhcp: "bound",
    address: "10.0.2.15",
    prefix: 24,
    router: "10.0.2.2",
    nameServers: ["10.0.2.3"],
    server: "10.0.2.2",
    renewIn: 43_200e9,
    expiresIn: Number.MAX_SAFE_INTEGER,
    framesReceived: 12,
    bytesReceived: 2048,
    framesSent: 9,
    bytesSent: 1000,
    refused: [{ code: "ip.checksum", count: 2 }],
  };
  const echo = {
    outcome: "reply",
    from: "10.0.2.2",
    roundTrip: 1_234_567,
    timeToLive: 64,
    length: 56,
  };
  const connection = {
    id: 7,
    localAddress: 0x0a00020f,
    localPort: 49_200,
    remoteAddress: 0x0a000202,
    remotePort: 80,
    state: "ESTABLISHED",
    sending: 0,
    received: 1460,
  };
  const net = {
    status: answer("status", lease),
    ping: answer("ping", echo),
    connections: async ({ after }: { after: number }) => ({ list: after < 7 ? [connection] : [] }),
    resolve: async ({ name, kind }: { name: string; kind: string }) => {
      if (kind === "aaaa") return { outcome: "no-data", answers: [] };
      if (name === "none.org") return { outcome: "no-name", answers: [] };
      return {
        outcome: "found",
        answers: kind === "ptr" ? ["gate.org"] : ["10.0.0.1", "10.0.0.2"],
      };
    },
    close: () => {},
  };
  const tape = {
    closed: false,
    lend: async () => ({}),
    source: answer("source", {}),
    run: async ({ kind, source }: { kind: string; source: string }) => {
      asked.push(`${kind} ${source}`);
      return source.endsWith("{")
        ? { output: "", state: "unfinished", code: 0 }
        : { output: "(ran)\n", state: "done", code: 0 };
    },
    close: () => asked.push("(closed)"),
  };
  const one = shell("dev", session, {
    pause: () => Promise.resolve(),
    open: async (contract) => {
      if (contract.name !== "tape") return net as never;
      return (withoutTape ? new Failure(3, "/svc/tape is not there") : tape) as never;
    },
  });
  const terminal: Terminal = {
    columns: 80,
    print: (text) => {
      output += text;
    },
    room: () => Promise.resolve(),
    interrupted: false,
    onInterrupt: undefined,
    ask: () => Promise.resolve({ text: "}" }),
  };
  return {
    asked,
    run: async (line: string) => {
      output = "";
      const end = await one.run(line, terminal);
      return end ?? output;
    },
  };
}

test("ps, mem, uptime, services show aligned tables", async (t) => {
  const { run } = place();
  t.is(
    await run("ps"),
    "ID  NAME  STATE    THR    CPU  MEMORY   LIMIT  HANDLES  QUEUED  STARTS\n" +
      " 1  init  running    1  12 ms   3 MiB  16 MiB       12       0       1\n" +
      " 2  netd  running    1  12 ms   3 MiB  16 MiB       12       0       1\n" +
      " 3  pci   running    1  12 ms   3 MiB  16 MiB       12       0       1\n",
  );
  t.regex(await run("mem"), /^total +2 GiB +524288$/m);
  t.regex(await run("mem"), /^used +20 MiB +5120$/m);
  t.is(await run("uptime"), "no clock, up 10 s, 2 CPUs, busy 10 %, 50 %\n");
  t.regex(await run("services"), /^\/svc\/net +netd +running +net 1 +1$/m);
});

test("log joins pieces and can be narrowed to a server", async (t) => {
  const { run } = place();
  t.is(await run("log"), "init: one\nnetd: two\nvirtio-net: three\nnetd: four\n");
  t.is(await run("log netd"), "netd: two\nnetd: four\n");
});

test("kill, restart, clear, caps, power ask the session", async (t) => {
  const { run, asked } = place();
  for (const line of ["kill netd", "restart netd", "clear netd", "caps netd", "poweroff", "reboot"])
    await run(line);
  t.deepEqual(asked, [
    'kill {"server":"netd"}',
    'restart {"server":"netd"}',
    'clear {"server":"netd"}',
    'capabilities {"server":"netd"}',
    'power {"action":"off"}',
    'power {"action":"reboot"}',
  ]);
  t.is(await run("clear"), "\x1b[H\x1b[2J");
  t.is(await run("caps"), "account dev\n  may  see\n  uses /svc/net\n");
  t.is(await run("echo 'a  b' c"), "a  b c\n");
  t.is(await run("exit"), "logout");
});

test("ip and ping", async (t) => {
  const { run, asked } = place();
  const text = await run("ip");
  t.regex(text, /^address +10\.0\.2\.15\/24$/m);
  t.regex(text, /^lease +expires in never +renewed in 12 h 0 min$/m);
  t.regex(text, /^refused +ip\.checksum +2$/m);
  t.is(
    await run("ping 10.0.2.2 2"),
    "56 bytes from 10.0.2.2: seq=1 ttl=64 time=1.23 ms\n" +
      "56 bytes from 10.0.2.2: seq=2 ttl=64 time=1.23 ms\n2 sent, 2 received\n",
  );
  t.is(asked.filter((each) => each.startsWith("ping")).length, 2);
  for (const count of ["0", "x", "1.5", "100000"])
    t.is(await run(`ping 10.0.2.2 ${count}`), "give a count from 1 to 1000\n");
});

test("host and ss", async (t) => {
  const { run } = place();
  t.is(await run("host www.org"), "10.0.0.1\n10.0.0.2\n");
  t.is(await run("host 10.0.2.2"), "gate.org\n");
  t.is(await run("host none.org"), "there is no such name\n");
  t.regex(await run("ss"), /^ESTABLISHED +1460 +0 +10\.0\.2\.15:49200 +10\.0\.2\.2:80$/m);
});

test("help names every command", async (t) => {
  const text = await place().run("help");
  for (const { name } of commands) t.regex(text, new RegExp(`^${name} `, "m"));
});

test("what an account may not do comes back as a sentence", async (t) => {
  const { run } = place(true);
  for (const line of ["ps", "mem", "uptime", "services", "log", "caps", "caps netd", "kill netd"])
    t.regex(await run(line), /^account dev may not: \w+\n$/, line);
});

test("wrong commands and arguments are explained", async (t) => {
  const { run } = place();
  t.is(await run("kill"), "usage: kill SERVER\n");
  t.is(await run("ps -a"), "usage: ps\n");
  t.is(await run("echo 'x"), "a quote is open; end it with '\n");
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), async (line) => {
      await run(line);
      t.pass();
    }),
  );
});

test("what is no built-in command is a line of Tape, over several lines where brackets are open", async (t) => {
  const { run, asked } = place();
  for (const line of ["let a = 1", "ps |> len()", "ps()", "greet you", "fn f() {"])
    t.is(await run(line), "(ran)\n");
  t.deepEqual(asked, [
    "line let a = 1",
    "line ps |> len()",
    "line ps()",
    "line greet you",
    "line fn f() {",
    "line fn f() {\n}",
  ]);
});

test("without the tape server the built-in commands are there, and the rest says why not", async (t) => {
  const { run, asked } = place(false, true);
  t.is(await run("kill netd"), "");
  t.deepEqual(asked, ['kill {"server":"netd"}']);
  t.is(
    await run("let a = 1"),
    "only the commands of `help` can be had, not Tape: /svc/tape is not there\n",
  );
});
