// `uusi sim`: the same servers on the simulated nucleus, on this terminal.
import { runInRealTime, Keyboard } from "../../sim/real-time.ts";
import { Machine } from "../../sim/machine.ts";
import { builtSystem } from "../../sim/system.ts";
import { attachTerminal } from "../boot/terminal.ts";
import { buildSystem } from "../build/build-system.ts";
import { standardVariant } from "../build/step.ts";
import { Failure } from "../failure.ts";
import { type FlagTable, flagHelp, type Given, numberOf, parseFlags, wordOf } from "../flags.ts";
import type { Command } from "../main.ts";

const flags: FlagTable = {
  cpus: { value: "N", help: "virtual processors, 1 to 8 (2)" },
  until: { value: "login", help: "exit 0 at the login prompt, as fast as it comes" },
  seed: { value: "N", help: "fixes entropy, so that runs repeat (1)" },
  net: { value: "user|none", help: "a wire with a DHCP server at its end, or no card (user)" },
  "netd-wait": { value: "MS", help: "how long login waits for the network (1500)" },
  without: { value: "SERVER", many: true, help: "starts the system without this server" },
  verbose: { help: "shows the build's commands" },
};

const MEMORY = 256 << 20;
/** Virtual ns after which `--until` gives up. */
const PATIENCE_NS = 120e9;
const TIMED_OUT = 124;

export const command: Command = {
  summary: "runs the servers on the simulated nucleus",
  help: () => `npx uusi sim [flags]\n\nLeave with Ctrl-A X.\n\n${flagHelp(flags)}`,
  async run(args) {
    const given = parseFlags("sim", flags, args);
    if (given.rest.length > 0) {
      throw new Failure(`uusi sim: what is "${given.rest[0]}"? see: npx uusi sim --help`, 2);
    }
    const say = (line: string) => void process.stderr.write(`${line}\n`);
    await buildSystem(standardVariant, say, given.switches.has("verbose"));
    const machine = await Machine.boot({
      ...builtSystem(),
      memory: MEMORY,
      cpus: numberOf(given, "cpus", 1, 8) ?? 2,
      seed: numberOf(given, "seed", 0, Number.MAX_SAFE_INTEGER) ?? 1,
      options: guestOptions(given),
      board: { net: wordOf(given, "net", ["user", "none"]) !== "none" },
    });
    let prompt = false;
    let line = "";
    machine.onSerial = (text) => {
      process.stdout.write(process.stdout.isTTY ? text.replace(/(?<!\r)\n/g, "\r\n") : text);
      line = (line + text).slice(-80);
      prompt ||= line.endsWith("leivos login: ");
    };
    if (wordOf(given, "until", ["login"]) === "login") {
      const stop = await machine.run(() => prompt, PATIENCE_NS);
      process.stdout.write("\n");
      return stop === "until" ? 0 : TIMED_OUT;
    }
    return interactive(machine);
  },
};

/** The person at the terminal until the machine stops or the person leaves. */
async function interactive(machine: Machine): Promise<number> {
  const keyboard = new Keyboard(machine);
  const restore = attachTerminal(
    (bytes) => keyboard.type(bytes),
    () => keyboard.leave(),
  );
  const leave = () => keyboard.leave();
  process.once("SIGTERM", leave);
  if (!process.stdin.isTTY) process.once("SIGINT", leave);
  try {
    const stop = await runInRealTime(machine, keyboard, () => false);
    const last = { left: "left", off: "powered off", reboot: "rebooted" } as Record<string, string>;
    process.stderr.write(`\nsim: ${last[stop] ?? stop}\n`);
    return stop === "panic" ? 1 : 0;
  } finally {
    restore();
  }
}

/** Lines as in \leivos\options. */
function guestOptions(given: Given): string {
  const wait = numberOf(given, "netd-wait", 0, 600_000);
  const without = given.values.get("without")?.flatMap((names) => names.split(",")) ?? [];
  const wrong = without.find((name) => !/^[a-z][a-z0-9-]*$/.test(name));
  if (wrong !== undefined) throw new Failure(`--without ${wrong}: that is no server's name`, 2);
  const lines = [
    ...(wait === undefined ? [] : [`netd_wait=${wait}`]),
    ...(without.length === 0 ? [] : [`without=${without.join(",")}`]),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
