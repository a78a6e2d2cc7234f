// One server under init's care: what the image says of it, what the policy knows, what runs now.
// Invariant: `process` is set exactly while the nucleus has its process; everything of a run is dropped at its end.
import type { Client } from "../../sdk/contract/client.ts";
import type { Hot } from "../../sdk/hot/hot.contract.ts";
import type { Peer } from "../../sdk/contract/server.ts";
import type { Memory } from "../../sdk/runtime/memory.ts";
import type { Process } from "../../sdk/runtime/process.ts";
import type { Bootstrap, Listener } from "../../sdk/runtime/supervisor.contract.ts";
import type { Code } from "./code.ts";
import type { DurableMemories } from "./durable-memories.ts";
import type { ServerEntry } from "./configuration.ts";
import { type Health, healthy } from "./health.ts";
import type { Inspections } from "./inspect.ts";
import type { LastEnd } from "./last-end.ts";
import { type LogAllowance, logAllowance } from "./server-log.ts";
import type { Recorder } from "./recorder.ts";
import { TextOf } from "./same.ts";
import { type Supervised, supervised } from "./supervision.ts";

/** What a server is made of: its manifest, and code of another origin than the image. */
export interface Version {
  readonly entry: ServerEntry;
  /** undefined: the image's */
  readonly code: Code | undefined;
  /** the same for all whose places were taken in one step of several */
  readonly step?: object | undefined;
}

/** A server and its present run. */
export interface Server {
  /** The live version: what runs, and what a restart starts. */
  entry: ServerEntry;
  code: Code | undefined;
  /** The version that was live before. */
  before: Version | undefined;
  /** Whether another version is taking its place. */
  swapping: boolean;
  readonly supervised: Supervised;
  readonly allowance: LogAllowance;
  process: Process | undefined;
  processId: number;
  /** Its channel to init. */
  peer: Peer<typeof Bootstrap.methods, Server> | undefined;
  /** Init's ends of its listening channels, by service name. */
  listeners: { [name: string]: Client<typeof Listener> | undefined };
  /** Its channel for hand-overs, when its code can. */
  hot: Client<typeof Hot> | undefined;
  /** The handles of its START by their names. */
  grants: readonly { readonly name: string; readonly number: number }[];
  /** Memory of its durable state, for the next process. */
  durable: DurableMemories | undefined;
  /** Failures in a row soon after a start with it. */
  durableDeaths: number;
  /** The options of its START. */
  options: { readonly [key: string]: string };
  /** A person killed its present run: that says nothing about the system's health. */
  byHand: boolean;
  /** Why init killed it, for the log. */
  killer: string | undefined;
  /** Whether its present run takes its events. */
  health: Health;
  /** Called once when its process has ended, for whoever waits for that. */
  gone: (() => void) | undefined;
  /** Questions what it waits for. */
  readonly inspections: Inspections;
  /** Heads of the messages of its present run. */
  recorder: Recorder | undefined;
  /** Whether its runs are recorded, and the record of the last one that was (docs/replay.md). */
  recording: boolean;
  record: Memory | undefined;
  /** How its last process ended. */
  lastEnd: LastEnd | undefined;
  /** what is written down of it as JSON (keep-server.ts) */
  readonly texts: { readonly [K in "live" | "before" | "grants" | "options"]: TextOf };
}

/** A server that does not run yet. */
export function server(entry: ServerEntry): Server {
  const { restart, start, startWithin, stopWithin } = entry.manifest;
  const when = restart.when === "failure" || restart.when === "never" ? restart.when : "always";
  return {
    entry,
    code: undefined,
    before: undefined,
    swapping: false,
    hot: undefined,
    grants: [],
    options: {},
    durable: undefined,
    durableDeaths: 0,
    supervised: supervised(
      entry.name,
      { when, most: restart.most, window: restart.window, demand: start === "demand" },
      startWithin,
      stopWithin,
    ),
    allowance: logAllowance(),
    process: undefined,
    processId: 0,
    peer: undefined,
    listeners: {},
    byHand: false,
    killer: undefined,
    health: healthy(),
    gone: undefined,
    recorder: undefined,
    recording: false,
    record: undefined,
    inspections: { last: 0, open: [] },
    lastEnd: undefined,
    texts: {
      live: new TextOf(),
      before: new TextOf(),
      grants: new TextOf(),
      options: new TextOf(),
    },
  };
}
