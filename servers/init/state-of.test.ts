// A server's declared state for people, without its secrets, in a whole system on the simulated nucleus.
import test from "ava";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";

const system = await freshSystem();

const HOLDER = `
  import { array, bytes, optional, secret, string, struct, time, u32 } from "../../../sdk/contract/field.ts";
  import { state } from "../../../sdk/hot/state.ts";
  import { table } from "../../../sdk/hot/table.ts";
  import { timer } from "../../../sdk/hot/timer.ts";
  const rows = table({ name: "rows", row: { id: u32, until: time }, most: 1000 });
  const kept = state({
    version: 3,
    schema: {
      users: array(struct({ name: string, password: secret(string), keys: array(secret(bytes)) })),
      note: optional(string),
      raw: bytes,
      many: array(u32),
      until: time,
    },
    initial: {
      users: [{ name: "anna", password: "hunter2", keys: [new Uint8Array([0xde, 0xad])] }],
      note: undefined,
      raw: new Uint8Array([1, 2, 255]),
      many: [],
      until: Infinity,
    },
  });
  const clock = timer("tick", () => {});
  run(() => {
    clock.set(9e15);
    for (let i = 0; i < 500; i++) kept.data.many.push(i);
    for (let i = 0; i < 200; i++) rows.add({ id: i, until: 2 * i });
    ready();
  });`;

const ASKER = `
  import { connect } from "../../../sdk/runtime/connect.ts";
  import { Failure } from "../../../sdk/contract/failure.ts";
  import { Memory } from "../../../sdk/runtime/memory.ts";
  import { Session } from "../../../servers/init/contract.ts";
  run(async () => {
    ready();
    const init = await connect(Session, "/svc/session");
    for (const server of ["holder", "asker", "none"]) {
      const given = await init.state({ server });
      if (given instanceof Failure) { log(server + ": " + given.sentence); continue; }
      const memory = new Memory(given.text);
      const view = memory.map(1, 0, given.size);
      const bytes = new Uint8Array(given.size);
      view.copyOut(0, bytes, 0, given.size);
      log(uusi.decode(bytes, 0, given.size));
    }
  });`;

test("what is declared is shown by name, bounded, and without secrets", async (t) => {
  let image = await withServer(system, HOLDER, { name: "holder" });
  image = await withServer(image, ASKER, {
    name: "asker",
    uses: ["/svc/session"],
    may: ["manage"],
  });
  const guest = await SimGuest.boot(image);
  await guest.login();
  await guest.pass(1e9);
  const log = await guest.command("log asker");
  const shown = JSON.parse(/asker: (\{.*\})\r?\n/.exec(log)![1]!);
  const { many, ...data } = shown.states[0].data;
  t.is(shown.states[0].version, 3);
  t.deepEqual(data, {
    users: [{ name: "anna", password: "(secret)", keys: ["(secret)"] }],
    note: null,
    raw: "3 bytes: 0102ff",
    until: "Infinity",
  });
  t.deepEqual(shown.timers, { tick: 9e15 });
  const { rows, ...table } = shown.tables[0];
  t.deepEqual(table, { name: "rows", length: 200, columns: "id:u32,until:time" });
  t.is(rows.length, 10);
  t.deepEqual(rows[9], { id: 9, until: 18 });
  t.is(many.length, 51);
  t.is(many[50], "... and 450 more");
  t.regex(log, /asker: asker declares no state/);
  t.regex(log, /none: there is no server none/);
  t.false(log.includes("hunter2"));
  t.false(log.includes("dead"));
});
