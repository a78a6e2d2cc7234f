// What init serves besides starting servers: proof of accounts for `console`, and sessions with an account's permissions.
// Invariant: what a session may do is decided here, by its account's fragment of the configuration; there is no root.
import { call, contract } from "../../sdk/contract/contract.ts";
import {
  array,
  bool,
  bytes,
  channel,
  duration,
  handle,
  i32,
  oneof,
  optional,
  secret,
  string,
  struct,
  time,
  u8,
  u16,
  u32,
  u64,
} from "../../sdk/contract/field.ts";

/** What an account may be allowed (`may` in its fragment), beside the names that it `uses`. */
export const permissions = ["see", "log", "manage", "power"] as const;
export type Permission = (typeof permissions)[number];

/** A kernel that comes with pushed code. */
const kernel = struct({ name: string, code: handle("memory"), size: u32, digest: string });

/** A logged-in session. Calls that the account's fragment does not allow end with REFUSED, which names the line to add. */
export const Session = contract("session", 1, {
  /** The account and what it may do. */
  account: call({}, { name: string, may: array(string), uses: array(string) }, { retry: "safe" }),
  /** Opens a name that the account `uses`; waits until its server runs. */
  open: call({ name: string }, { channel: handle("endpoint") }, { retry: "safe" }),
  /** Another channel of this session, to lend to a program that works for the account. */
  again: call({}, { session: handle("endpoint") }),
  /** `see`: every process that init knows, from place `from` on, at most 24 at a time. */
  processes: call(
    { from: u32 },
    {
      processes: array(
        struct({
          id: u32,
          name: string,
          state: string,
          threads: u32,
          handles: u32,
          queued: u32,
          cpuTime: duration,
          used: u64,
          limit: u64,
          starts: u32,
        }),
      ),
      more: bool,
    },
    { retry: "safe" },
  ),
  /** `see`: memory of the machine in bytes. */
  memory: call(
    {},
    { total: u64, free: u64, slab: u64, quarantined: u64, processes: u32 },
    { retry: "safe" },
  ),
  /** `see`: time since boot, UTC in seconds since 1970 (0 unknown), busy time of each processor. */
  uptime: call({}, { up: time, clock: u64, busy: array(duration) }, { retry: "safe" }),
  /** `see`: names under /svc and /dev. */
  services: call(
    {},
    {
      services: array(
        struct({ name: string, server: string, state: string, contract: string, clients: u32 }),
      ),
    },
    { retry: "safe" },
  ),
  /** `see`: what a server's manifest grants it, one line each, and what it was refused. */
  capabilities: call({ server: string }, { lines: array(string) }, { retry: "safe" }),
  /**
   * `see`: what a server waits for: its calls on their way, the oldest first, at most 16. Of a name that it opens the service is that name.
   * `answers` is false when it did not say within half a second; `queued` messages wait for it.
   */
  waits: call(
    { server: string },
    {
      state: string,
      answers: bool,
      queued: u32,
      calls: array(struct({ contract: string, method: string, service: string, since: time })),
    },
    { retry: "safe" },
  ),
  /** `manage`: what a server declares as its state (docs/hot-swap.md), as `size` bytes of JSON without secrets. */
  state: call({ server: string }, { text: handle("memory"), size: u32 }),
  /**
   * `see`: heads of the last messages of a server's run, or (`ended`) of its last one that ended; channel by channel, the oldest first, from
   * place `from` on. `slot`: whose they are (`channels`); `kind`: an operation (docs/abi.md), or 16 + an event; `word`: the first of the payload, a method's id or a reply's code; `trace`: the id of
   * a request that is followed. `turn`: since when it is in a turn, 0 while it waits.
   */
  messages: call(
    { server: string, ended: bool, from: u32 },
    {
      turn: time,
      messages: array(
        struct({
          time,
          kind: u8,
          handles: u8,
          bytes: u16,
          channel: u32,
          word: u32,
          status: i32,
          cookie: u32,
          trace: u32,
          slot: u16,
        }),
      ),
      more: bool,
    },
    { retry: "safe" },
  ),
  /**
   * `see`: the channels of a server's run, or (`ended`) of its last one that ended, that have heads of messages, from place `from` on.
   * `handle`: 0 not known; `count`: its messages, of which the last 64 are there; `before`: slot of the channel that had to give it the room for
   * its heads, 0 none. `given`: how often one had to. Slot 0 stands for all that belongs to no channel that is known.
   */
  channels: call(
    { server: string, ended: bool, from: u32 },
    {
      given: u32,
      channels: array(struct({ slot: u16, handle: u32, count: u32, before: u16 })),
      more: bool,
    },
    { retry: "safe" },
  ),
  /**
   * `manage`: follows requests that begin with a call of contract `wanted`, or `contract.method`, through all servers for `time` (at most
   * 60 s). Meanwhile servers take one event a turn. BUSY while another trace runs.
   */
  trace: call({ wanted: string, time: duration }, {}),
  /** `see`: the steps of the last trace from place `from` on; `lost` did not fit. */
  traced: call(
    { from: u32 },
    {
      steps: array(
        struct({
          trace: u32,
          time,
          server: string,
          step: oneof("calls", "sends", "got call", "got event", "replies", "got reply"),
          peer: string,
          contract: string,
          method: string,
          text: string,
        }),
      ),
      more: bool,
      running: bool,
      lost: u32,
    },
    { retry: "safe" },
  ),
  /** `see`: what was refused and what was granted in vain, from place `from` on (docs/audit.md). */
  audit: call(
    { from: u32 },
    {
      entries: array(
        struct({
          kind: oneof("denied", "unused"),
          server: string,
          field: string,
          value: string,
          count: u32,
          by: string,
          sentence: string,
        }),
      ),
      more: bool,
    },
    { retry: "safe" },
  ),
  /** `log`: text of the log from `position` on, at most 3,500 bytes; `next` is where it goes on, equal to `position` at the end. */
  log: call({ position: u64 }, { text: string, next: u64 }, { retry: "safe" }),
  /** `manage`: ends a server's process; its restart policy decides what comes next. */
  kill: call({ server: string }, {}),
  /**
   * `manage`: ends it, forgets its history and starts it again. With `record`, on development images, its runs are recorded from then on; the
   * next `restart` without it ends that.
   */
  restart: call({ server: string, record: optional(bool) }, {}),
  /** `manage`: the record of the last recorded run of a server, `size` bytes (sdk/runtime/record-format.ts). */
  record: call({ server: string }, { record: handle("memory"), size: u32 }),
  /** `manage`: forgets its restart history; a server that is held starts at once. */
  clear: call({ server: string }, {}),
  /** `see`: every server of the image from place `from` on, 3 at a time: how it stands, and the last end of a process of it. */
  servers: call(
    { from: u32 },
    {
      servers: array(
        struct({
          name: string,
          state: string,
          starts: u32,
          /** of its code: the first 12 hexadecimal digits of the SHA-256 */
          code: string,
          /** since boot; 0 when none has ended yet */
          ended: time,
          /** the exit report as a sentence, with native frames where there are some */
          why: string,
          /** what the engine said of an uncaught exception, with TypeScript places; "" when there was none */
          place: string,
        }),
      ),
      more: bool,
    },
    { retry: "safe" },
  ),
  /**
   * `manage`, development images: new code for a running server, taken over with its state, clients and handles where it declares
   * state (docs/hot-swap.md). `code` holds `size` bytes whose SHA-256 is `digest` (64 small hexadecimal digits); `manifest` is the
   * packed manifest as JSON, empty to keep the present one; `kernels` are its kernels as machine code, in place of the image's. The answer is one line; only a wrong request is a Failure.
   */
  swap: call(
    {
      server: string,
      code: handle("memory"),
      size: u32,
      digest: string,
      manifest: bytes,
      /** servers whose code was staged: all are swapped in one step, or none */
      together: optional(array(string)),
      kernels: optional(array(kernel)),
    },
    {
      line: string,
      kind: oneof("swapped", "restarted", "refused"),
      /** why it was refused: who else speaks a contract as it was, and would have to be swapped together with it */
      along: optional(array(string)),
      /** refused for what is so at this moment: another try may do */
      again: optional(bool),
      /** of a hand-over: starting the new code and trying the state, and the pause behind that */
      started: optional(duration),
      paused: optional(duration),
    },
  ),
  /** `manage`, development images: keeps code for the next `swap` on this channel, which may name it under `together`. */
  stage: call(
    {
      server: string,
      code: handle("memory"),
      size: u32,
      digest: string,
      manifest: bytes,
      kernels: optional(array(kernel)),
    },
    {},
  ),
  /** `manage`, development images: the code that ran before the last swap, as a forward swap to it; with `drop` it starts afresh. */
  rollback: call(
    { server: string, drop: optional(bool) },
    {
      line: string,
      kind: oneof("swapped", "restarted", "refused"),
      along: optional(array(string)),
      again: optional(bool),
      started: optional(duration),
      paused: optional(duration),
    },
  ),
  /**
   * `see`: what happened to servers after event number `after`; waits until there is something. With a number beyond `last` the answer
   * comes at once and empty: whoever begins to listen learns `last` from it.
   */
  events: call(
    { after: u64 },
    {
      events: array(
        struct({
          number: u64,
          server: string,
          what: oneof("started", "restarted", "ended", "held", "swapped"),
        }),
      ),
      last: u64,
    },
    { retry: "safe" },
  ),
  /** `power`: ends the servers and switches the machine off or starts it again. Answers before it happens. */
  power: call({ action: oneof("off", "reboot") }, {}),
});

/** For `console` alone: proving who somebody is. */
export const Accounts = contract("accounts", 1, {
  /** The account's password hash; for an unknown account one that no password matches. */
  hash: call({ account: string }, { hash: secret(string) }),
  /** Keeps a new hash until the machine is switched off. */
  rehash: call({ account: string, hash: secret(string) }, {}),
  /** A session of an account that has proved itself. */
  session: call({ account: string }, { session: channel(Session) }),
});
