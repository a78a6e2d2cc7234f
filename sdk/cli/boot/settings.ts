// What `uusi boot` is asked to do: flags parsed once into typed values. Pure.
import type { Network } from "../../../ci/qemu/machine.ts";
import { Failure } from "../failure.ts";
import { type FlagTable, type Given, numberOf, firstOf, wordOf } from "../flags.ts";

/** The flags of `uusi boot`. */
export const bootFlags: FlagTable = {
  serial: { help: "the system's serial line on this terminal (leave with Ctrl-A X)" },
  smoke: { help: "early boot only: three lines, then power off" },
  cpus: { value: "N", help: "processors, 1 to 32 (the host's, up to 8)" },
  memory: { value: "SIZE", help: "memory, such as 512M or 8G (2G)" },
  until: { value: "login", help: "exit 0 at the login prompt, 124 when it does not come in 120 s" },
  display: { value: "none|vnc|window", help: "where the screen goes" },
  net: {
    value: "user|none|tap=IF|dgram=...",
    many: true,
    help: "network; user takes options: user,hostfwd=tcp::8080-:80; dgram=PORT:HOST:PORT joins machines by UDP; a second --net is a second card's",
  },
  card: { value: "virtio|e1000e", help: "the network card (virtio)" },
  mac: {
    value: "ADDRESS",
    help: "the card's address (52:54:00:12:34:56); machines on one wire need different ones",
  },
  iommu: { value: "on|off", help: "whether the machine has an IOMMU (on)" },
  accel: { value: "auto|kvm|tcg", help: "auto uses KVM only where it runs the firmware" },
  icount: { help: "exact instruction counts instead of time (implies --accel tcg)" },
  seed: { value: "N", help: "fixes entropy and clock, so that runs repeat" },
  panic: { value: "halt|reboot", help: "what a panic of the nucleus ends with" },
  "panic-test": { help: "makes the nucleus panic, to see the report" },
  "netd-wait": { value: "MS", help: "how long login waits for the network (1500)" },
  safe: { help: "safe mode: only the servers that repairing a system needs" },
  without: { value: "SERVER", many: true, help: "starts the system without this server" },
  capture: { value: "FILE", help: "writes all network frames to a pcap file" },
  www: { value: "FOLDER", help: "what httpd serves at port 80 (servers/httpd/files)" },
  variant: { value: "checks", help: "boots the build that traps on undefined behaviour" },
  verbose: { help: "also shows the firmware's own output and the build's commands" },
};

/** A parsed command line. */
export interface BootSettings {
  serial: boolean;
  smoke: boolean;
  cpus: number;
  memory: string;
  untilLogin: boolean;
  display: "none" | "vnc" | "window" | undefined;
  network: Network;
  /** a second card's, which is of the other kind */
  second: Network | undefined;
  card: "virtio" | "e1000e" | undefined;
  mac: string | undefined;
  iommu: boolean;
  accelerator: "auto" | "kvm" | "tcg";
  icount: boolean;
  capture: string | undefined;
  /** folder of the files that httpd serves, in place of its own */
  www: string | undefined;
  checks: boolean;
  verbose: boolean;
  /** lines of the guest's options file */
  options: Record<string, string>;
}

/** Below this the firmware itself does not start. */
const leastMemory = 128;

/**
 * Checks and types the flags.
 * @param hostCpus how many processors the host has
 * @throws Failure exit code 2
 */
export function bootSettings(given: Given, hostCpus: number): BootSettings {
  if (given.rest.length > 0) {
    throw new Failure(`uusi boot: what is "${given.rest[0]}"? see: npx uusi boot --help`, 2);
  }
  const icount = given.switches.has("icount");
  const accelerator = wordOf(given, "accel", ["auto", "kvm", "tcg"]) ?? (icount ? "tcg" : "auto");
  if (icount && accelerator === "kvm") {
    throw new Failure("uusi boot: --icount counts in TCG only; leave --accel kvm away", 2);
  }
  return {
    serial: given.switches.has("serial"),
    smoke: given.switches.has("smoke"),
    cpus: numberOf(given, "cpus", 1, 32) ?? Math.min(hostCpus, 8),
    memory: memoryOf(firstOf(given, "memory") ?? "2G"),
    untilLogin: wordOf(given, "until", ["login"]) === "login",
    display: wordOf(given, "display", ["none", "vnc", "window"]),
    ...networksOf(given.values.get("net") ?? ["user"]),
    card: wordOf(given, "card", ["virtio", "e1000e"]),
    mac: macOf(firstOf(given, "mac")),
    iommu: wordOf(given, "iommu", ["on", "off"]) !== "off",
    accelerator: icount ? "tcg" : accelerator,
    icount,
    capture: firstOf(given, "capture"),
    www: firstOf(given, "www"),
    checks: wordOf(given, "variant", ["checks"]) === "checks",
    verbose: given.switches.has("verbose"),
    options: guestOptions(given),
  };
}

/** The options that the loader hands on (docs/boot-image.md). */
function guestOptions(given: Given): Record<string, string> {
  const seed = numberOf(given, "seed", 0, Number.MAX_SAFE_INTEGER);
  const panic = wordOf(given, "panic", ["halt", "reboot"]);
  const wait = numberOf(given, "netd-wait", 0, 600_000);
  const without = given.values.get("without")?.flatMap((names) => names.split(",")) ?? [];
  const wrong = without.find((name) => !/^[a-z][a-z0-9-]*$/.test(name));
  if (wrong !== undefined) throw new Failure(`--without ${wrong}: that is no server's name`, 2);
  return {
    ...(given.switches.has("smoke") ? { smoke: "1" } : {}),
    ...(given.switches.has("panic-test") ? { panic_test: "1" } : {}),
    ...(panic === undefined ? {} : { panic }),
    ...(seed === undefined ? {} : { seed: String(seed) }),
    ...(wait === undefined ? {} : { netd_wait: String(wait) }),
    ...(given.switches.has("safe") ? { safe: "1" } : {}),
    ...(without.length === 0 ? {} : { without: without.join(",") }),
  };
}

function memoryOf(text: string): string {
  const match = /^(\d+)([MG])$/i.exec(text);
  if (match === null) {
    throw new Failure(`--memory ${text}: write it as a number with M or G, such as 512M`, 2);
  }
  const megabytes = Number(match[1]) * (match[2]!.toUpperCase() === "G" ? 1024 : 1);
  if (megabytes < leastMemory || megabytes > 1 << 20) {
    throw new Failure(`--memory ${text}: use at least ${leastMemory}M and at most 1024G`, 2);
  }
  return `${megabytes}M`;
}

function networksOf(texts: readonly string[]): Pick<BootSettings, "network" | "second"> {
  const [network, second, third] = texts.map(networkOf);
  if (third !== undefined)
    throw new Failure("uusi boot: a machine has two cards at most; leave the third --net away", 2);
  return { network: network ?? { kind: "none" }, second };
}

function networkOf(text: string): Network {
  if (text === "none") return { kind: "none" };
  const tap = /^tap=([A-Za-z0-9_.-]{1,15})$/.exec(text);
  if (tap !== null) return { kind: "tap", interface: tap[1]! };
  const dgram = /^dgram=(\d{1,5}):([A-Za-z0-9_.-]+):(\d{1,5})$/.exec(text);
  if (dgram !== null) {
    const [port, to] = [Number(dgram[1]), Number(dgram[3])];
    if (port >= 1 && port <= 65_535 && to >= 1 && to <= 65_535)
      return { kind: "dgram", port, host: dgram[2]!, to };
  }
  const [kind, ...options] = text.split(",");
  if (kind !== "user" || options.some((option) => !/^[a-z0-9-]+=\S*$/.test(option))) {
    const forms = "user, user,hostfwd=tcp::8080-:80, none, tap=IF or dgram=5001:127.0.0.1:5002";
    throw new Failure(`--net ${text} is not known; use ${forms}`, 2);
  }
  return { kind: "user", options };
}

function macOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  // The lowest bit of the first byte is that of groups, which no card is.
  if (!/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/i.test(text))
    throw new Failure(`--mac ${text}: write it as 52:54:00:12:34:56, the first byte even`, 2);
  return text.toLowerCase();
}
