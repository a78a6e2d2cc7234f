// One run of the system under `uusi boot`: transcript to standard output, all else to standard
// error, and an exit code that tells how it ended.
import { Guest } from "../../../ci/qemu/guest.ts";
import { buildSystem } from "../build/build-system.ts";
import { standardVariant } from "../build/step.ts";
import { type RunningMachine, recordMachine } from "../channel/machines.ts";
import { withPages } from "../build/variant-flags.ts";
import { fromCaller } from "../commands/image.ts";
import { chooseAccelerator } from "./accelerator.ts";
import { bootDisk } from "./boot-disk.ts";
import { FirmwareFilter } from "./firmware-filter.ts";
import type { BootSettings } from "./settings.ts";
import { attachTerminal } from "./terminal.ts";

/** `--until` and `--smoke` give up after this many milliseconds. */
const patience = 120_000;
const timedOut = 124;

const say = (line: string) => void process.stderr.write(`${line}\n`);

/** Whether this session could open a window. */
const hasScreen = () => Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY);

/** What goes on beside a machine that runs for a person. */
export interface Beside {
  /** begins once the machine is recorded; ended by `close` */
  begin(machine: RunningMachine): Promise<{ close(): Promise<void> | void }>;
  /** bytes that leave when they are typed, beside Ctrl-A X */
  readonly leaveOn?: number;
}

/** Builds the system, boots it, and follows it to its end. @returns the exit code */
export async function bootMachine(settings: BootSettings, beside?: Beside): Promise<number> {
  const variant = settings.checks
    ? { ...standardVariant, out: "build/variants/checks", checks: true }
    : standardVariant;
  const built = await buildSystem(withPages(variant, settings.www), say, settings.verbose);
  const disk = bootDisk(built, settings.options);
  const watched = settings.smoke || settings.untilLogin;
  const unsaid = settings.display === undefined && !settings.serial && !watched;
  const window = settings.display === "window" || (unsaid && hasScreen());
  const serialShown = settings.serial || watched || !window;
  if (unsaid && !window) say("boot: no window here: --serial is used");
  const guest = await Guest.start({
    cpus: settings.cpus,
    memory: settings.memory,
    accelerator: await chooseAccelerator(settings.accelerator, disk, say),
    network: settings.network,
    ...(settings.second === undefined ? {} : { second: settings.second }),
    ...(settings.card === undefined ? {} : { card: settings.card }),
    ...(settings.mac === undefined ? {} : { mac: settings.mac }),
    icount: settings.icount,
    iommu: settings.iommu,
    disk,
    display: settings.display ?? (window ? "window" : "none"),
    serial: true,
    exitOnReset: watched,
    channel: true,
    ...(settings.capture === undefined ? {} : { capture: fromCaller(settings.capture) }),
  });
  const { machine, forget } = recordMachine(guest.channel);
  if (machine.name !== "1") say(`boot: this is machine ${machine.name}`);
  let running: { close(): Promise<void> | void } | undefined;
  try {
    await announceScreen(guest, settings);
    if (serialShown) showTranscript(guest, settings.verbose);
    if (settings.smoke) return await followSmoke(guest);
    if (settings.untilLogin) return await followLogin(guest);
    running = await beside?.begin(machine);
    return await followUser(guest, serialShown, beside?.leaveOn);
  } finally {
    await running?.close();
    forget();
    await guest.close();
  }
}

async function announceScreen(guest: Guest, settings: BootSettings): Promise<void> {
  if (settings.display !== "vnc") return;
  const { service } = (await guest.qmp.execute("query-vnc")) as { service?: string };
  say(`boot: the screen is at vnc://127.0.0.1:${service}`);
}

function showTranscript(guest: Guest, verbose: boolean): void {
  const filter = new FirmwareFilter();
  guest.qmp.onEvent(({ event }) => {
    if (event === "RESET") filter.reset();
  });
  const show = (text: string) => {
    const shown = verbose ? text : filter.push(text);
    if (shown === "") return;
    const lines = process.stdout.isTTY ? shown.replace(/(?<!\r)\n/g, "\r\n") : shown;
    process.stdout.write(Buffer.from(lines, "latin1"));
  };
  show(guest.transcript.text);
  guest.serial?.on("data", show);
}

/** The last line of a report, whole. */
const reportEnd = /^(?:halted|rebooting|leivos: .*)\n/m;
/** What ends a boot before its goal. */
const failure = /^(?:leivos: (?!login)|UUSI PANIC: ).*$/m;

async function followSmoke(guest: Guest): Promise<number> {
  const passed = guest.expect(/UUSI_SMOKE_PASS/, patience);
  const code = await outcome(guest, passed);
  if (code !== 0) return code;
  const ended = await Promise.race([guest.exited.then(() => true), after(patience, false)]);
  if (ended) return 0;
  say("boot: the machine did not power off");
  return timedOut;
}

async function followLogin(guest: Guest): Promise<number> {
  const code = await outcome(guest, guest.expect(/^leivos login: ?$/m, patience));
  if (process.stdout.isTTY || code === 0) process.stdout.write("\n");
  return code;
}

/** Waits for the goal, a failure that the guest reports, the end of the machine or the time. */
async function outcome(guest: Guest, goal: Promise<unknown>): Promise<number> {
  const broken = new Promise<string>((resolve) => {
    let seen = false;
    const look = () => {
      const text = guest.transcript.text.replaceAll("\r", "");
      const line = failure.exec(text);
      if (line === null) return;
      // The rest of the report belongs to the transcript.
      if (reportEnd.test(text)) resolve(line[0]);
      else if (!seen) setTimeout(resolve, 10_000, line[0]);
      seen = true;
    };
    guest.serial?.on("data", look);
    look();
  });
  const reached = goal.then(
    () => undefined,
    (error: Error) => error,
  );
  const result = await Promise.race([reached, broken]);
  if (result === undefined) return 0;
  if (typeof result === "string") {
    say(`boot: the system stopped: ${result}`);
    return 1;
  }
  if (/did not come/.test(result.message)) {
    say(`boot: not reached within ${patience / 1000} s; --verbose shows all output`);
    return timedOut;
  }
  const { code, errors } = await guest.exited;
  say(`boot: the machine ended first${errors ? `: ${errors}` : ""}`);
  return code === 0 ? 1 : code;
}

async function followUser(guest: Guest, serialShown: boolean, leaveOn?: number): Promise<number> {
  let leave = () => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const restore = serialShown
    ? attachTerminal((bytes) => guest.send(bytes), leave, leaveOn)
    : () => {};
  const also = leaveOn === undefined ? "" : " or Ctrl-C";
  if (serialShown && process.stdin.isTTY) say(`boot: Ctrl-A X${also} leaves\r`);
  const ended = await Promise.race([left.then(() => undefined), guest.exited]);
  restore();
  if (ended !== undefined && ended.code !== 0) say(`boot: QEMU ended: ${ended.errors}`);
  return ended?.code ?? 0;
}

const after = <T>(ms: number, value: T) =>
  new Promise<T>((resolve) => setTimeout(resolve, ms, value).unref());
