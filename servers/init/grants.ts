// Turns a manifest's devices and privileges into handles in the new process, under the names that servers look for.
// Invariant: a handle is made for one server and moved to it; what its manifest does not name is never made.
import { deviceMemoryFlags, limits, rights } from "../../sdk/abi/table.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import type { PackedManifest } from "../../sdk/contract/manifest.ts";
import { Handle } from "../../sdk/runtime/handle.ts";
import {
  createBudget,
  createDeviceMemory,
  createInterrupt,
  createIoPorts,
} from "../../sdk/runtime/privileges.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import type { Process } from "../../sdk/runtime/process.ts";
import { imageObject, type Machine } from "./machine.ts";

/** What a new process gets beside its channels. */
export interface Grants {
  readonly handles: { name: string; number: number }[];
  readonly options: { [key: string]: string };
}

type Give = (name: string, handle: Handle | Failure, keep: number) => Failure | undefined;

const IO = rights.READ | rights.WRITE;
const INTERRUPT = rights.BIND | rights.MANAGE | rights.INFO;
const MEMORY = rights.MAP | rights.READ | rights.WRITE | rights.INFO;
const FILES = rights.MAP | rights.READ | rights.INFO;
const PRIVILEGE = rights.USE | rights.DUPLICATE | rights.TRANSFER;

const devices: {
  readonly [name: string]:
    | ((machine: Machine, give: Give, options: Grants["options"]) => Failure | undefined)
    | undefined;
} = {
  serial: (machine, give) =>
    give("serial/ports", createIoPorts(machine.ioPorts, 0x3f8, 8), IO) ??
    give("serial/interrupt", createInterrupt(machine.interrupts, 4), INTERRUPT),
  serial2: (machine, give) =>
    give("serial2/ports", createIoPorts(machine.ioPorts, 0x2f8, 8), IO) ??
    give("serial2/interrupt", createInterrupt(machine.interrupts, 3), INTERRUPT),
  i8042: (machine, give) =>
    give("i8042/data", createIoPorts(machine.ioPorts, 0x60, 1), IO) ??
    give("i8042/command", createIoPorts(machine.ioPorts, 0x64, 1), IO) ??
    give("i8042/interrupt", createInterrupt(machine.interrupts, 1), INTERRUPT),
  framebuffer: (machine, give, options) => {
    const { framebuffer, framebufferBytes, width, height, stride, format } = machine.platform;
    if (framebuffer === 0) return undefined;
    const page = limits.PAGE_BYTES;
    const start = framebuffer - (framebuffer % page);
    const bytes = Math.ceil((framebuffer - start + framebufferBytes) / page) * page;
    options["framebuffer"] = `${width} ${height} ${stride} ${format} ${framebuffer - start}`;
    return give(
      "framebuffer/memory",
      createDeviceMemory(machine.deviceMemory, start, bytes, deviceMemoryFlags.WRITE_COMBINING),
      MEMORY,
    );
  },
  "pci-host": (machine, give, options) => {
    const { ecam, ecamFirstBus, ecamLastBus, rsdp } = machine.platform;
    if (ecam === 0) return undefined;
    options["buses"] = `${ecamFirstBus} ${ecamLastBus}`;
    options["rsdp"] = String(rsdp);
    const bytes = (ecamLastBus - ecamFirstBus + 1) * 2 ** 20;
    const start = ecam + ecamFirstBus * 2 ** 20;
    const copy = (privilege: number) => duplicate(privilege, PRIVILEGE);
    return (
      give(
        "pci-host/ecam",
        createDeviceMemory(machine.deviceMemory, start, bytes, deviceMemoryFlags.UNCACHED),
        MEMORY,
      ) ??
      give("pci-host/memory", copy(machine.deviceMemory), PRIVILEGE) ??
      give("pci-host/interrupts", copy(machine.interrupts), PRIVILEGE) ??
      give("pci-host/dma", copy(machine.dma), PRIVILEGE)
    );
  },
  // Functions on the bus are handed out by `pci`, which learns from init who may claim which class.
  "virtio-net": () => undefined,
  "virtio-serial": () => undefined,
  e1000e: () => undefined,
};

const privileges: {
  readonly [name: string]: ((machine: Machine) => readonly [number, number, string]) | undefined;
} = {
  "system-info": (machine) => [machine.system, rights.INFO, "system"],
  "system-control": (machine) => [machine.system, rights.INFO | rights.MANAGE, "control"],
  "log-read": (machine) => [machine.log, rights.READ, "log-read"],
};

/** What the code keeper works with: the right to make memory executable, and a copy of the boot image's table, which names its code. */
function giveSealing(machine: Machine, give: Give): Failure | undefined {
  const table = new Memory(machine.table, true);
  const bytes = table.size();
  return (
    give("executable-memory", duplicate(machine.system, rights.EXECUTE), rights.EXECUTE) ??
    give("image-table", table.clone(0, bytes, bytes), FILES)
  );
}

/** Bytes that programs of the image may use together, beside what their server pays for. */
const PROGRAM_BUDGET = 256 << 20;
const PROGRAM = rights.READ | rights.MAP | rights.EXECUTE | rights.INFO;

/** What starts native programs: the right to make processes, a budget for them, and the image's programs themselves. */
function givePrograms(machine: Machine, give: Give): Failure | undefined {
  const budget = createBudget(machine.budget, PROGRAM_BUDGET);
  if (budget instanceof Failure) return budget;
  const fault =
    give("programs/factory", duplicate(machine.factory, rights.USE), rights.USE) ??
    give("programs/budget", new Handle(budget), rights.USE | rights.INFO);
  if (fault !== undefined) return fault;
  for (const object of machine.image) {
    if (!object.name.startsWith("program/")) continue;
    const given = give(object.name, duplicate(object.handle, PROGRAM), PROGRAM);
    if (given !== undefined) return given;
  }
  return undefined;
}

/** Privileges that are more than one handle. */
const sets: {
  readonly [name: string]: ((machine: Machine, give: Give) => Failure | undefined) | undefined;
} = { programs: givePrograms, "executable-memory": giveSealing };

/** A handle to give away. */
export function duplicate(number: number, keep: number): Handle | Failure {
  const copy = new Handle(number, true).duplicate(keep | rights.TRANSFER);
  return copy instanceof Failure ? copy : new Handle(copy);
}

/** What a manifest asks for that does not exist; the empty list when all does. */
export function unknownGrants(manifest: PackedManifest): string[] {
  const sentences: string[] = [];
  manifest.devices.forEach((name, index) => {
    if (!Object.hasOwn(devices, name)) {
      const known = Object.keys(devices).join(", ");
      sentences.push(
        `manifest devices[${index}]: there is no device class \`${name}\`, only ${known}`,
      );
    }
  });
  manifest.privileges.forEach((name, index) => {
    if (name !== "seed" && !Object.hasOwn(sets, name) && !Object.hasOwn(privileges, name)) {
      const known = ["seed", ...Object.keys(sets), ...Object.keys(privileges)].join(", ");
      sentences.push(
        `manifest privileges[${index}]: there is no privilege \`${name}\`, only ${known}`,
      );
    }
  });
  return sentences;
}

/** Makes and moves everything that the manifest names. On a failure what was made goes with the process. */
export function giveGrants(
  machine: Machine,
  process: Process,
  manifest: PackedManifest,
): Grants | Failure {
  const grants: Grants = { handles: [], options: {} };
  const give: Give = (name, handle, keep) => {
    if (handle instanceof Failure) return handle;
    const number = process.give(handle.take(), keep);
    if (number instanceof Failure) return number;
    grants.handles.push({ name, number });
    return undefined;
  };
  const unlogged = giveLog(machine, process, manifest, grants.handles);
  if (unlogged !== undefined) return unlogged;
  const asDevice: Give = (name, handle, keep) => give(`device:${name}`, handle, keep);
  for (const name of manifest.devices) {
    const fault = devices[name]?.(machine, asDevice, grants.options);
    if (fault !== undefined) return new Failure(fault.code, `device ${name}: ${fault.sentence}`);
  }
  for (const name of manifest.privileges) {
    const granted = sets[name]?.(machine, give);
    if (granted !== undefined) return granted;
    const asked = privileges[name]?.(machine);
    if (asked === undefined) continue;
    const [number, keep, grant] = asked;
    const fault = give(grant, duplicate(number, keep), keep);
    if (fault !== undefined) return new Failure(fault.code, `privilege ${name}: ${fault.sentence}`);
  }
  const files = imageObject(machine, `files/${manifest.name}`);
  if (manifest.files === true && files !== undefined) {
    const fault = give("files", duplicate(files.handle, FILES), FILES);
    if (fault !== undefined) return new Failure(fault.code, `files: ${fault.sentence}`);
  }
  return grants;
}

/** The log, always the first handle of a process: code that takes over another's vault finds it under the same number. */
export function giveLog(
  machine: Machine,
  process: Process,
  manifest: PackedManifest,
  grants: { name: string; number: number }[],
): Failure | undefined {
  if (!manifest.log) return undefined;
  const copy = duplicate(machine.log, rights.WRITE);
  const number = copy instanceof Failure ? copy : process.give(copy.take(), rights.WRITE);
  if (number instanceof Failure) return new Failure(number.code, `log: ${number.sentence}`);
  grants.push({ name: "log", number });
  return undefined;
}
