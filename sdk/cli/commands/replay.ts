// `uusi replay`: runs a server's recorded run again on this machine, to the same end, in a debugger if wanted (docs/replay.md).
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleServer } from "../../image/bundle.ts";
import { argumentOf, machineFlags, show, withMachine } from "../channel/command.ts";
import { liveSource } from "../channel/live.ts";
import { Failure } from "../failure.ts";
import { firstOf, flagHelp, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";
import { builtDigests } from "../push/built-digests.ts";
import { checkServerName } from "../push/server-code.ts";
import { fetchRecord } from "../replay/fetch-record.ts";
import type { Outcome } from "../replay/repeat.ts";

const flags = {
  ...machineFlags,
  debug: {
    help: "waits for a debugger (such as chrome://inspect), and stops before the last turn",
  },
  port: { value: "N", help: "where the debugger connects; default 9229" },
};

/** ms without a debugger: a turn that goes round in circles has no other end. */
const PATIENCE = 60_000;

/** Runs the child; its outcome, undefined when it went round in circles. */
function child(args: string[], debug: boolean): Promise<Outcome | undefined> {
  return new Promise((resolve, reject) => {
    const made = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    made.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    const watch = debug ? undefined : setTimeout(() => made.kill("SIGKILL"), PATIENCE);
    made.once("error", reject);
    made.once("close", (code, signal) => {
      clearTimeout(watch);
      if (signal === "SIGKILL") resolve(undefined);
      else if (code !== 0) reject(new Failure(`the repetition ended with code ${code}`));
      else resolve(JSON.parse(out.trim().split("\n").at(-1)!) as Outcome);
    });
  });
}

export const command: Command = {
  summary: "runs a server's recorded run again on this machine, in a debugger if wanted",
  help: () =>
    `npx uusi replay NAME [flags]\n\n${flagHelp(flags)}\n` +
    "A run is recorded after `npx uusi restart NAME --record`.\n",
  async run(args) {
    const given = parseFlags("replay", flags, args);
    const server = argumentOf("replay", given);
    if (server === undefined)
      throw new Failure("uusi replay: which server? npx uusi ps lists them", 2);
    checkServerName(server);
    const { record, code, world } = await withMachine(given, async (line, machine) => {
      const facts = (await liveSource(line, machine.world).servers()).find(
        ({ name }) => name === server,
      );
      const fetched = await fetchRecord(line, server);
      return { record: fetched, code: facts?.code ?? "", world: machine.world };
    });
    const built = (await builtDigests([server], world ?? "uusi")).get(server) ?? "";
    if (!built.startsWith(code))
      throw new Failure(
        `${server} runs code ${code}, and its sources make ${built.slice(0, 12)} now: ` +
          "a run is repeated with its own code; go back to those sources",
      );
    const folder = mkdtempSync(join(tmpdir(), "leivos-replay-"));
    try {
      const { script, map } = await bundleServer(`servers/${server}/main.ts`);
      const [scriptFile, recordFile] = [join(folder, "script.js"), join(folder, "record")];
      const encoded = Buffer.from(map).toString("base64");
      const comment = `\n//# sourceMappingURL=data:application/json;base64,${encoded}\n`;
      writeFileSync(scriptFile, script + comment);
      writeFileSync(recordFile, record);
      const debug = given.switches.has("debug");
      const main = new URL("../replay/main.ts", import.meta.url).pathname;
      const inspect = debug ? [`--inspect-wait=${firstOf(given, "port") ?? 9229}`] : [];
      const last = debug ? ["debug"] : [];
      const argv = [...inspect, main, scriptFile, recordFile, `${server}-bundle.js`, ...last];
      const outcome = await child(argv, debug);
      const value = outcome ?? {
        sentence: `a turn goes on for more than ${PATIENCE / 1000} s`,
        stack: [],
        same: true,
      };
      const head =
        outcome === undefined
          ? `${server}: ${value.sentence}`
          : `${server}: after ${outcome.turns} of ${outcome.all} turns ${value.sentence}`;
      const stack = value.stack.map((frame) => `  ${frame}\n`).join("");
      show(given, { value: { server, ...value }, text: `${head}\n${stack}` });
      return value.same ? 0 : 1;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
