// Servers written in Tape, in a whole system on the simulated nucleus: calls, events, timers, refusals, traps, what they reach.
import { createHash } from "node:crypto";
import { join, relative } from "node:path";
import test from "ava";
import { bundleServer } from "../image/bundle.ts";
import { freshSystem, SimGuest } from "../sim/testing/sim-guest.ts";
import { withServer } from "../sim/testing/with-server.ts";
import { tapeServer, withTapeServer } from "./testing/tape-server.ts";

const system = await freshSystem();

const contract = `{
  add: call({ name: string, amount: i32, tags: array(string), note: optional(string) }, { total: i64, all: array(struct({ name: string, amount: i32 })) }),
  digest: call({ data: bytes }, { data: bytes, sum: u32 }),
  spend: call({ amount: u8 }, { left: u16 }),
  who: call({}, { name: string }),
  crash: call({ index: i64 }, {}),
  hang: call({}, {}),
  poke: event({ amount: i32 }, { to: "server" }),
  grown: event({ total: i64 }),
}`;

const main = `
import dyn from "dyn";
import io from "io";
import serve from "serve";
import purse from "serve:purse";

enum Short { Broke, Closed }
struct Item { name: string, amount: i32 }

var total: i64 = 0;
var names = "";
var list = [10, 20, 30];

pub fn add(name: string, amount: i32, tags: dyn, note: dyn) -> purse.AddReply {
    if (amount < 0) { serve.refuse("an amount is 0 at least; take with spend"); }
    else { total += amount as i64; }
    let all = dyn.list();
    for (tag in tags) {
        let item = dyn.map();
        item["name"] = "{name} {tag}";
        item["amount"] = amount as i64;
        dyn.push(all, item);
    }
    io.println("note {note}");
    return purse.AddReply { total: total, all: all };
}

pub fn digest(data: dyn) -> purse.DigestReply {
    let sum = dyn.sum(data) as i64;
    return purse.DigestReply { data: dyn.reverse(data), sum: sum as u32 };
}

pub fn spend(amount: u8) -> purse.SpendReply or Short {
    if (amount as i64 > total) { return Short.Broke; }
    total -= amount as i64;
    return purse.SpendReply { left: total as u16 };
}

pub fn who() -> purse.WhoReply { return purse.WhoReply { name: serve.caller() }; }
pub fn crash(index: i64) { list[index] = 1; }
pub fn hang() { while (true) { } }
pub fn poke(amount: i32) { total += amount as i64; purse.grown(total); }
`;

const asker = `
  import { connect } from "../../../sdk/runtime/connect.ts";
  import { sleep } from "../../../sdk/runtime/timers.ts";
  import { Purse } from "./contract.ts";
  const show = (answer) => log(JSON.stringify(answer.sentence ?? answer, (_, v) => v instanceof Uint8Array ? [...v] : v));
  run(async () => {
    let purse = await connect(Purse, "/svc/purse");
    purse.on.grown(({ total }) => log("grown to " + total));
    ready();
    show(await purse.add({ name: "a", amount: 7, tags: ["x", "y"], note: "hello" }));
    show(await purse.add({ name: "a", amount: -7, tags: [] }));
    show(await purse.digest({ data: new Uint8Array([1, 2, 250]) }));
    show(await purse.spend({ amount: 5 }));
    show(await purse.spend({ amount: 5 }));
    show(await purse.who({}));
    purse.send.poke({ amount: 40 });
    show(await purse.spend({ amount: 1 }));
    const both = [purse.crash({ index: 3 }), purse.who({})];
    show(await both[0]);
    log("the other: " + ((await both[1]).code < 0));
    await sleep(3e9);
    purse = await connect(Purse, "/svc/purse");
    show(await purse.spend({ amount: 1 }));
    show(await purse.hang({}));
    log("over");
  });`
  .replace(
    "./contract.ts",
    join(tapeServer("purse", { manifest: "", contract, main }), "contract.ts"),
  )
  .replace("{ Purse }", "{ Served as Purse }");

test("it answers, refuses, tells, and is started again after a trap", async (t) => {
  const served = await withTapeServer(system, "purse", { manifest: "", contract, main });
  const whole = await withServer(served, asker, { name: "asker", uses: ["/svc/purse"] });
  const guest = await SimGuest.boot(whole);
  await guest.login();
  await guest.pass(40e9);
  const log = (await guest.command("log")).replaceAll("\r", "");
  const said = (name: string) =>
    [...log.matchAll(new RegExp(`^${name}: (.*)$`, "gm"))].map(([, line]) => line);
  t.deepEqual(said("asker"), [
    '{"total":7,"all":[{"name":"a x","amount":7},{"name":"a y","amount":7}]}',
    '"an amount is 0 at least; take with spend"',
    '{"data":[250,2,1],"sum":253}',
    '{"left":2}',
    '"Broke"',
    '{"name":"asker"}',
    "grown to 42",
    '{"left":41}',
    '"the program of this server trapped; its log says where"',
    "the other: true",
    '"Broke"',
    '"the program of this server trapped; its log says where"',
    "over",
  ]);
  t.regex(log, /^purse: note hello$/m);
  t.regex(log, /^purse: note null$/m);
  t.regex(log, /^purse: trap: index out of range\n +at main.crash \(.*main.tape:\d+\)$/m);
  t.regex(log, /^purse: trap: out of fuel: it has run for too long at a stretch\n +at main.hang/m);
  t.regex(await guest.command("services"), /\/svc\/purse +purse +running/);
});

test("a script at boot: it hears of servers, calls services, and ends when nothing is left to do", async (t) => {
  const watcher = await withTapeServer(system, "watcher", {
    manifest:
      'uses: ["/svc/session", "/svc/net"], may: ["see", "manage"], restart: { when: "never" }',
    main: `
      import io from "io"; import net from "svc:net"; import serve from "serve"; import { on, kill, ps } from "sys"; import dyn from "dyn";
      pub fn main() {
        on("random.*", fn(e) => io.println("heard {e.server} {e.what}"));
        serve.after(2000, fn() => kill("random"));
        io.println("mac {net.status().mac.len}, {dyn.len(ps()) > 3}");
      }`,
  });
  const whole = await withTapeServer(watcher, "brief", {
    manifest: 'restart: { when: "failure" }',
    main: `
      import io from "io"; import serve from "serve";
      var n = 0;
      fn count(id: i64) { n += 1; io.println("count {n}"); if (n == 3) { serve.cancel(id); } }
      pub fn main() {
        var id = 0;
        id = serve.every(100, fn() => count(id));
        let never = serve.after(50, fn() => io.println("never"));
        serve.cancel(never);
      }`,
  });
  const guest = await SimGuest.boot(whole);
  await guest.login();
  await guest.pass(6e9);
  const log = (await guest.command("log")).replaceAll("\r", "");
  t.regex(
    log,
    /^watcher: mac 17, true\n(.*\n)*watcher: heard random ended\n(.*\n)*watcher: heard random restarted$/m,
  );
  t.deepEqual(log.match(/^brief: count \d$/gm), [
    "brief: count 1",
    "brief: count 2",
    "brief: count 3",
  ]);
  t.notRegex(log, /never|count 4/);
  const ps = await guest.command("ps");
  t.regex(ps, / watcher +running/);
  t.notRegex(ps, / brief /);
});

test("a save of the program is a save of the server: the bundle knows what it was made of", async (t) => {
  const folder = tapeServer("purse", { manifest: "", contract, main });
  const { sources } = await bundleServer(join(folder, "main.ts"));
  for (const file of ["main.tape", "main.ts", "manifest.ts", "contract.ts"])
    t.true(sources.includes(relative("", join(folder, file))), file);
  for (const file of ["tape/std/dyn.tape", "tape/check/call.ts", "sdk/tape/serve.tape"])
    t.true(sources.includes(file), file);
});

/** What the build says of a server. */
async function refusal(served: string | undefined, source: string, manifest = ""): Promise<string> {
  const server = { manifest, ...(served === undefined ? {} : { contract: served }), main: source };
  try {
    await bundleServer(join(tapeServer("thing", server), "main.ts"));
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

test("what does not fit stops the build with a sentence about the source", async (t) => {
  const one = "{ get: call({ key: string }, { value: i64 }) }";
  t.regex(
    await refusal(one, "fn other() {}"),
    /main.tape: the contract has `get`: write `pub fn get\(key: string\) -> thing.GetReply \{ ... \}`/,
  );
  t.regex(
    await refusal(one, "pub fn get(key: i64) -> i64 { return key; }"),
    /`get` does not fit the contract; write `pub fn get\(key: string\) -> thing.GetReply/,
  );
  t.regex(await refusal(one, "pub fn get( {"), /main.tape:1:13: error\[T0/);
  t.regex(await refusal(undefined, "fn helper() {}"), /needs `pub fn main\(\) \{ ... \}`/);
  t.regex(
    await refusal('{ open: call({}, { end: handle("memory") }) }', "pub fn open() {}"),
    /`open` carries a handle/,
  );
  t.regex(
    await refusal(undefined, "pub fn main() {}", 'uses: ["/svc/nobody"]'),
    /no server's manifest serves \/svc\/nobody/,
  );
  t.regex(
    await refusal(undefined, 'import net from "svc:net"; pub fn main() { net.status(); }'),
    /there is no module `svc:net`/,
  );
  t.is(
    await refusal(
      one,
      'import thing from "serve:thing"; pub fn get(key: string) -> thing.GetReply { return thing.GetReply { value: 1 }; }',
    ),
    "",
  );
});

const tally = (code: string, more = "") => ({
  manifest: "",
  contract: "{ add: call({ by: i32 }, { sum: i64, code: string }) }",
  main: `
    import dyn from "dyn"; import io from "io"; import tally from "serve:tally"; import serve from "serve";
    var sum: i64 = 0;
    var log: [8]i64 = [0; 8];
    pub fn add(by: i32) -> tally.AddReply { sum += by as i64; log[0] = sum; return tally.AddReply { sum: sum, code: "${code}" }; }
    pub fn save() -> dyn { let old = dyn.map(); old["sum"] = sum; old["names"] = [1, 2]; return old; }
    pub fn restore(old: dyn) { sum = old["sum"] as i64; ${more} }
    pub fn main() { serve.every(60000, fn() => io.println("a minute")); io.println("${code} begins with {sum}"); }`,
});

test("new code takes over what `save` gave, and the clients; code that fails leaves the old one as it was", async (t) => {
  const scripts: { [name: string]: string } = {};
  for (const [name, server] of Object.entries({
    two: tally("two"),
    bad: tally("bad", 'let x = old["names"][9];'),
    three: tally("three"),
  }))
    scripts[name] = (await bundleServer(join(tapeServer("tally", server), "main.ts"))).script;
  const file = join(tapeServer("tally", tally("one")), "contract.ts");
  const codes = Object.entries(scripts).map(([name, script]) => [
    name,
    { script, digest: createHash("sha256").update(script).digest("hex") },
  ]);
  const host = `
    import { connect } from "../../../sdk/runtime/connect.ts";
    import { Memory } from "../../../sdk/runtime/memory.ts";
    import { Session } from "../../../servers/init/contract.ts";
    import { Served } from "${file}";
    const codes = ${JSON.stringify(Object.fromEntries(codes))};
    run(async () => {
      ready();
      const session = await connect(Session, "/svc/session");
      const tally = await connect(Served, "/svc/tally");
      const add = async () => { const r = await tally.add({ by: 5 }); log(r.sentence ?? r.code + " " + r.sum); };
      await add();
      for (const name of ["two", "bad", "three"]) {
        const { script, digest } = codes[name];
        const bytes = new Uint8Array(script.length * 2);
        const size = uusi.encode(script, bytes, 0);
        const memory = Memory.create(size);
        const view = memory.map();
        view.copyIn(0, bytes, 0, size);
        view.close();
        const answer = await session.swap({ server: "tally", code: memory.take(), size, digest, manifest: new Uint8Array(0) });
        log(answer.sentence ?? answer.line);
        await add();
      }
      log("over");
    });`;
  const served = await withTapeServer(system, "tally", tally("one"));
  const uses = ["/svc/session", "/svc/tally"] as const;
  const fields = { name: "host", uses, may: ["see", "manage"] as const, budget: 32 << 20 };
  const guest = await SimGuest.boot(await withServer(served, host, fields));
  await guest.login();
  await guest.pass(10e9);
  const log = (await guest.command("log")).replaceAll("\r", "");
  const said = (log.match(/^host: .*$/gm) ?? []).map((line) => line.slice(6));
  t.regex(said[1] as string, /^swapped tally .* ms \(paused .* ms, 1 stream kept\)$/);
  t.regex(said[3] as string, /^refused tally because .*trap: /);
  t.regex(said[5] as string, /^swapped tally/);
  const answers = said.filter((_, i) => ![1, 3, 5].includes(i));
  t.deepEqual(answers, ["one 5", "two 10", "two 15", "three 20", "over"]);
  t.regex(log, /^tally: two begins with 5$/m);
  t.regex(log, /^tally: three begins with 15$/m);
});
