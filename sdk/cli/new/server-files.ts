// The files of a new server: small, complete, laid out and typed as the rest of the tree. Pure.

/** `my-clock` as a contract's identifier: `MyClock`. */
export function identifierOf(name: string): string {
  return name.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** Each file's text by its path in the tree. */
export function serverFiles(name: string): Readonly<Record<string, string>> {
  const id = identifierOf(name);
  const folder = `servers/${name}`;
  return {
    [`${folder}/contract.ts`]: `// What ${name} answers. This one value is the wire format, the client, the validation and the capability's name.
import { call, contract } from "../../sdk/contract/contract.ts";
import { u64 } from "../../sdk/contract/field.ts";

export const ${id} = contract("${name}", 1, {
  /** Seconds that were counted. Reading changes nothing, so a call that was lost may be made again. */
  ticks: call({}, { ticks: u64 }, { retry: "safe" }),
  /** Begins again at 0. */
  reset: call({}, {}),
});
`,
    [`${folder}/manifest.ts`]: `// All that ${name} will ever get: a name to serve, and memory. What else it shall use belongs under \`uses\`.
import { manifest } from "../../sdk/contract/manifest.ts";
import { ${id} } from "./contract.ts";

export default manifest({
  name: "${name}",
  serves: { "/svc/${name}": ${id} },
  budget: 4 << 20,
});
`,
    [`${folder}/state.ts`]: `// What ${name} remembers, as plain data, and what a second does to it. Nothing here knows of processes, so tests need none.

export interface State {
  readonly ticks: number;
}

export const initial: State = { ticks: 0 };

/** Seconds between two lines of the log. */
const PAUSE = 5;

/** A second has passed. */
export function tick(state: State): State {
  return { ticks: state.ticks + 1 };
}

/** What the log shall say now, undefined for nothing. */
export function line({ ticks }: State): string | undefined {
  return ticks % PAUSE === 0 ? \`tick \${ticks}\` : undefined;
}
`,
    [`${folder}/main.ts`]: `// The ${name} server: counts seconds, says so in the log, and answers at /svc/${name}.
import { u64 } from "../../sdk/contract/field.ts";
import { state } from "../../sdk/hot/state.ts";
import { run } from "../../sdk/runtime/run.ts";
import { serve } from "../../sdk/runtime/serve.ts";
import { log, ready } from "../../sdk/runtime/supervisor.ts";
import { SECOND } from "../../sdk/runtime/time.ts";
import { every } from "../../sdk/runtime/timers.ts";
import { ${id} } from "./contract.ts";
import { initial, line, tick } from "./state.ts";

// What new code takes over when it is saved while the system runs. Another schema is another version, with a \`migrate\` from this one.
const counted = state({ version: 1, schema: { ticks: u64 }, initial });

run(() => {
  serve("/svc/${name}", ${id}, {
    ticks: () => ({ ticks: counted.data.ticks }),
    reset: () => {
      counted.data = initial;
      return {};
    },
  });
  every(SECOND, () => {
    counted.data = tick(counted.data);
    const text = line(counted.data);
    if (text !== undefined) log(text);
  });
  log("serving");
  ready();
});
`,
    [`${folder}/${name}.test.ts`]: testText(name, id),
    [`${folder}/README.md`]: `# ${name}

Counts seconds and serves the count at \`/svc/${name}\`.

Promises

- Each fifth second is one line of the log.
- A reset is answered after it has happened; the next second is the first again.

Reading order: \`contract.ts\`, \`main.ts\`, \`state.ts\`.
`,
  };
}

function testText(name: string, id: string): string {
  return `// ${id} as plain data, and in a whole system on the simulated nucleus, where a second costs nothing.
import test from "ava";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";
import { initial, line, tick } from "./state.ts";

test("each fifth second is said", (t) => {
  let state = initial;
  const said = [];
  for (let second = 1; second <= 11; second++) {
    state = tick(state);
    said.push(line(state));
  }
  t.deepEqual(
    said.filter((text) => text !== undefined),
    ["tick 5", "tick 10"],
  );
});

test("it counts, answers, begins again, and starts again when it was killed", async (t) => {
  const asker = \`
    import { connect } from "../../../sdk/runtime/connect.ts";
    import { sleep } from "../../../sdk/runtime/timers.ts";
    import { ${id} } from "../../../servers/${name}/contract.ts";
    run(async () => {
      const service = await connect(${id}, "/svc/${name}");
      ready();
      await sleep(3.5e9);
      const { ticks } = await service.ticks({});
      await service.reset({});
      log("from " + (ticks >= 3) + " to " + (await service.ticks({})).ticks);
    });\`;
  const fields = { name: "asker", uses: ["/svc/${name}"] as const };
  const guest = await SimGuest.boot(await withServer(await freshSystem(), asker, fields));
  await guest.login();
  await guest.pass(15e9);
  const log = await guest.command("log");
  t.regex(log, /^asker: from true to 0$/m);
  t.regex(log, /^${name}: tick 10$/m);
  await guest.command("kill ${name}");
  await guest.pass(1e9);
  t.regex(await guest.command("services"), /\\/svc\\/${name} +${name} +running/);
});
`;
}
