// Starts QEMU and connects its serial port and machine protocol. Invariant: the driver listens
// before QEMU starts, so not one byte of the serial port is lost.
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, existsSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { firmware, which } from "../setup/debian.mjs";
import { type MachineOptions, machineArguments } from "./machine.ts";
import { Qmp } from "./qmp.ts";
import { holdChild, holdFolder, releaseFolder } from "./resources.ts";

/** A running QEMU. */
export interface Qemu {
  process: ChildProcess;
  qmp: Qmp;
  /** absent on a machine without a serial port */
  serial: Socket | undefined;
  /** resolves when QEMU is gone, with its exit code (or 128 + signal) and its last words */
  exited: Promise<{ code: number; errors: string }>;
  /** the run's folder, removed when QEMU is gone */
  folder: string;
}

/** A part of the host that is missing; the message names its cure. */
export class HostError extends Error {
  override name = "HostError";
}

/** Accepts one connection on a socket file. */
function listen(path: string): Promise<{ connection: Promise<Socket>; stop: () => void }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    const connection = new Promise<Socket>((accept) => {
      server.once("connection", (socket) => {
        server.close();
        accept(socket);
      });
    });
    server.once("error", reject);
    server.listen(path, () => resolve({ connection, stop: () => server.close() }));
  });
}

/** Finds QEMU and the firmware. */
function checkHost(): string {
  const qemu = which("qemu-system-x86_64");
  if (qemu === undefined) {
    throw new HostError("qemu-system-x86_64 is missing; run: node ci/setup.mjs");
  }
  for (const path of [firmware.code, firmware.vars]) {
    if (!existsSync(path)) {
      throw new HostError(`the firmware ${path} is missing; run: node ci/setup.mjs`);
    }
  }
  return qemu;
}

/**
 * Starts a machine.
 * @throws HostError when QEMU or the firmware is missing, or QEMU refuses to start
 */
export async function startQemu(machine: MachineOptions): Promise<Qemu> {
  const program = checkHost();
  const folder = holdFolder();
  const files = {
    serial: join(folder, "serial"),
    channel: join(folder, "channel"),
    qmp: join(folder, "qmp"),
    variables: join(folder, "variables"),
  };
  copyFileSync(firmware.vars, files.variables);
  const serial = machine.serial ? await listen(files.serial) : undefined;
  const qmp = await listen(files.qmp);
  // A parent that is killed outright can't clean up; the kernel then does it for us.
  const parentDeath = which("setpriv");
  const argv = [program, ...machineArguments(machine, files)];
  const { namespace } = machine;
  const there = namespace === undefined ? argv : ["ip", "netns", "exec", namespace, ...argv];
  const full = parentDeath ? [parentDeath, "--pdeathsig", "KILL", ...there] : there;
  const child = spawn(full[0]!, full.slice(1), { stdio: ["ignore", "ignore", "pipe"] });
  holdChild(child);
  let errors = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const exited = new Promise<{ code: number; errors: string }>((resolve) => {
    child.once("close", (code, signal) => {
      releaseFolder(folder);
      resolve({ code: code ?? (signal === null ? 1 : 128 + 9), errors: errors.trim() });
    });
  });
  // QEMU connects before it checks the rest of its arguments: only the answer to the first command
  // tells that the machine exists.
  const connect = async () => {
    const [socket, line] = await Promise.all([qmp.connection, serial?.connection]);
    const client = new Qmp(socket);
    await client.open();
    return { client, line };
  };
  const connected = await Promise.race([connect().catch(() => undefined), exited]);
  if (connected === undefined || "code" in connected) {
    qmp.stop();
    serial?.stop();
    throw new HostError(`QEMU did not start: ${explain((await exited).errors)}`);
  }
  const { client, line: serialSocket } = connected;
  return { process: child, qmp: client, serial: serialSocket, exited, folder };
}

/** QEMU's last words as one line, with a cure where one is known. */
function explain(errors: string): string {
  const text =
    errors
      .split("\n")
      .at(-1)
      ?.replace(/^\S*qemu-system-x86_64: /, "") ?? "";
  const busy = /host forwarding rule '([^']*)'|Could not set up host forwarding/.exec(text);
  if (busy) return `${text}; the host's port is busy: choose another in --net user,hostfwd=...`;
  if (/display|gtk/i.test(text)) {
    return `${text}; run: apt-get install qemu-system-gui, or use --serial or --display vnc`;
  }
  if (/tap|tun/i.test(text)) return `${text}; the interface must exist and be yours`;
  return text || "it ended without a word";
}
