// What init knows, as the values of its state (kept.ts). Invariant: it reads and changes nothing; `resume.ts` makes the same of the values.
import { coreOf } from "../../sdk/contract/adopt-peer.ts";
import type { HandleNumber } from "../../sdk/contract/field.ts";
import { handleOf } from "../../sdk/hot/handle-of.ts";
import type { SavedPeer } from "../../sdk/hot/peers.ts";
import type { Endpoint } from "../../sdk/runtime/endpoint.ts";
import type { ServerEntry } from "./configuration.ts";
import type { Code } from "./code.ts";
import type { Grantee } from "./grantee.ts";
import type { Kept, KeptCode, KeptServer, KeptVersion } from "./kept.ts";
import type { Server, Version } from "./server.ts";
import type { SystemState } from "./system-state.ts";
import { parts } from "./transcript.ts";

/** Ends of which the last messages are kept: the newest. */
const RECORDED = 8;
/** Characters of a sentence. */
const TEXT = 600;

const number = (handle: number | undefined) => (handle ?? 0) as HandleNumber;
const ofClient = (client: object | undefined) =>
  number(client === undefined ? 0 : handleOf(client));

/** The values now. `begun` and `first` are the process's own. */
export function keep(system: SystemState, first: readonly number[], begun: number): Kept {
  const { configured, servers, services, names, events, accounts, audit, transcript, safeMode } =
    system;
  const ends = servers.map(({ lastEnd }) => lastEnd?.at ?? 0).sort((a, b) => b - a);
  const since = ends[RECORDED - 1] ?? 0;
  return {
    first: [...first] as HandleNumber[],
    begun,
    servers: servers.map((each, place) => keepServer(each, configured[place], since)),
    hellos: [services.bootstrap, services.sessions, services.accounts].map((each) => [
      ...coreOf(each).compiled.hello,
    ]),
    bootstraps: keepPeers<Server, { server: string }>(services.bootstrap, ({ entry }) => ({
      server: entry.name,
    })),
    sessions: keepPeers<Grantee, { client: string }>(services.sessions, (session) => ({
      client: session.client,
    })),
    accountants: keepPeers<object, object>(services.accounts, () => ({})),
    opened: JSON.stringify(
      Object.fromEntries(names.list.map(({ name, opened }) => [name, opened])),
    ),
    waiting: names.list.flatMap(({ name, waiting }) =>
      waiting
        .filter(({ own }) => own === undefined)
        .map(({ client, reply, session }) => ({
          name,
          client: {
            name: client.name,
            process: client.process,
            net: client.net === undefined ? undefined : JSON.stringify(client.net),
          },
          reply: number(reply),
          session,
        })),
    ),
    news: events.keep(),
    accounts: accounts.map(({ name, password }) => ({ name, password })),
    audit: JSON.stringify(audit),
    transcript: parts.map((part) => {
      const state = transcript.state[part];
      return state === "open" ? "" : state === "given-up" ? "-" : state.line;
    }),
    shown: transcript.done,
    safeMode: safeMode.on,
    failures: [...safeMode.failures],
    self: {
      code: keepCode(system.self.code),
      before:
        system.self.before === undefined ? undefined : { code: keepCode(system.self.before.code) },
    },
    succession: system.succession,
    ending: system.ending,
  };
}

/** As `savePeers`, but a hello that is the service's own is not said again. */
function keepPeers<S, V>(service: object, save: (session: S) => V): SavedPeer<V>[] {
  const { compiled, peers } = coreOf(service);
  const saved: SavedPeer<V>[] = [];
  for (const { channel, name, badge, terms, session, hello } of peers) {
    if (session === undefined) continue;
    const said = hello === compiled.hello ? [] : hello;
    saved.push({
      channel: number((channel as Endpoint).number),
      client: name,
      badge,
      terms: terms as string[],
      hello: said as number[] | undefined,
      session: save(session as S),
    });
  }
  return saved;
}

function keepServer(each: Server, own: ServerEntry | undefined, since: number): KeptServer {
  const { supervised, lastEnd } = each;
  const { phase, afterwards, at, exponent, restarts, readySince, starts } = supervised;
  return {
    name: each.entry.name,
    live: keepVersion(each, own),
    before: each.before === undefined ? undefined : keepVersion(each.before, own),
    process: number(each.process?.number),
    processId: each.processId,
    listeners: Object.keys(each.listeners).map((name) => ({
      name,
      channel: ofClient(each.listeners[name]),
    })),
    hot: ofClient(each.hot),
    durable: (each.durable?.list ?? []).map(({ name, memory }) => ({
      name,
      memory: number(memory.number),
    })),
    durableDeaths: each.durableDeaths,
    recorder: number(each.recorder?.number),
    remains: number(each.recorder?.heap),
    grants: JSON.stringify(each.grants),
    options: JSON.stringify(each.options),
    phase,
    afterwards,
    at,
    exponent,
    restarts: [...restarts],
    readySince,
    starts,
    byHand: each.byHand,
    killer: each.killer?.slice(0, TEXT),
    lastEnd:
      lastEnd === undefined
        ? undefined
        : {
            at: lastEnd.at,
            why: lastEnd.why.slice(0, TEXT),
            place: lastEnd.place.slice(0, TEXT),
            recorded: lastEnd.at < since ? undefined : lastEnd.recorded,
          },
  };
}

/** The image's own manifest is not said again. */
function keepVersion({ entry, code }: Version, own: ServerEntry | undefined): KeptVersion {
  return {
    manifest: entry === own ? "" : JSON.stringify(entry.manifest),
    code: keepCode(code),
  };
}

function keepCode(code: Code | undefined): KeptCode {
  if (code?.pushed !== true) return undefined;
  const { memory, size, digest, kernels } = code;
  return {
    memory: number(memory.number),
    size,
    digest,
    kernels: kernels.map((each) => ({ ...each, memory: number(each.memory.number) })),
  };
}
