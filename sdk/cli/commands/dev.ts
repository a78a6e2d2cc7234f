// `uusi dev`: boots the system, shows its console, and puts each saved file into it.
import { availableParallelism } from "node:os";
import { Machine } from "../../sim/machine.ts";
import { Keyboard, runInRealTime } from "../../sim/real-time.ts";
import { builtSystem } from "../../sim/system.ts";
import { bootMachine } from "../boot/boot-machine.ts";
import { bootFlags, bootSettings } from "../boot/settings.ts";
import { attachTerminal } from "../boot/terminal.ts";
import { buildSystem } from "../build/build-system.ts";
import { standardVariant } from "../build/step.ts";
import { machineOf } from "../channel/command.ts";
import { type RunningMachine, recordMachine } from "../channel/machines.ts";
import { lineOutput } from "../dev/line-output.ts";
import { openSimLine } from "../dev/sim-line.ts";
import { type DevSettings, waitForSystem, watchAndSwap } from "../dev/watch-and-swap.ts";
import { Failure } from "../failure.ts";
import { type FlagTable, flagHelp, type Given, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";

const flags: FlagTable = {
  sim: { help: "the simulated nucleus in place of QEMU" },
  machine: { value: "N", help: "a machine that runs already: only watches" },
  target: { value: "SERIAL", help: "a real machine at a serial port of this host: only watches" },
  strict: { help: "faults of types block the swap" },
  cpus: bootFlags["cpus"]!,
  memory: bootFlags["memory"]!,
  net: { value: "user|none|tap=IF", help: "network" },
  accel: bootFlags["accel"]!,
};
const CTRL_C = 3;
/** ms until a system must answer: one that runs already, and one that boots, which takes minutes on a host with other work. */
const ANSWERS = 60_000;
const BOOTS = 300_000;
const SIM_MEMORY = 256 << 20;
const NOTHING = new Uint8Array(0);

/** Watches once the system answers, and says so: from that line on each save is answered. */
async function attend(machine: RunningMachine, settings: DevSettings, patience = BOOTS) {
  let over = false;
  let running: { close(): Promise<void> } | undefined;
  const begun = (async () => {
    await waitForSystem(machine, patience);
    if (over) return;
    running = await watchAndSwap(machine, settings);
    settings.say("dev: watching servers/, sdk/ and tape/");
  })().catch((error: Error) => {
    if (!over) settings.say(`dev: not watching: ${error.message}`);
  });
  return {
    async close() {
      over = true;
      await running?.close();
    },
    begun,
  };
}

/** Until Ctrl-C, or the end of the machine's process. */
async function watchOnly(given: Given, settings: DevSettings): Promise<number> {
  const machine = machineOf(given);
  const watching = await attend(machine, settings, ANSWERS);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  await watching.close();
  return 0;
}

async function simulate(settings: DevSettings): Promise<number> {
  await buildSystem(standardVariant, (line) => void process.stderr.write(`${line}\n`), false);
  const board = { channel: true };
  const machine = await Machine.boot({ ...builtSystem(), memory: SIM_MEMORY, board });
  machine.onSerial = (text) => {
    process.stdout.write(process.stdout.isTTY ? text.replace(/(?<!\r)\n/g, "\r\n") : text);
  };
  const keyboard = new Keyboard(machine);
  const line = await openSimLine(machine, () => keyboard.type(NOTHING));
  const { machine: recorded, forget } = recordMachine(line.path, undefined, { world: "sim" });
  const leave = () => keyboard.leave();
  const restore = attachTerminal((bytes) => keyboard.type(bytes), leave, CTRL_C);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, leave);
  const watching = await attend(recorded, settings);
  try {
    await runInRealTime(machine, keyboard, () => false);
    return machine.stop === "panic" ? 1 : 0;
  } finally {
    await watching.close();
    restore();
    forget();
    line.close();
  }
}

export const command: Command = {
  summary: "boots, and puts each saved file into the running system",
  help: () =>
    `npx uusi dev [flags]\n\nEach save is answered by one line. Ctrl-C ends it, and the machine with it.\n\n${flagHelp(flags)}`,
  async run(args) {
    const given = parseFlags("dev", flags, args);
    if (given.rest.length > 0) {
      throw new Failure(`uusi dev: what is "${given.rest[0]}"? see: npx uusi dev --help`, 2);
    }
    const settings = { strict: given.switches.has("strict"), say: lineOutput() };
    const boots = ["cpus", "memory", "net", "accel"].find((flag) => given.values.has(flag));
    const runs = ["machine", "target"].find((flag) => given.values.has(flag));
    if (runs !== undefined) {
      const other = given.switches.has("sim") ? "sim" : boots;
      if (other !== undefined)
        throw new Failure(`uusi dev: --${runs} boots none: leave --${other} away`, 2);
      return watchOnly(given, settings);
    }
    if (given.switches.has("sim")) {
      if (boots !== undefined) throw new Failure(`uusi dev: --sim takes no --${boots}`, 2);
      return simulate(settings);
    }
    given.switches.add("serial");
    return bootMachine(bootSettings(given, availableParallelism()), {
      leaveOn: CTRL_C,
      begin: (machine) => attend(machine, settings),
    });
  },
};
