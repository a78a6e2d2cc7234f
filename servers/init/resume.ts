// Makes what another init has kept (kept.ts) this one's own: new code in its place, or the one that the nucleus begins after its death.
// Invariant: until the first timers run nothing has an effect outside of this process but what `bind` does, so that a swap can go back.
import { client } from "../../sdk/contract/client.ts";
import { Hot } from "../../sdk/hot/hot.contract.ts";
import { loadPeers, type SavedPeer } from "../../sdk/hot/peers.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { Endpoint } from "../../sdk/runtime/endpoint.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import { Process } from "../../sdk/runtime/process.ts";
import { Listener } from "../../sdk/runtime/supervisor.contract.ts";
import { systemCalls } from "../../sdk/runtime/system-call.ts";
import type { Audit } from "./audit.ts";
import type { Code } from "./code.ts";
import type { ServerEntry } from "./configuration.ts";
import { DurableMemories } from "./durable-memories.ts";
import { accountGrantee, type Grantee, serverGrantee } from "./grantee.ts";
import type { Kept, KeptCode, KeptServer, KeptVersion } from "./kept.ts";
import { findName } from "./names.ts";
import { Heads } from "./heads.ts";
import { Recorder } from "./recorder.ts";
import type { Server, Version } from "./server.ts";
import { arm, ended } from "./supervisor.ts";
import { findServer, type SystemState } from "./system-state.ts";
import { parts } from "./transcript.ts";

/** Fills a system, as the image describes it, with what was kept. */
export function resume(system: SystemState, data: Kept): void {
  for (const each of data.servers) {
    const server = findServer(system, each.name);
    if (server !== undefined) resumeServer(system, server, each);
  }
  const { bootstrap, sessions, accounts } = system.services;
  const said = data.hellos;
  loadPeers(bootstrap, whole(data.bootstraps, said[0]), (values, peer) => {
    const server = findServer(system, values.server) as Server;
    server.peer = peer;
    return server;
  });
  loadPeers(
    sessions,
    whole(data.sessions, said[1]),
    ({ client: name }) => grantee(system, name) as Grantee,
  );
  loadPeers(accounts, whole(data.accountants, said[2]), () => ({}));
  const opened = JSON.parse(data.opened) as { [name: string]: number | undefined };
  for (const each of system.names.list) each.opened = opened[each.name] ?? 0;
  for (const { name, client: who, reply, session } of data.waiting) {
    const net = who.net === undefined ? undefined : JSON.parse(who.net);
    findName(system.names, name)?.waiting.push({ client: { ...who, net }, reply, session });
  }
  system.events.resume(data.news);
  for (const { name, password } of data.accounts) {
    const found = system.accounts.find((each) => each.name === name);
    if (found !== undefined) found.password = password;
  }
  Object.assign(system.audit, JSON.parse(data.audit) as Audit);
  parts.forEach((part, place) => {
    const line = data.transcript[place] ?? "";
    system.transcript.state[part] = line === "" ? "open" : line === "-" ? "given-up" : { line };
  });
  system.transcript.done = data.shown;
  system.safeMode.on = data.safeMode;
  system.safeMode.failures = data.failures;
  const { code, before } = data.self;
  system.self = {
    code: codeOf(code),
    before: before === undefined ? undefined : { code: codeOf(before.code) },
  };
  system.succession = data.succession;
  system.ending = data.ending;
}

/** Peers with the hello that was the service's own. */
function whole<V>(
  saved: readonly SavedPeer<V>[],
  own: number[] | undefined,
): readonly SavedPeer<V>[] {
  return saved.map((each) => (each.hello?.length === 0 ? { ...each, hello: own } : each));
}

/** Says to the servers what the init that died may not have said: go on, and say again what it may not have heard. */
export function catchUp(system: SystemState): void {
  for (const { process, hot, peer } of system.servers) {
    if (process !== undefined) uusi.sys(systemCalls.vault_lend, process.number, 0);
    hot?.send.commit({});
    hot?.send.resume({});
    peer?.send.again({});
    peer?.send.trace({ wanted: "", base: 0 });
  }
}

function resumeServer(system: SystemState, server: Server, data: KeptServer): void {
  const { supervised } = server;
  const { phase, afterwards, at, exponent, restarts, readySince, starts } = data;
  const { process, processId, hot, durable, remains, grants, durableDeaths } = data;
  Object.assign(server, version(server.entry, data.live));
  server.before = data.before === undefined ? undefined : version(server.entry, data.before);
  Object.assign(supervised, { phase, afterwards, at, exponent, readySince, starts });
  supervised.restarts = [...restarts];
  server.grants = JSON.parse(grants) as Server["grants"];
  server.options = JSON.parse(data.options) as Server["options"];
  for (const { name, memory } of durable) {
    server.durable ??= new DurableMemories();
    server.durable.keep(name, memory);
  }
  server.durableDeaths = durableDeaths;
  const heads = Heads.of(data.heads);
  if (heads !== undefined) server.recorder = new Recorder(new Memory(data.stack), heads, remains);
  server.byHand = data.byHand;
  server.killer = data.killer;
  const { lastEnd } = data;
  server.lastEnd = lastEnd && { ...lastEnd, heads: Heads.of(lastEnd.heads) };
  for (const { name, channel } of data.listeners)
    if (channel !== 0) server.listeners[name] = client(Listener, new Endpoint(channel));
  if (hot !== 0) server.hot = client(Hot, new Endpoint(hot));
  if (process !== 0) {
    const own = new Process(process);
    server.process = own;
    server.processId = processId;
    own.onExit((report) => {
      if (server.process === own) ended(system, server, report);
    });
  }
  arm(system, server);
}

function version(own: ServerEntry, { manifest, code }: KeptVersion): Version {
  return {
    entry: manifest === "" ? own : { ...own, manifest: JSON.parse(manifest) },
    code: codeOf(code),
  };
}

function codeOf(code: KeptCode): Code | undefined {
  if (code === undefined) return undefined;
  const { memory, size, digest, kernels } = code;
  return {
    memory: new Memory(memory),
    size,
    digest,
    pushed: true,
    kernels: kernels.map((each) => ({ ...each, memory: new Memory(each.memory) })),
  };
}

function grantee({ servers, accounts }: SystemState, client: string): Grantee | undefined {
  const account = accounts.find(({ name }) => `account:${name}` === client);
  if (account !== undefined) return accountGrantee(account);
  const server = servers.find(({ entry }) => entry.name === client);
  return server === undefined ? undefined : serverGrantee(server.entry.manifest);
}
