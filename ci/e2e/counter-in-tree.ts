// A server and two clients of it in a copy of the tree, where a person would have written them: the counter of the swap tests; `asker`, which calls
// it again and again and writes down what came of it; `holder`, which makes one call that stays open.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { counter, type CounterVersion } from "../../servers/init/testing/counter.ts";

const testing = "../../../servers/init/testing/counter.contract.ts";

const placed = (code: string, contract: string) =>
  code.replaceAll(testing, contract).replaceAll("../../../sdk/", "../../sdk/");

const imports = `
import { run } from "../../sdk/runtime/run.ts";
import { log, ready } from "../../sdk/runtime/supervisor.ts";
void log;
`;

/** main.ts of a version of the counter. */
export const counterMain = (version: CounterVersion) =>
  imports + placed(counter(version), "./contract.ts");

const client = `${imports}
import { Failure } from "../../sdk/contract/failure.ts";
import { string, u32 } from "../../sdk/contract/field.ts";
import { state } from "../../sdk/hot/state.ts";
import { connect } from "../../sdk/runtime/connect.ts";
import { sleep } from "../../sdk/runtime/timers.ts";
import { Counter } from "../counter/contract.ts";
`;

/** What \`asker\` has seen: answers, calls that failed, sums out of order, which code answered last. */
const asker = `${client}
const kept = state({
  version: 1,
  schema: { answers: u32, failed: u32, wrong: u32, code: string },
  initial: { answers: 0, failed: 0, wrong: 0, code: "" },
});
run(async () => {
  ready();
  const counter = await connect(Counter, "/svc/counter");
  if (counter instanceof Failure) throw new Error(counter.sentence);
  const { data } = kept;
  for (let last = 0; ; ) {
    const added = await counter.add({ by: 1 });
    const who = await counter.code({});
    if (added instanceof Failure || who instanceof Failure) data.failed++;
    else {
      if (added.sum <= last) data.wrong++;
      last = added.sum;
      data.code = who.code;
      data.answers++;
    }
    await sleep(5e6);
  }
});
`;

/** Calls \`reach\` once the code is "holding", whose answer does not come. */
const holder = `${client}
const kept = state({ version: 1, schema: { holds: u32, at: string }, initial: { holds: 0, at: "" } });
run(async () => {
  ready();
  const counter = await connect(Counter, "/svc/counter");
  if (counter instanceof Failure) throw new Error(counter.sentence);
  for (let code = ""; code !== "holding"; await sleep(20e6)) {
    const who = await counter.code({});
    code = who instanceof Failure ? "" : who.code;
  }
  kept.data.holds = 1;
  await counter.reach({ sum: 4e9 });
});
`;

const manifests = {
  counter: `import { Counter } from "./contract.ts";
export default manifest({ name: "counter", serves: { "/svc/counter": Counter }, budget: 6 << 20 });
`,
  asker: `export default manifest({ name: "asker", uses: ["/svc/counter"], budget: 4 << 20 });\n`,
  holder: `export default manifest({ name: "holder", uses: ["/svc/counter"], budget: 4 << 20, restart: { when: "never" } });\n`,
};

/** Writes the three servers, the counter in that version, into a copy of the tree. */
export function writeCounter(copy: string, version: CounterVersion): void {
  const codes = { counter: counterMain(version), asker, holder };
  for (const [name, code] of Object.entries(codes)) {
    const folder = join(copy, "servers", name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "main.ts"), code);
    const text = `import { manifest } from "../../sdk/contract/manifest.ts";\n${manifests[name as keyof typeof manifests]}`;
    writeFileSync(join(folder, "manifest.ts"), text);
  }
  const contract = readFileSync(join(copy, "servers/init/testing/counter.contract.ts"), "utf8");
  writeFileSync(join(copy, "servers/counter/contract.ts"), placed(contract, ""));
}
