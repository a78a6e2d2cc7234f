// This process's words to init: ready, report, log, and the notice that it will be ended.
import { type ClientOf, client } from "../contract/client.ts";
import { tellAudit } from "./audit.ts";
import { uusi } from "./binding.ts";
import { Endpoint } from "./endpoint.ts";
import { type Level, log, setLog } from "./log.ts";
import { afterMessages, onLackingRings, onLimit } from "./loop.ts";
import { openCalls } from "./outbox.ts";
import type { Start } from "./start-info.ts";
import { Bootstrap } from "./supervisor.contract.ts";
import { systemCalls } from "./system-call.ts";
import { startTrace, stopTrace } from "./trace.ts";

export { log };

type BootstrapClient = ClientOf<typeof Bootstrap extends { methods: infer M } ? M : never>;

/** Calls in one answer to `inspect`: 16 × at most 240 bytes. */
const INSPECTED = 16;

/** What ended the turn before, by the exit code of the process. */
const limits: { readonly [code: number]: string | undefined } = {
  70: "its heap has reached its limit",
  71: "a turn took more than 2 s of processor time",
};

let connection: BootstrapClient | undefined;
let serves = false;
const tellers: (() => void)[] = [];
let terminating: ((reason: string, within: number) => void) | undefined;

/** For run.ts: takes the `bootstrap` and `log` grants. */
export function meetSupervisor(start: Start): void {
  const number = start.grants["bootstrap"];
  if (number !== undefined) {
    const made = client(Bootstrap, new Endpoint(number)) as BootstrapClient;
    connection = made;
    made.on.terminating(({ reason, within }) => {
      if (terminating !== undefined) terminating(reason, within);
      else exit(0);
    });
    // not in the midst of what it is that makes a channel
    const tellSources = (slots: number) =>
      void Promise.resolve().then(() => made.send.sources({ slots }));
    onLackingRings(tellSources);
    made.on.again(() => {
      onLackingRings(tellSources);
      if (serves) made.send.ready({});
      for (const tell of tellers) tell();
    });
    tellAudit(made.send);
    made.on.trace(({ wanted, base }) => {
      if (wanted === "") stopTrace();
      else startTrace(wanted, base, (note) => void made.send.traced(note));
    });
    made.on.inspect(({ number }) => {
      made.send.inspected({ number, calls: openCalls(INSPECTED) });
    });
    made.on.ping(({ number }) => void made.send.pong({ number }));
  }
  const logHandle = start.grants["log"] ?? 0;
  setLog(start.name, logHandle, (text: string, level: Level) => {
    if (connection !== undefined) connection.send.log({ level, text });
  });
}

/** The client of init's bootstrap contract; undefined in init itself. */
export function supervisor(): BootstrapClient | undefined {
  return connection;
}

/** The server serves now (init waits for it within the manifest's `startWithin`). */
export function ready(): void {
  serves = true;
  if (connection !== undefined) connection.send.ready({});
}

/** Runs `f` when there is a new init, which may not have heard what `f` tells it. */
export function tellAgain(f: () => void): void {
  if (!tellers.includes(f)) tellers.push(f);
}

/** A fact for the boot transcript that this server's part has just proved. */
export function report(text: string): void {
  if (connection !== undefined) connection.send.report({ text });
}

/**
 * Called when init will end this process after `within` ns: flush, then `exit(0)`. Without a handler the process exits at once. After a turn
 * that has reached the limit of time or heap it is called as well, with `within` 0: what it sends leaves, and the process ends with this turn.
 */
export function onTerminating(handler: (reason: string, within: number) => void): void {
  terminating = handler;
  onLimit((code) => handler(limits[code] ?? "a limit was reached", 0));
}

/** Ends this process at the end of the turn, after its messages have left. */
export function exit(code: number): void {
  afterMessages(() => {
    uusi.sys(systemCalls.process_exit, code);
  });
}
