// What the next init must know, be it new code that takes this one's place or the one that the nucleus begins when this one has died
// (docs/supervision.md). Invariant: it is written before the messages of a turn leave, so what somebody was told stands in it.
import {
  array,
  bool,
  handle,
  oneof,
  optional,
  secret,
  string,
  struct,
  time,
  u32,
} from "../../sdk/contract/field.ts";
import type { Data } from "../../sdk/hot/declared.ts";
import { parked } from "../../sdk/hot/park.ts";
import { peersOf } from "../../sdk/hot/peers.ts";
import { state } from "../../sdk/hot/state.ts";

/** Bytes of it at most; the nucleus gives memory for two (nucleus/first.c). */
const BYTES = 120 << 10;

const code = struct({
  memory: handle("memory"),
  size: u32,
  digest: string,
  kernels: array(struct({ name: string, memory: handle("memory"), size: u32, sealed: bool })),
});

/** A version of a server: its manifest as JSON, and pushed code; without it the image's. */
const version = struct({ manifest: string, code: optional(code) });

const server = struct({
  name: string,
  live: version,
  before: optional(version),
  process: handle("process"),
  processId: u32,
  listeners: array(struct({ name: string, channel: handle("endpoint") })),
  hot: handle("endpoint"),
  /** by the names of their grants, "" for the states */
  durable: array(struct({ name: string, memory: handle("memory") })),
  durableDeaths: u32,
  stack: handle("memory"),
  heads: array(handle("memory")),
  remains: handle("endpoint"),
  /** JSON, as all that is no handle and no word of the policy: it is made at each change */
  grants: string,
  options: string,
  phase: oneof(
    "waiting",
    "starting",
    "running",
    "back-off",
    "held",
    "ending",
    "lacking",
    "stopped",
  ),
  afterwards: oneof("launch", "stop", "failure"),
  at: time,
  exponent: u32,
  restarts: array(time),
  readySince: time,
  starts: u32,
  byHand: bool,
  killer: optional(string),
  lastEnd: optional(
    struct({ at: time, why: string, place: string, heads: array(handle("memory")) }),
  ),
});

const client = struct({ name: string, process: u32, net: optional(string) });

export const keptSchema = {
  /** handles of START, in the order of `firstHandles` */
  first: array(handle("any")),
  /** when init began on what another had left, 0 never */
  begun: time,
  servers: array(server),
  /** what the services of the next three said of their methods; a client who said the same has an empty list */
  hellos: array(array(u32)),
  bootstraps: peersOf({ server: string }),
  sessions: peersOf({ client: string }),
  accountants: peersOf({}),
  /** by name how often it was opened, as JSON */
  opened: string,
  waiting: array(struct({ name: string, client, reply: parked, session: bool })),
  news: struct({
    kept: array(
      struct({
        number: u32,
        server: string,
        what: oneof("started", "restarted", "ended", "held", "swapped"),
      }),
    ),
    last: u32,
    open: array(struct({ after: u32, reply: parked })),
  }),
  accounts: array(struct({ name: string, password: secret(string) })),
  /** refusals and uses, as JSON */
  audit: string,
  /** of each part its line, "" open, "-" given up */
  transcript: array(string),
  shown: u32,
  safeMode: bool,
  failures: array(struct({ at: time, server: string })),
  /** pushed code of init itself: what runs, and what ran before */
  self: struct({ code: optional(code), before: optional(struct({ code: optional(code) })) }),
  /** init is being swapped: the call that asked for it, when it began, from when on nobody was served */
  succession: optional(struct({ reply: parked, begun: time, since: time })),
  /** the end of the system has begun */
  ending: optional(struct({ action: oneof("off", "reboot"), reason: string })),
};

/** Its values. */
export type Kept = Data<typeof keptSchema>;
export type KeptServer = Kept["servers"][number];
export type KeptVersion = KeptServer["live"];
export type KeptCode = KeptVersion["code"];

/** The state. `kept.changed()` says that something of it is another now. */
export const kept = state({
  version: 1,
  durable: BYTES,
  immutable: true,
  schema: keptSchema,
  initial: {
    first: [],
    begun: 0,
    servers: [],
    bootstraps: [],
    sessions: [],
    accountants: [],
    hellos: [],
    opened: "{}",
    waiting: [],
    news: { kept: [], last: 0, open: [] },
    accounts: [],
    audit: "",
    transcript: [],
    shown: 0,
    safeMode: false,
    failures: [],
    self: { code: undefined, before: undefined },
    succession: undefined,
    ending: undefined,
  },
});
