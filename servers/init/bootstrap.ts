// init's side of every server's first channel: opening names, readiness, log lines, facts for the transcript.
// Invariant: a name that the caller's manifest does not list under `uses` is refused before it is looked up.
import { client } from "../../sdk/contract/client.ts";
import { failures, refuse } from "../../sdk/contract/failure.ts";
import { type Service, service } from "../../sdk/contract/server.ts";
import { Hot } from "../../sdk/hot/hot.contract.ts";
import { Endpoint } from "../../sdk/runtime/endpoint.ts";
import { Bootstrap } from "../../sdk/runtime/supervisor.contract.ts";
import { now } from "../../sdk/runtime/time.ts";
import { auditUsed } from "./audit.ts";
import { deniedBy, usedGrant } from "./audit-news.ts";
import { DurableMemories } from "./durable-memories.ts";
import { answered } from "./health.ts";
import { inspected } from "./inspect.ts";
import { kept } from "./kept.ts";
import { logLine } from "./machine.ts";
import { openName } from "./names.ts";
import type { Server } from "./server.ts";
import { serverLines } from "./server-log.ts";
import { superviseNow } from "./supervisor.ts";
import type { SystemState } from "./system-state.ts";
import { traced } from "./trace.ts";

/** Serves `system`; `reported` gets each fact that a server reports. */
export function bootstrapService(
  system: SystemState,
  reported: (server: Server, text: string) => void,
): Service<typeof Bootstrap.methods, Server> {
  return service<typeof Bootstrap.methods, Server>(Bootstrap, {
    opened: kept.changed,
    closed: kept.changed,
    open: ({ name }, peer) => {
      const server = peer.session as Server;
      const { entry } = server;
      if (!entry.manifest.uses.includes(name)) {
        const sentence = `${entry.name} may not open ${name}: add it to \`uses\` in servers/${entry.name}/manifest.ts`;
        return refuse(failures.REFUSED, sentence, { field: "uses", value: name });
      }
      auditUsed(system.audit, entry.manifest, { field: "uses", value: name });
      const { net } = entry.manifest;
      const client = { name: entry.name, process: server.processId, net };
      return openName(system.names, name, client, false);
    },
    ready: (_fields, peer) => {
      superviseNow(system, peer.session as Server, { kind: "ready" });
    },
    used: ({ who, grant }, peer) => {
      usedGrant(system, peer.session as Server, who, grant);
    },
    denied: (fields, peer) => {
      deniedBy(system, peer.session as Server, fields);
    },
    sources: ({ slots }, peer) => {
      const { process, recorder } = peer.session as Server;
      if (process !== undefined && recorder?.grow(process, slots) === true) kept.changed();
    },
    traced: (step, peer) => {
      traced(system.trace, (peer.session as Server).entry.name, step);
    },
    inspected: ({ number, calls }, peer) => {
      inspected(peer.session as Server, number, calls);
    },
    pong: ({ number }, peer) => {
      answered((peer.session as Server).health, number);
    },
    log: ({ level, text }, peer) => {
      const server = peer.session as Server;
      if (!server.entry.manifest.log) return;
      for (const line of serverLines(server.allowance, server.entry.name, level, text, now()))
        logLine(system.machine, line, level === "info");
    },
    durable: ({ memory, name }, peer) => {
      const server = peer.session as Server;
      server.durable ??= new DurableMemories();
      server.durable.keep(name, memory);
      kept.changed();
    },
    hot: ({ channel }, peer) => {
      const server = peer.session as Server;
      server.hot?.close();
      server.hot = client(Hot, new Endpoint(channel));
      kept.changed();
    },
    report: ({ text }, peer) => {
      reported(peer.session as Server, text);
    },
  });
}
