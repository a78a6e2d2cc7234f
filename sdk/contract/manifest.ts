// Manifests: what a server may do, readable as documentation and checked by init before anything is handed out.
import { handedOut, methodHashes } from "./method-hashes.ts";
import type { Contract } from "./contract.ts";
import { MOST_RULES, type NetRules, readDoor, readReach } from "./net-rules.ts";

/** Device classes that `pci` and `init` know how to hand out. */
export type DeviceClass =
  | "serial" // the 16550 at 0x3f8: I/O ports and IRQ 4
  | "serial2" // the 16550 at 0x2f8: I/O ports and IRQ 3
  | "i8042" // I/O ports 0x60 and 0x64, IRQ 1
  | "framebuffer"
  | "pci-host" // ECAM, BAR windows, interrupt and DMA privileges
  | "virtio-net"
  | "virtio-serial"
  | "e1000e";

export interface RestartPolicy {
  /** "always" restarts after any end, "failure" unless it exited with 0, "never" leaves it ended */
  readonly when: "always" | "failure" | "never";
  /** restarts within `window` ns; after that it is tried once in 30 s; default 5 in 10 s */
  readonly most?: number;
  readonly window?: number;
}

export interface ManifestFields {
  /** as in /svc and in logs; the folder's name */
  readonly name: string;
  /** name -> contract of each service that it serves */
  // biome-ignore lint/suspicious/noExplicitAny: contracts of any shape
  readonly serves?: { readonly [name: `/svc/${string}` | `/dev/${string}`]: Contract<any> };
  /** names that it may open */
  readonly uses?: readonly (`/svc/${string}` | `/dev/${string}`)[];
  readonly devices?: readonly DeviceClass[];
  /** may write to the log; default true */
  readonly log?: boolean;
  /** bytes of memory in all; default 16 MiB */
  readonly budget?: number;
  /** share of the processors against 100; default 100 */
  readonly weight?: number;
  /**
   * "batch": runs where no interactive thread wants to, and beside them has a tenth of the time; with them while a call
   * of an interactive process waits for its answer. Default "interactive"
   */
  readonly class?: "interactive" | "batch";
  readonly restart?: RestartPolicy;
  /** "boot" (default), or "demand": started when somebody opens a name that it serves; pair it with restart "never" */
  readonly start?: "boot" | "demand";
  /** ns until it must have called `ready()`; default 10 s */
  readonly startWithin?: number;
  /** ns between the word that it must end (`onTerminating`) and the kill; default 100 ms, at most 10 s */
  readonly stopWithin?: number;
  /** ns that it may take to show that it still takes its events; then it is started again. Default 10 s, 0 for ever */
  readonly answerWithin?: number;
  /** names among `uses` without which it can't work: when it ends while their servers are away, it waits for them */
  readonly needs?: readonly (`/svc/${string}` | `/dev/${string}`)[];
  /** runs in safe mode too, which is left to what people need to repair a system; default false */
  readonly safe?: boolean;
  /** special rights: system information, control (power), the entropy seed, processes of the image's programs, sealing of code */
  readonly privileges?: readonly (
    | "system-info"
    | "system-control"
    | "seed"
    | "log-read"
    | "supervise"
    | "programs"
    | "executable-memory"
  )[];
  /** what it may do over /svc/session, as an account's `may` (servers/init/contract.ts); default nothing */
  readonly may?: readonly ("see" | "log" | "manage" | "power")[];
  /** Tape kernels that its code imports: NAME for tape/kernels/NAME.tape, SERVER-NAME for its own kernels/NAME.tape */
  readonly kernels?: readonly string[];
  /** reads the folder `files/` beside the manifest, which the image holds, through sdk/runtime/files.ts; default false */
  readonly files?: boolean;
  /** where it may connect and listen over /svc/net; default nowhere */
  readonly net?: NetRules;
  /** part of development images only; default false */
  readonly development?: boolean;
}

/** Declares a manifest: a typed identity. */
export function manifest(fields: ManifestFields): ManifestFields {
  return fields;
}

/** A manifest as it stands in the image's configuration: contracts by name and version, defaults filled in. */
export interface PackedManifest {
  readonly name: string;
  readonly serves: readonly {
    readonly name: string;
    readonly contract: string;
    readonly version: number;
    /** its methods (method-hashes.ts); absent in what was packed without */
    readonly methods?: string;
  }[];
  /** contracts of channels that travel in messages of those, and stand behind no name; absent without any */
  readonly hands?: readonly { readonly contract: string; readonly methods: string }[];
  /** of code that is pushed: the contracts of other servers that it is made with, by their names */
  readonly speaks?: readonly { readonly contract: string; readonly methods: string }[];
  readonly uses: readonly string[];
  readonly devices: readonly string[];
  readonly log: boolean;
  readonly budget: number;
  readonly weight: number;
  /** "batch", or absent */
  readonly class?: string;
  readonly restart: { readonly when: string; readonly most: number; readonly window: number };
  readonly start?: string;
  readonly startWithin: number;
  /** absent where the default holds, as are the next three */
  readonly stopWithin?: number;
  readonly answerWithin?: number;
  readonly needs?: readonly string[];
  readonly safe?: boolean;
  readonly privileges: readonly string[];
  /** absent in a manifest that grants nothing of it */
  readonly may?: readonly string[];
  /** absent where there are none */
  readonly kernels?: readonly string[];
  readonly files?: boolean;
  readonly net?: NetRules;
  readonly development?: boolean;
}

const MIB = 1 << 20;
const SECOND = 1_000_000_000;
const DEFAULT_MOST = 5;
const DEFAULT_WINDOW = 10 * SECOND;

const deviceClasses = [
  "serial",
  "serial2",
  "i8042",
  "framebuffer",
  "pci-host",
  "virtio-net",
  "virtio-serial",
  "e1000e",
];
const privileges = [
  "system-info",
  "system-control",
  "seed",
  "log-read",
  "supervise",
  "programs",
  "executable-memory",
];
const starts = ["boot", "demand"];
const classes = ["interactive", "batch"];
const permissions = ["see", "log", "manage", "power"];
const restarts = ["always", "failure", "never"];

/** Fills in defaults and names contracts, for the image's configuration. */
export function packManifest(fields: ManifestFields): PackedManifest {
  const served = Object.values(fields.serves ?? {});
  const hands = [...new Set(served.flatMap(handedOut))].filter((each) => !served.includes(each));
  return {
    name: fields.name,
    serves: Object.entries(fields.serves ?? {}).map(([name, contract]) => ({
      name,
      contract: contract.name,
      version: contract.version,
      methods: methodHashes(contract),
    })),
    ...(hands.length === 0
      ? {}
      : { hands: hands.map((each) => ({ contract: each.name, methods: methodHashes(each) })) }),
    uses: fields.uses ?? [],
    devices: fields.devices ?? [],
    log: fields.log ?? true,
    budget: fields.budget ?? 16 * MIB,
    weight: fields.weight ?? 100,
    ...(fields.class === "batch" ? { class: "batch" } : {}),
    restart: {
      when: fields.restart?.when ?? "always",
      most: fields.restart?.most ?? DEFAULT_MOST,
      window: fields.restart?.window ?? DEFAULT_WINDOW,
    },
    start: fields.start ?? "boot",
    startWithin: fields.startWithin ?? 10 * SECOND,
    ...(fields.stopWithin === undefined ? {} : { stopWithin: fields.stopWithin }),
    ...(fields.answerWithin === undefined ? {} : { answerWithin: fields.answerWithin }),
    ...(fields.needs === undefined ? {} : { needs: fields.needs }),
    ...(fields.safe === true ? { safe: true } : {}),
    privileges: fields.privileges ?? [],
    ...(fields.may === undefined ? {} : { may: fields.may }),
    ...(fields.kernels === undefined ? {} : { kernels: fields.kernels }),
    ...(fields.files === true ? { files: true } : {}),
    ...(fields.net === undefined ? {} : { net: fields.net }),
    ...(fields.development === true ? { development: true } : {}),
  };
}

/** What is wrong with a manifest; `path` says where (`uses[2]`), `line` is its line when the source is given, else 0. */
export interface ManifestProblem {
  readonly path: string;
  readonly line: number;
  readonly sentence: string;
}

type Json = { readonly [key: string]: unknown };

/** The line of the source that holds the value at `path`: of the value's text, else of its key, else 1. */
function lineOf(source: string | undefined, path: string, value: unknown): number {
  if (source === undefined) return 0;
  const lines = source.split("\n");
  const find = (text: string) => lines.findIndex((line) => line.includes(text)) + 1;
  const key = path.split(/[.[]/)[0]!;
  return (typeof value === "string" && find(JSON.stringify(value))) || find(`${key}:`) || 1;
}

class Checker {
  readonly problems: ManifestProblem[] = [];
  readonly #source: string | undefined;

  constructor(source: string | undefined) {
    this.#source = source;
  }

  say(path: string, value: unknown, sentence: string): void {
    this.problems.push({ path, line: lineOf(this.#source, path, value), sentence });
  }

  integer(path: string, value: unknown, low: number, high: number): void {
    if (typeof value !== "number" || value % 1 !== 0 || value < low || value > high)
      this.say(path, value, `\`${path}\` must be an integer from ${low} to ${high}`);
  }

  word(path: string, value: unknown, words: readonly string[]): void {
    if (typeof value !== "string" || !words.includes(value))
      this.say(
        path,
        value,
        `\`${path}\` is ${JSON.stringify(value)}; known are ${words.join(", ")}`,
      );
  }

  service(path: string, value: unknown): void {
    if (typeof value !== "string" || !/^\/(svc|dev)\/[a-z][a-z0-9-]{0,40}$/.test(value))
      this.say(
        path,
        value,
        `\`${path}\` is ${JSON.stringify(value)}; a name is /svc/... or /dev/...`,
      );
  }

  list(path: string, value: unknown, check: (path: string, value: unknown) => void): void {
    if (!Array.isArray(value)) {
      this.say(path, value, `\`${path}\` must be a list`);
      return;
    }
    value.forEach((each, i) => {
      check(`${path}[${i}]`, each);
      if (value.indexOf(each) < i)
        this.say(`${path}[${i}]`, each, `${JSON.stringify(each)} stands twice in \`${path}\``);
    });
  }
}

const known = [
  "name",
  "serves",
  "hands",
  "speaks",
  "uses",
  "devices",
  "log",
  "budget",
  "weight",
  "class",
  "restart",
  "start",
  "startWithin",
  "stopWithin",
  "answerWithin",
  "needs",
  "safe",
  "privileges",
  "may",
  "kernels",
  "files",
  "net",
  "development",
];

/** Whether a value has the form of `net`, rule by rule; `path` is where it stands. */
function checkNet(checker: Checker, value: unknown): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    checker.say("net", value, "`net` must be an object with `connect` and `listen`");
    return;
  }
  const forms = {
    connect: [readReach, "tcp:*.example.org:443, tcp:10.0.2.0/24:*, udp:10.0.2.3:53, icmp:*"],
    listen: [readDoor, "tcp:8080, udp:5000-5010"],
  } as const;
  for (const [key, rules] of Object.entries(value)) {
    if (key !== "connect" && key !== "listen") {
      checker.say(
        "net",
        undefined,
        `\`net.${key}\` is no field; there are \`connect\` and \`listen\``,
      );
      continue;
    }
    const [read, form] = forms[key];
    if (Array.isArray(rules) && rules.length > MOST_RULES)
      checker.say("net", undefined, `\`net.${key}\` has more than ${MOST_RULES} rules`);
    checker.list(`net.${key}`, rules, (path, each) => {
      if (typeof each !== "string" || read(each) === undefined)
        checker.say(path, each, `\`${path}\` is ${JSON.stringify(each)}; a rule is as ${form}`);
    });
  }
}

/** What is wrong with the `net` of an account or a manifest. */
export function netProblems(value: unknown): ManifestProblem[] {
  const checker = new Checker(undefined);
  checkNet(checker, value);
  return checker.problems;
}

/** Checks a packed manifest from outside (any value), naming each fault; the empty list means that it is sound. */
export function checkManifest(value: unknown, source?: string): ManifestProblem[] {
  const checker = new Checker(source);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    checker.say(
      "manifest",
      value,
      "the manifest must be an object; write `export default manifest({ ... })`",
    );
    return checker.problems;
  }
  const m = value as Json;
  for (const key of Object.keys(m))
    if (!known.includes(key)) checker.say(key, undefined, `\`${key}\` is no field of a manifest`);
  if (typeof m["name"] !== "string" || !/^[a-z][a-z0-9-]{0,30}$/.test(m["name"]))
    checker.say("name", m["name"], "`name` must be small letters, digits and dashes, at most 31");
  checker.list("serves", m["serves"], (path, each) => {
    const { name, contract, version, methods = "" } = (each ?? {}) as Json;
    checker.service(`${path}.name`, name);
    if (typeof contract !== "string" || typeof methods !== "string")
      checker.say(path, name, `\`${path}\` names no contract`);
    checker.integer(`${path}.version`, version, 1, 65535);
  });
  for (const key of ["hands", "speaks"])
    checker.list(key, m[key] ?? [], (path, each) => {
      const { contract, methods } = (each ?? {}) as Json;
      if (typeof contract !== "string" || typeof methods !== "string")
        checker.say(path, contract, `\`${path}\` names no contract`);
    });
  checker.list("uses", m["uses"], (path, each) => checker.service(path, each));
  checker.list("devices", m["devices"], (path, each) => checker.word(path, each, deviceClasses));
  checker.list("privileges", m["privileges"], (path, each) => checker.word(path, each, privileges));
  checker.list("may", m["may"] ?? [], (path, each) => checker.word(path, each, permissions));
  const { development = false, files = false } = m;
  if (m["net"] !== undefined) checkNet(checker, m["net"]);
  if (typeof files !== "boolean") checker.say("files", files, "`files` must be true or false");
  checker.list("kernels", m["kernels"] ?? [], (path, each) => {
    if (typeof each !== "string" || !/^[a-z][a-z0-9-]{0,30}$/.test(each))
      checker.say(path, each, `\`${path}\` must be small letters, digits and dashes, at most 31`);
  });
  if (typeof development !== "boolean")
    checker.say("development", development, "`development` must be true or false");
  if (typeof m["log"] !== "boolean") checker.say("log", m["log"], "`log` must be true or false");
  checker.integer("budget", m["budget"], MIB, 1024 * MIB);
  checker.integer("weight", m["weight"], 1, 10_000);
  if (m["class"] !== undefined) checker.word("class", m["class"], classes);
  checker.integer("startWithin", m["startWithin"], SECOND / 100, 600 * SECOND);
  if (m["stopWithin"] !== undefined) checker.integer("stopWithin", m["stopWithin"], 0, 10 * SECOND);
  if (m["answerWithin"] !== undefined && m["answerWithin"] !== 0)
    checker.integer("answerWithin", m["answerWithin"], SECOND / 2, 600 * SECOND);
  const { needs = [], uses, safe = false } = m;
  checker.list("needs", needs, (path, each) => {
    if (!Array.isArray(uses) || !uses.includes(each))
      checker.say(path, each, `\`${path}\` is ${JSON.stringify(each)}; name it under \`uses\` too`);
  });
  if (typeof safe !== "boolean") checker.say("safe", safe, "`safe` must be true or false");
  if (m["start"] !== undefined) checker.word("start", m["start"], starts);
  const restart = m["restart"];
  if (typeof restart !== "object" || restart === null)
    checker.say("restart", restart, "`restart` must be an object with `when`");
  else {
    const { when, most, window } = restart as Json;
    checker.word("restart.when", when, restarts);
    checker.integer("restart.most", most, 1, 1000);
    checker.integer("restart.window", window, SECOND / 10, 3600 * SECOND);
  }
  return checker.problems;
}
