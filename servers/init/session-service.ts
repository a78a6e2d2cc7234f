// Sessions of accounts and of servers that use /svc/session: each call is checked against what fragment or manifest allows.
// Invariant: nothing here is decided by the console's word but the account's name, which `Accounts.session` was given.
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import type { Request } from "../../sdk/contract/contract.ts";
import { type Service, service } from "../../sdk/contract/server.ts";
import { Endpoint } from "../../sdk/runtime/endpoint.ts";
import { PARKED, park } from "../../sdk/hot/park.ts";
import { closeHandle } from "../../sdk/runtime/handle.ts";
import { type ProcessInfo, ownInfo } from "../../sdk/runtime/process.ts";
import { systemInfo } from "../../sdk/runtime/system.ts";
import { clock, now } from "../../sdk/runtime/time.ts";
import { after } from "../../sdk/runtime/timers.ts";
import { usedBy } from "./audit-news.ts";
import { auditEntries } from "./audit-entries.ts";
import { capabilityLines } from "./capability-lines.ts";
import { dropCode, pushedCode } from "./code.ts";
import { type Permission, Session } from "./contract.ts";
import type { Grantee } from "./grantee.ts";
import { kept } from "./kept.ts";
import { logPiece } from "./log-piece.ts";
import { imageObject } from "./machine.ts";
import { waitsOf } from "./inspect.ts";
import { openName } from "./names.ts";
import { changeTo, goBack, nextManifest, replace } from "./replace.ts";
import { endInit, ownCodeBefore, swapInit } from "./own-code.ts";
import { channelsPiece, headsPiece } from "./heads-pieces.ts";
import type { Server } from "./server.ts";
import { shutDown } from "./shutdown.ts";
import { Staged } from "./staged.ts";
import { recordOf } from "./run-record.ts";
import { stateOf } from "./state-of.ts";
import { kill, superviseNow } from "./supervisor.ts";
import type { Change } from "./swap.ts";
import { findServer, type SystemState } from "./system-state.ts";
import { beginTrace, tracePiece } from "./trace.ts";

/** Processes in one reply: 24 × at most 140 bytes. */
const PAGE = 24;
/** Servers in one reply: 3 × at most 1,300 bytes, of which a text has at most 300 characters. */
const SERVERS = 3;
const TEXT = 300;
/** Digits of a digest that tell codes apart. */
const CODE = 12;
/** Time for the answer to reach the terminal before the system ends. */
const GRACE = 50e6;

const states = ["created", "running", "ending", "ended"];

/** Serves sessions of `system`. */
export function sessionService(system: SystemState): Service<typeof Session.methods, Grantee> {
  const mayNot = (who: Grantee | undefined, permission: Permission): Failure | undefined => {
    const line = { field: "may", value: permission } as const;
    if (who?.may.includes(permission)) {
      usedBy(system, who.name, line);
      return undefined;
    }
    return refuse(
      failures.REFUSED,
      `${who?.title ?? "this client"} may not: add "${permission}" to its \`may\` in ${who?.place ?? "its manifest"}`,
      line,
    );
  };
  const named = (name: string): Server | Failure =>
    findServer(system, name) ??
    refuse(failures.NOT_FOUND, `there is no server ${name}; \`ps\` lists them`);

  /** A server whose code this session may change. */
  const mayChange = (session: Grantee | undefined, name: string): Server | Failure =>
    mayReplace(session, name) ?? named(name);

  const mayReplace = (session: Grantee | undefined, name: string): Failure | undefined => {
    const refused = mayNot(session, "manage");
    if (refused !== undefined) return refused;
    if (!system.development)
      return refuse(failures.REFUSED, "only a development image takes new code");
    if (name === session?.client)
      return refuse(failures.REFUSED, `${name} carries this very request: \`restart\` it`);
    return undefined;
  };

  const ownEnd = (session: Grantee | undefined) => {
    const refused = mayNot(session, "manage");
    if (refused === undefined) endInit(system, `by ${session?.title}`);
    return refused ?? {};
  };

  /** New code for init itself. */
  const ownSwap = (
    { code, size, digest, kernels = [] }: Request<(typeof Session.methods)["swap"]>,
    { session }: { readonly session: Grantee | undefined },
  ) => {
    const refused = mayReplace(session, "init");
    if (refused !== undefined) {
      for (const each of [code, ...kernels.map((kernel) => kernel.code)]) closeHandle(each);
      return refused;
    }
    const pushed = pushedCode({ code, size, digest }, kernels);
    if (pushed instanceof Failure) return pushed;
    void swapInit(system, pushed, park());
    return PARKED;
  };

  const staged = new Staged();

  /** What a `swap` or `stage` asks for; its code is taken. */
  const changeOf = (
    { server, manifest, kernels = [], ...own }: Request<(typeof Session.methods)["stage"]>,
    session: Grantee | undefined,
  ): Change | Failure => {
    const found = mayChange(session, server);
    const next = found instanceof Failure ? found : nextManifest(found, manifest);
    if (found instanceof Failure || next instanceof Failure) {
      for (const { code } of [own, ...kernels]) closeHandle(code);
      return next as Failure;
    }
    const pushed = pushedCode(own, kernels);
    return pushed instanceof Failure ? pushed : changeTo(found, pushed, next);
  };

  const sessions = service<typeof Session.methods, Grantee>(Session, {
    opened: kept.changed,
    closed: (peer) => {
      kept.changed();
      staged.take(peer, []);
    },
    account: (_request, { session }) => ({
      name: session?.name ?? "?",
      may: [...(session?.may ?? [])],
      uses: [...(session?.uses ?? [])],
    }),
    open: ({ name }, { session }) => {
      const line = { field: "uses", value: name } as const;
      if (!session?.uses.includes(name))
        return refuse(
          failures.REFUSED,
          `${session?.title ?? "this client"} may not open ${name}: add it to its \`uses\` in ${session?.place ?? "its manifest"}`,
          line,
        );
      usedBy(system, session.name, line);
      const { client, net } = session;
      return openName(system.names, name, { name: client, process: 0, net }, true);
    },
    again: (_request, { session, name }) => {
      const pair = Endpoint.pair();
      if (pair instanceof Failure) return pair;
      sessions.accept(new Endpoint(pair.near), name).session = session;
      return { session: pair.far };
    },
    processes: ({ from }, { session }) => {
      const refused = mayNot(session, "see");
      if (refused !== undefined) return refused;
      const rows = [row(ownInfo(), 1)];
      for (const server of system.servers) {
        const info = server.process?.info();
        if (info !== undefined && !(info instanceof Failure))
          rows.push(row(info, server.supervised.starts));
      }
      return { processes: rows.slice(from, from + PAGE), more: from + PAGE < rows.length };
    },
    memory: (_request, { session }) => {
      const refused = mayNot(session, "see");
      if (refused !== undefined) return refused;
      const info = systemInfo(system.machine.system);
      if (info instanceof Failure) return info;
      return {
        total: info.totalPages * 4096,
        free: info.freePages * 4096,
        slab: info.slabPages * 4096,
        quarantined: info.quarantinedPages * 4096,
        processes: info.processes,
      };
    },
    uptime: (_request, { session }) => {
      const refused = mayNot(session, "see");
      if (refused !== undefined) return refused;
      const info = systemInfo(system.machine.system);
      if (info instanceof Failure) return info;
      return { up: now(), clock: Math.floor(clock() / 1e9), busy: [...info.cpuBusy] };
    },
    services: (_request, { session }) => {
      const refused = mayNot(session, "see");
      if (refused !== undefined) return refused;
      const services = system.names.list.map((name) => ({
        name: name.name,
        server: name.server?.entry.name ?? (name.own !== undefined ? "init" : "-"),
        state: name.server?.supervised.phase ?? (name.own !== undefined ? "running" : "left out"),
        contract: name.contract,
        clients: name.opened,
      }));
      return { services };
    },
    capabilities: ({ server }, { session }) => {
      const refused = mayNot(session, "see");
      if (refused !== undefined) return refused;
      const found = named(server);
      if (found instanceof Failure) return found;
      return { lines: capabilityLines(found.entry.manifest, system.audit) };
    },
    state: async ({ server }, { session }) => {
      const found = mayNot(session, "manage") ?? named(server);
      return found instanceof Failure ? found : stateOf(found);
    },
    trace: ({ wanted, time }, { session }) =>
      mayNot(session, "manage") ?? beginTrace(system, wanted, time),
    traced: ({ from }, { session }) => mayNot(session, "see") ?? tracePiece(system.trace, from),
    messages: ({ server, ended, from }, { session }) => {
      const found = mayNot(session, "see") ?? named(server);
      if (found instanceof Failure) return found;
      return headsPiece(ended ? found.lastEnd?.heads : found.recorder?.heads, from);
    },
    channels: ({ server, ended, from }, { session }) => {
      const found = mayNot(session, "see") ?? named(server);
      if (found instanceof Failure) return found;
      return channelsPiece(ended ? found.lastEnd?.heads : found.recorder?.heads, from);
    },
    waits: async ({ server }, { session }) => {
      const found = mayNot(session, "see") ?? named(server);
      return found instanceof Failure ? found : waitsOf(system, found);
    },
    audit: ({ from }, { session }) => mayNot(session, "see") ?? auditEntries(system, from),
    servers: ({ from }, { session }) => {
      const refused = mayNot(session, "see");
      if (refused !== undefined) return refused;
      const servers = system.servers.slice(from, from + SERVERS).map((server) => ({
        name: server.entry.name,
        state: server.supervised.phase,
        starts: server.supervised.starts,
        code: liveDigest(system, server).slice(0, CODE),
        ended: server.lastEnd?.at ?? 0,
        why: (server.lastEnd?.why ?? "").slice(0, TEXT),
        place: (server.lastEnd?.place ?? "").slice(0, TEXT),
      }));
      return { servers, more: from + SERVERS < system.servers.length };
    },
    log: ({ position }, { session }) =>
      mayNot(session, "log") ?? logPiece(system.machine.log, position),
    kill: ({ server }, { session }) => {
      if (server === "init") return ownEnd(session);
      const found = mayNot(session, "manage") ?? named(server);
      if (found instanceof Failure) return found;
      if (found.process === undefined)
        return refuse(failures.INVALID, `${server} does not run: it is ${found.supervised.phase}`);
      found.byHand = true;
      kill(found, `by ${session?.title}`);
      return {};
    },
    restart: ({ server, record }, { session }) => {
      if (server === "init") return ownEnd(session);
      const found = mayNot(session, "manage") ?? named(server);
      if (found instanceof Failure) return found;
      if (record === true && !system.development)
        return refuse(failures.REFUSED, "only a development image records runs");
      found.recording = record === true;
      superviseNow(system, found, { kind: "restart" });
      return {};
    },
    record: ({ server }, { session }) => {
      const found = mayNot(session, "manage") ?? named(server);
      return found instanceof Failure ? found : recordOf(found);
    },
    clear: ({ server }, { session }) => {
      const found = mayNot(session, "manage") ?? named(server);
      if (found instanceof Failure) return found;
      superviseNow(system, found, { kind: "clear" });
      return {};
    },
    events: ({ after }, { session }) => mayNot(session, "see") ?? system.events.after(after),
    stage: (request, peer) => {
      const change = changeOf(request, peer.session);
      return change instanceof Failure ? change : (staged.add(peer, change) ?? {});
    },
    swap: (request, peer) => {
      const { server, together = [] } = request;
      if (server === "init") return ownSwap(request, peer);
      const others = staged.take(peer, together);
      const change = changeOf(request, peer.session);
      const missing = together.find(
        (name) => !others.some((each) => each.server.entry.name === name),
      );
      if (!(change instanceof Failure) && missing === undefined && !together.includes(server))
        return replace(system, [change, ...others]);
      for (const { next } of change instanceof Failure ? others : [change, ...others])
        dropCode(next.code);
      if (change instanceof Failure) return change;
      const what = missing === undefined ? `${server} is named twice` : `${missing} was not staged`;
      return refuse(failures.INVALID, `swap: together: ${what}`);
    },
    rollback: ({ server, drop = false }, { session }) => {
      if (server === "init") {
        const before = mayReplace(session, server) ?? ownCodeBefore(system);
        if (before instanceof Failure) return before;
        void swapInit(system, before, park());
        return PARKED;
      }
      const found = mayChange(session, server);
      return found instanceof Failure ? found : goBack(system, found, drop);
    },
    power: ({ action }, { session }) => {
      const refused = mayNot(session, "power");
      if (refused !== undefined) return refused;
      after(GRACE, () => shutDown(system, action, `by ${session?.title}`));
      return {};
    },
  });
  return sessions;
}

function liveDigest({ machine }: SystemState, { code, entry }: Server): string {
  return code?.digest ?? imageObject(machine, entry.bundle)?.digest ?? "";
}

function row(info: ProcessInfo, starts: number) {
  return {
    id: info.id,
    name: info.name,
    state: states[info.state] ?? "?",
    threads: info.threads,
    handles: info.handles,
    queued: info.queued,
    cpuTime: info.cpuTime,
    used: info.budgetUsed,
    limit: info.budgetLimit,
    starts,
  };
}
