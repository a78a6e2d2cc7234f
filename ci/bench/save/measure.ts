// Saves a file again and again and measures the way to the system's answer, as `uusi dev` goes it. Runs in a copy of the tree, as a process of its
// own, since the bundler keeps the folder that it was started in. Arguments: socket of the machine's line, server, saves. Prints JSON.
import { readFileSync, writeFileSync } from "node:fs";
import { Connection } from "../../../sdk/cli/channel/connection.ts";
import { watchSources } from "../../../sdk/cli/dev/watcher.ts";
import { pushCode } from "../../../sdk/cli/push/push-code.ts";
import { PushedCodes } from "../../../sdk/cli/push/pushed.ts";
import { serverCode } from "../../../sdk/cli/push/server-code.ts";
import { Bundler } from "../../../sdk/image/bundle.ts";

/** One save: times in ms, what travelled, and what was answered. */
export interface Save {
  readonly notice: number;
  readonly bundle: number;
  readonly push: number;
  /** of the answer: new code starts and tries the state; the pause; the rest of it is the line's and init's */
  readonly start: number;
  readonly pause: number;
  readonly answer: number;
  readonly total: number;
  /** bytes of the patch */
  readonly sent: number;
  readonly kind: string;
  readonly line: string;
}

const [channel = "", server = "", count = "0"] = process.argv.slice(2);
const file = `servers/${server}/main.ts`;
const source = readFileSync(file, "utf8");
const saves: Save[] = [];
/** A duration of the answer in ms; NaN (null as JSON) when it has none. */
const part = (ns: unknown) => (typeof ns === "number" ? ns / 1e6 : Number.NaN);
const bundler = new Bundler();
let saved = 0;
let answered = () => {};

const watching = await watchSources(async () => {
  const noticed = performance.now();
  const { code, manifest } = await serverCode(server, "uusi", (entry) => bundler.bundle(entry));
  const bundled = performance.now();
  const connection = await Connection.open(channel);
  const { digest, sent } = await pushCode(connection, new PushedCodes(), server, code);
  const pushed = performance.now();
  const reply = await connection
    .ask("swap", { server, digest, manifest })
    .catch(({ message }: Error): Record<string, unknown> => ({ kind: "refused", line: message }));
  const done = performance.now();
  connection.close();
  saves.push({
    notice: noticed - saved,
    bundle: bundled - noticed,
    push: pushed - bundled,
    start: part(reply["started"]),
    pause: part(reply["paused"]),
    answer: done - pushed,
    total: done - saved,
    sent,
    kind: `${reply["kind"]}`,
    line: `${reply["line"]}`,
  });
  answered();
});
for (let save = 0; save < Number(count); save++) {
  const answer = new Promise<void>((resolve) => {
    answered = resolve;
  });
  saved = performance.now();
  writeFileSync(file, `${source}\n(globalThis as { save?: number }).save = ${save};\n`);
  await answer;
}
await watching.close();
await bundler.close();
process.stdout.write(JSON.stringify(saves));
