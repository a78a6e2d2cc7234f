// init: the first process. Reads the configuration, starts every server from its manifest, serves names, restarts what dies.
// Invariant: nothing is handed to a server before its manifest was checked and its code's digest compared.
import { dispose } from "../../sdk/hot/accept.ts";
import { beforeKeeping } from "../../sdk/hot/durable.ts";
import { handlesIn } from "../../sdk/hot/pack.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import type { Endpoint } from "../../sdk/runtime/endpoint.ts";
import { BESIDE } from "../../sdk/runtime/hot-hooks.ts";
import { run } from "../../sdk/runtime/run.ts";
import { now } from "../../sdk/runtime/time.ts";
import { after } from "../../sdk/runtime/timers.ts";
import { accountService } from "./account-service.ts";
import { emptyAudit } from "./audit.ts";
import { hearRefusals } from "./audit-news.ts";
import { bootstrapService } from "./bootstrap.ts";
import { type Configuration, parseConfiguration, type ServerEntry } from "./configuration.ts";
import { Accounts, Session } from "./contract.ts";
import { serverGrantee } from "./grantee.ts";
import { unknownGrants } from "./grants.ts";
import { keep } from "./keep.ts";
import { kept, keptSchema } from "./kept.ts";
import { clearLeftover } from "./leftover.ts";
import { imageText, logLine, readMachine } from "./machine.ts";
import { declareName, nameGone, type Names } from "./names.ts";
import { parseOptions } from "./options.ts";
import { probeProcessors } from "./processor-probe.ts";
import { dropCode } from "./code.ts";
import { swappedText, tellSwap } from "./own-code.ts";
import { catchUp, resume } from "./resume.ts";
import { staysInSafeMode } from "./safe-mode.ts";
import { server, type Server } from "./server.ts";
import { ServerEvents } from "./server-events.ts";
import { sessionService } from "./session-service.ts";
import { shutDown } from "./shutdown.ts";
import { startOrder } from "./start-order.ts";
import { endDeaf, safeModeNow, sayWell, superviseNow, watchHealth, WELL } from "./supervisor.ts";
import { findServer, type SystemState } from "./system-state.ts";
import { type Part, settle, transcript } from "./transcript.ts";
import { unknownUses } from "./unknown-uses.ts";

/** In which the init that gave its vault away must say that this one stands: it may have died. */
const KEPT = 0.5e9;
/** A death so soon after init went on with what another had left may come of that. */
const SOON = 10e9;

/** Names that init serves itself. */
const OWN = ["/svc/accounts", "/svc/session"];

run((start) => {
  const data = kept.data;
  const first = start.first.length > 0 ? start.first : data.first;
  const machine = readMachine(first);
  const options = parseOptions(
    uusi.decode(machine.platform.options, 0, machine.platform.options.length) ?? "",
  );
  const configuration = parseConfiguration(imageText(machine, "config") ?? "");
  const found = data.servers.length > 0;
  const tell = (line: string) => found || logLine(machine, `init: ${line}`);
  for (const problem of [...options.problems, ...configuration.problems]) tell(problem);
  const names: Names = { list: [] };
  const entries = chosen(tell, configuration, options.without, names);
  const servers = entries.map((entry) => server(entry));
  for (const each of servers)
    for (const service of each.entry.manifest.serves)
      declareName(names, service.name, `${service.contract} ${service.version}`, { server: each });

  const system: SystemState = {
    machine,
    options,
    servers,
    configured: entries,
    development: configuration.development,
    accounts: configuration.accounts,
    names,
    audit: emptyAudit(),
    transcript: transcript(),
    events: new ServerEvents(),
    safeMode: { on: false, failures: [] },
    trace: { running: false, steps: [], lost: 0 },
    bootstrap: undefined as unknown as SystemState["bootstrap"],
    down: () => {},
    ending: undefined,
    self: { code: undefined, before: undefined },
    succession: undefined,
    first,
    services: undefined as unknown as SystemState["services"],
  };
  system.bootstrap = bootstrapService(system, (who, text) => reported(system, who, text));
  const sessions = sessionService(system);
  const accounts = accountService(system, sessions);
  system.services = { bootstrap: system.bootstrap, sessions, accounts };
  declareName(names, "/svc/accounts", `${Accounts.name} ${Accounts.version}`, {
    own: (near: Endpoint, client: string) => void accounts.accept(near, client),
  });
  declareName(names, "/svc/session", `${Session.name} ${Session.version}`, {
    own: (near: Endpoint, client: string) => {
      const holder = findServer(system, client);
      sessions.accept(near, client).session =
        holder === undefined ? undefined : serverGrantee(holder.entry.manifest);
    },
  });
  system.down = (server) => withoutNetd(system, server);
  names.demand = (server) => wake(system, server);
  names.deaf = endDeaf;
  hearRefusals(system);
  let begun = data.begun;
  const gather = () => {
    kept.data = keep(system, first, begun, kept.data);
  };
  beforeKeeping(gather);
  dispose(gather);
  watchHealth(system);
  if (start.options[BESIDE] !== undefined) {
    resume(system, data);
    sayWell(system, KEPT);
    after(0, () => {
      sayWell(system, WELL);
      succeeded(system);
      goOn(system);
    });
    return;
  }
  const soon = begun > 0 && now() - begun < SOON;
  const known = new Set([...first, uusi.port]);
  if (found && !soon) handlesIn(keptSchema, data, (handle) => known.add(handle));
  else if (found) logLine(machine, "init: died of what it went on with: all servers start afresh");
  begun = 0;
  clearLeftover(known, (ended) => {
    if (found && !soon) return;
    begun = ended > 0 ? now() : 0;
    begin(system);
  });
  if (!found || soon) return;
  begun = now();
  resume(system, data);
  forgetOwnCode(system);
  catchUp(system);
  goOn(system);
  const running = servers.filter(({ process }) => process !== undefined).length;
  logLine(machine, `init: goes on with ${running} running servers`);
});

/** This init has taken another one's place: whoever asked for it gets the line. */
function succeeded(system: SystemState): void {
  const { succession, services } = system;
  if (succession === undefined) return;
  const { bootstrap, sessions, accounts } = services;
  const kept = bootstrap.peers.length + sessions.peers.length + accounts.peers.length;
  tellSwap(system, "swapped", swappedText(succession, kept));
}

/** The image's code runs again, whatever ran before. */
function forgetOwnCode(system: SystemState): void {
  const { code, before } = system.self;
  dropCode(code);
  dropCode(before?.code);
  system.self = { code: undefined, before: undefined };
  if (system.succession !== undefined)
    tellSwap(system, "refused", "because init died; the boot image's code goes on");
}

/** What the init before had begun and only time or an answer would have ended. */
function goOn(system: SystemState): void {
  const { ending, transcript } = system;
  if (ending !== undefined) {
    system.ending = undefined;
    shutDown(system, ending.action, ending.reason);
    return;
  }
  if (transcript.state.scheduler === "open") probe(system);
  if (transcript.state.netd === "open") awaitNetd(system);
}

/** The servers that start in this boot, in order; each that does not is logged and its names say why. */
function chosen(
  tell: (line: string) => void,
  { servers: all, development }: Configuration,
  without: readonly string[],
  names: Names,
): ServerEntry[] {
  const leaveOut = (entry: ServerEntry, why: string) => {
    tell(`${entry.name} is not started: ${why}`);
    for (const service of entry.manifest.serves)
      declareName(names, service.name, `${service.contract} ${service.version}`, {
        absent: `its server ${entry.name} was not started: ${why}`,
      });
  };
  for (const name of without)
    if (!all.some((entry) => entry.name === name))
      tell(`without=${name}: the image has no such server`);
  for (const sentence of unknownUses(all, OWN)) tell(sentence);
  const sound = all.filter((entry) => {
    if (without.includes(entry.name)) leaveOut(entry, `the boot options say without=${entry.name}`);
    else if (entry.manifest.development === true && !development)
      leaveOut(entry, "it is for development images only");
    else {
      const fault = unknownGrants(entry.manifest)[0];
      if (fault === undefined) return true;
      leaveOut(entry, fault);
    }
    return false;
  });
  const placed = startOrder(
    sound.map((entry) => ({ ...entry.manifest, entry })),
    OWN,
  );
  for (const { server: name, sentence } of placed.problems) {
    const entry = sound.find((each) => each.name === name);
    if (entry !== undefined) leaveOut(entry, sentence);
  }
  return placed.order.map((each) => each.entry);
}

/** Whether a server speaks on the terminal: it starts when the transcript is complete, since it takes the serial port. */
const speaks = (each: Server) => each.entry.manifest.devices.includes("serial");

/** Starts a server that somebody asked for. */
function wake(system: SystemState, server: Server): void {
  if (system.ending !== undefined) nameGone(system.names, server, "the system is ending");
  else superviseNow(system, server, { kind: "start" });
}

/** Whether a server starts with the system. */
const starts = (system: SystemState, each: Server) =>
  each.entry.manifest.start !== "demand" && (!system.safeMode.on || staysInSafeMode(each));

function begin(system: SystemState): void {
  const { servers, options } = system;
  probe(system);
  if (options.safe) safeModeNow(system, "the boot options say safe=1");
  for (const each of servers)
    if (starts(system, each) && !speaks(each)) superviseNow(system, each, { kind: "start" });
  awaitNetd(system);
}

function probe(system: SystemState): void {
  const { machine } = system;
  probeProcessors(machine.platform.cpus, (ran, fault) => {
    if (fault !== "") logLine(machine, `init: scheduler: ${fault}`);
    settleNow(system, "scheduler", ran > 0 ? `[ok] scheduler: ${ran} logical CPUs` : undefined);
  });
}

function awaitNetd(system: SystemState): void {
  const { machine, servers, options } = system;
  if (!servers.some((each) => each.entry.name === "netd")) {
    logLine(machine, "init: there is no netd in this boot: no network");
    settleNow(system, "netd", undefined);
  } else
    after(options.netdWait, () => {
      if (system.transcript.state.netd !== "open") return;
      logLine(
        machine,
        `init: netd has no lease after ${options.netdWait / 1e6} ms; it goes on trying`,
      );
      settleNow(system, "netd", undefined);
    });
}

/** A server will not run: when it is netd, or served the last card that netd could have, the login need not wait. */
function withoutNetd(system: SystemState, server: Server): void {
  const netd = findServer(system, "netd");
  if (netd === undefined || system.transcript.state.netd !== "open") return;
  const { uses } = netd.entry.manifest;
  const serves = ({ entry }: Server) =>
    entry.manifest.serves.some(({ name }) => uses.includes(name));
  const gone = ({ supervised: { phase } }: Server) => phase === "stopped" || phase === "held";
  const card = system.servers.some((each) => each !== server && serves(each) && !gone(each));
  if (server !== netd && (card || !serves(server))) return;
  logLine(
    system.machine,
    server === netd
      ? "init: there is no network: netd does not run"
      : `init: netd has nothing to work with: ${server.entry.name} does not run`,
  );
  settleNow(system, "netd", undefined);
}

/** A fact for the transcript: only netd has a line there. */
function reported(system: SystemState, who: Server, text: string): void {
  const { name } = who.entry;
  if (name === "netd" && text.startsWith("netd: ") && system.transcript.state.netd === "open")
    settleNow(system, "netd", `[ok] ${text}`);
  else
    logLine(
      system.machine,
      `${name}: ${text.startsWith(`${name}: `) ? text.slice(name.length + 2) : text}`,
    );
}

function settleNow(system: SystemState, part: Part, line: string | undefined): void {
  kept.changed();
  for (const text of settle(system.transcript, part, line)) logLine(system.machine, text);
  const { scheduler, netd, login } = system.transcript.state;
  if (scheduler === "open" || netd === "open" || login !== "open") return;
  settle(system.transcript, "login", undefined);
  const speakers = system.servers.filter((each) => speaks(each) && starts(system, each));
  for (const each of speakers) superviseNow(system, each, { kind: "start" });
  if (speakers.length === 0)
    logLine(system.machine, "init: no server speaks on the serial line: there is no login");
}
