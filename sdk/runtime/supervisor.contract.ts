// What every server says to init over the `bootstrap` endpoint of its START grants, and how new clients reach a service.
import { call, contract, event } from "../contract/contract.ts";
import { array, duration, handle, oneof, string, struct, time, u32 } from "../contract/field.ts";

export const Bootstrap = contract("bootstrap", 1, {
  /** A channel to the service of that name, once its server runs. REFUSED names the manifest line; the reply may take a while at boot. */
  open: call({ name: string }, { channel: handle("endpoint") }, { retry: "safe" }),
  /** The server serves now. */
  ready: event({}, { to: "server" }),
  /** A line for the log. */
  log: event(
    { level: oneof("info", "warning", "error"), text: string },
    { to: "server", full: "drop-oldest" },
  ),
  /** A fact for the boot transcript that the server's part has proved, as `netd: dhcp BOUND ip=10.0.2.15`. */
  report: event({ text: string }, { to: "server" }),
  /** The server can hand over to new code: init's end of the channel that asks for it (sdk/hot/hot.contract.ts). */
  hot: event({ channel: handle("endpoint") }, { to: "server" }),
  /**
   * Memory that the next process of this server gets as its grant `durable` (sdk/hot/durable.ts), or `durable:NAME` (sdk/hot/table.ts); of each
   * name the newest counts.
   */
  durable: event({ memory: handle("memory"), name: string }, { to: "server" }),
  /** The server will be ended after `within`; it should flush and exit. */
  terminating: event({ reason: string, within: duration }),
  /** There is a new init, which may not have heard all: the runtime says again what it has said of `ready`, `hot` and `durable`. */
  again: event({}),
  /** Does its loop still turn? The runtime answers by itself. */
  ping: event({ number: u32 }, { full: "coalesce" }),
  /** Follow requests that begin with a call of contract `wanted`, or `contract.method`; "" stops (docs/trace.md). */
  trace: event({ wanted: string, base: u32 }),
  /** A step of a request that is followed. */
  traced: event(
    {
      trace: u32,
      time,
      step: oneof("calls", "sends", "got call", "got event", "replies", "got reply"),
      peer: string,
      contract: string,
      method: string,
      text: string,
    },
    { to: "server", full: "drop-oldest" },
  ),
  /** What does it wait for? The runtime answers by itself. */
  inspect: event({ number: u32 }, { full: "coalesce" }),
  /** The answer to the `inspect` of that number: calls on their way, the oldest first, at most 16. `service`: "" on a private channel. */
  inspected: event(
    {
      number: u32,
      calls: array(struct({ contract: string, method: string, service: string, since: time })),
    },
    { to: "server", full: "coalesce" },
  ),
  /** So many slots of its loop are in use: it may lack rings for the heads of its messages (recorder-page.ts). */
  sources: event({ slots: u32 }, { to: "server", full: "coalesce" }),
  /** For the audit: a grant was taken up. `who`: another server, where this one hands out what that one's manifest names; else "". */
  used: event({ who: string, grant: string }, { to: "server", full: "drop-oldest" }),
  /** For the audit: this server refused `who` something, or (`who` "") lacks a right; `field` and `value`: the manifest line, "" for none. */
  denied: event(
    { who: string, what: string, field: string, value: string, sentence: string, times: u32 },
    { to: "server", full: "drop-oldest" },
  ),
  /** The answer to the `ping` of that number. */
  pong: event({ number: u32 }, { to: "server", full: "coalesce" }),
});

/** Spoken by init (as client) to the server's listening endpoint, grant `serve:NAME`. */
export const Listener = contract("listener", 1, {
  /** A new client: the server's end of its channel, and who it is (server or account name; id of the process). */
  connection: event(
    {
      channel: handle("endpoint"),
      client: string,
      process: u32,
      /** what init knows of the client's grants over this contract (sdk/contract/terms.ts) */
      terms: array(string),
    },
    { to: "server" },
  ),
});
