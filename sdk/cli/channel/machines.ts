// The machines that `uusi boot` runs from this checkout: one file each under build/machines/, for commands that talk to them.
// Invariant: a file whose process is gone counts as none, whoever left it.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../ci/setup/paths.mjs";
import { Failure } from "../failure.ts";

/** A running machine. */
export interface RunningMachine {
  /** its number, from 1 on */
  readonly name: string;
  /** the socket on which the system's channel answers */
  readonly channel: string;
  /** the process that runs it */
  readonly pid: number;
  /** "sim" for the simulated nucleus, which takes scripts in place of bytecode */
  readonly world?: "sim";
}

const standardFolder = join(root, "build/machines");

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function read(path: string): RunningMachine | undefined {
  try {
    const machine = JSON.parse(readFileSync(path, "utf8")) as RunningMachine;
    return alive(machine.pid) ? machine : undefined;
  } catch {
    return undefined;
  }
}

/** The machines that run, by number. */
export function runningMachines(folder: string = standardFolder): RunningMachine[] {
  mkdirSync(folder, { recursive: true });
  return readdirSync(folder)
    .filter((file) => /^\d+\.json$/.test(file))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    .map((file) => read(join(folder, file)))
    .filter((machine) => machine !== undefined);
}

/** Records a machine of this process under the first free number; the file goes with the process, or by `forget`. */
export function recordMachine(
  channel: string,
  folder: string = standardFolder,
  world: { readonly world?: "sim" } = {},
) {
  mkdirSync(folder, { recursive: true });
  for (let number = 1; ; number++) {
    const path = join(folder, `${number}.json`);
    if (read(path) !== undefined) continue;
    rmSync(path, { force: true });
    const machine = { name: `${number}`, channel, pid: process.pid, ...world };
    try {
      writeFileSync(path, `${JSON.stringify(machine)}\n`, { flag: "wx" });
    } catch (error) {
      // Another boot took the number in between.
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw error;
    }
    let ours = true;
    const forget = () => {
      // once given back, the number may be another's before this process exits
      if (ours) rmSync(path, { force: true });
      ours = false;
    };
    process.once("exit", forget);
    return { machine, forget };
  }
}

/**
 * The machine that is meant.
 * @param name its number; without one the only machine there is
 * @throws Failure with the cure
 */
export function findMachine(name: string | undefined, folder?: string): RunningMachine {
  const machines = runningMachines(folder);
  const names = machines.map((machine) => machine.name).join(", ");
  const found = name === undefined ? machines[0] : machines.find((each) => each.name === name);
  if (machines.length === 0) {
    throw new Failure("no machine runs; start one in another terminal: npx uusi boot --serial", 2);
  }
  if (found === undefined) throw new Failure(`there is no machine ${name}; running: ${names}`, 2);
  if (name === undefined && machines.length > 1) {
    throw new Failure(`several machines run; choose one with --machine: ${names}`, 2);
  }
  return found;
}

/**
 * The machine behind a line that is named: a real one at a serial port of this host (/dev/ttyUSB0), or a socket.
 * @throws Failure when there is no such file
 */
export function machineAt(line: string): RunningMachine {
  if (existsSync(line)) return { name: line, channel: line, pid: process.pid };
  throw new Failure(`there is no ${line}; --target names a serial port, such as /dev/ttyUSB0`, 2);
}

/** The machine that the flags `target` and `machine` name. @throws Failure with the cure */
export function chosenMachine(
  target: string | undefined,
  name: string | undefined,
): RunningMachine {
  if (target === undefined) return findMachine(name);
  if (name === undefined) return machineAt(target);
  throw new Failure("--target and --machine name different machines: keep one of them", 2);
}
