// A guest at its login prompt, for tests: it boots once for each image and set of options, and is
// restored from a saved state from then on. Invariant: a state is used only with the very disk,
// machine and QEMU that it was saved with.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import { buildSystem } from "../../sdk/cli/build/build-system.ts";
import { withLock } from "../../sdk/cli/build/lock.ts";
import { standardVariant, type Variant } from "../../sdk/cli/build/step.ts";
import { writeDiskImage } from "../../sdk/image/disk-image.ts";
import { root } from "../setup/paths.mjs";
import { which } from "../setup/debian.mjs";
import { Guest } from "./guest.ts";
import { type MachineOptions, machineArguments } from "./machine.ts";

/** What a test may choose; all else is the standard machine. */
export interface GuestChoice {
  machine?: Partial<Omit<MachineOptions, "disk" | "incoming">>;
  /** lines of the guest's options file */
  options?: Record<string, string>;
  /** another build than the everyday one */
  variant?: Variant;
}

const standard: Omit<MachineOptions, "disk"> = {
  cpus: 2,
  memory: "512M",
  accelerator: "tcg",
  network: { kind: "user", options: [] },
  icount: false,
  display: "none",
  serial: true,
  exitOnReset: false,
};

/** Disks beyond this many are removed with their states, those first that were not used for the longest time. */
const keptStates = 12;
const states = join(root, "build/states");
/** ms until the prompt, firmware included; where instructions are counted that takes ten times as long. */
const BOOTED = 120_000;
const COUNTED = 480_000;
/** The prompt that a booted guest shows. */
export const loginPrompt = /leivos login: $/;

/** A machine with a disk of its own for the choice; nothing is booted. */
export async function guestMachine(choice: GuestChoice = {}): Promise<MachineOptions> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const built = await buildSystem(choice.variant ?? standardVariant, say, false);
  const parts = {
    loader: readFileSync(built.loader),
    boot: readFileSync(built.boot),
    options: choice.options ?? {},
  };
  const machine = { ...standard, ...choice.machine };
  const identity = createHash("sha256");
  for (const bytes of [parts.loader, parts.boot]) identity.update(bytes);
  const files = { serial: "", channel: "", qmp: "", variables: "" };
  const qemu = which("qemu-system-x86_64");
  const version = qemu === undefined ? 0 : statSync(qemu).mtimeMs;
  const argv = machineArguments({ ...machine, disk: "" }, files);
  identity.update(JSON.stringify([parts.options, argv, version]));
  const disk = join(states, `${identity.digest("hex").slice(0, 24)}.img`);
  mkdirSync(states, { recursive: true });
  if (!used(disk)) {
    writeDiskImage(`${disk}.${process.pid}`, parts);
    renameSync(`${disk}.${process.pid}`, disk);
  }
  return { ...machine, disk };
}

/** Notes that a disk is used now, so that it stays; false when it is not there. */
function used(disk: string): boolean {
  try {
    utimesSync(disk, new Date(), new Date());
    return true;
  } catch {
    return false;
  }
}

/** Boots from the firmware on, without a saved state. */
export async function freshGuest(choice: GuestChoice = {}): Promise<Guest> {
  return Guest.start(await guestMachine(choice));
}

/** A guest that waits at `leivos login:`. */
export async function bootedGuest(choice: GuestChoice = {}): Promise<Guest> {
  const machine = await guestMachine(choice);
  const state = machine.disk.replace(/\.img$/, ".state");
  if (!existsSync(state)) await withLock(`${state}.lock`, () => prepare(machine, state));
  return Guest.start({ ...machine, incoming: state });
}

async function prepare(machine: MachineOptions, state: string): Promise<void> {
  if (existsSync(state)) return;
  forget();
  const guest = await Guest.start(machine);
  try {
    await guest.expect(loginPrompt, machine.icount ? COUNTED : BOOTED);
    await guest.save(`${state}.new`);
    renameSync(`${state}.new`, state);
  } finally {
    await guest.close();
  }
}

/** Removes the disks that nobody used for the longest time, with their states. */
function forget(): void {
  const files = readdirSync(states)
    .filter((name) => name.endsWith(".img"))
    .map((name) => ({ path: join(states, name), time: statSync(join(states, name)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const { path } of files.slice(keptStates)) {
    rmSync(path.replace(/\.img$/, ".state"), { force: true });
    rmSync(path, { force: true });
  }
}
