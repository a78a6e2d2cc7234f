// What init knows, as the values of its state (kept.ts). Invariants: it reads and changes nothing; `resume.ts` makes the same of the values. What is as
// it was before is the same object as before: the state is `immutable`, so only what has changed is written and handed over.
import { coreOf } from "../../sdk/contract/adopt-peer.ts";
import type { HandleNumber } from "../../sdk/contract/field.ts";
import type { SavedPeer } from "../../sdk/hot/peers.ts";
import type { Endpoint } from "../../sdk/runtime/endpoint.ts";
import type { Grantee } from "./grantee.ts";
import { keepCode, keepServer, number } from "./keep-server.ts";
import type { Kept } from "./kept.ts";
import { asBefore, same, sameLists } from "./same.ts";
import type { Server } from "./server.ts";
import type { SystemState } from "./system-state.ts";
import { parts } from "./transcript.ts";

/** Of a peer: it says what the service says itself. */
const OWN: number[] = [];

/** The values now. `begun` and `first` are the process's own; `before`: values of earlier. */
export function keep(
  system: SystemState,
  first: readonly number[],
  begun: number,
  before: Kept,
): Kept {
  const { configured, servers, services, names, events, accounts, audit, transcript, safeMode } =
    system;
  return {
    first: sameLists(before.first, first) ? before.first : ([...first] as HandleNumber[]),
    begun,
    servers: servers.map((each, place) =>
      keepServer(each, configured[place], before.servers[place]),
    ),
    hellos: keepHellos(system, before.hellos),
    bootstraps: keepPeers<Server, { server: string }>(
      services.bootstrap,
      before.bootstraps,
      ({ entry }, was) => (was?.server === entry.name ? was : { server: entry.name }),
    ),
    sessions: keepPeers<Grantee, { client: string }>(
      services.sessions,
      before.sessions,
      ({ client }, was) => (was?.client === client ? was : { client }),
    ),
    accountants: keepPeers<object, object>(
      services.accounts,
      before.accountants,
      (_, was) => was ?? {},
    ),
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
    accounts: accounts.map(({ name, password }, place) => {
      const was = before.accounts[place];
      return was?.name === name && was.password === password ? was : { name, password };
    }),
    audit: JSON.stringify(audit),
    transcript: keepTranscript(transcript.state, before.transcript),
    shown: transcript.done,
    safeMode: safeMode.on,
    failures: safeMode.failures,
    self: keepSelf(system, before.self),
    succession: system.succession,
    ending: system.ending,
  };
}

function keepHellos({ services }: SystemState, before: number[][]): number[][] {
  const hellos = [services.bootstrap, services.sessions, services.accounts].map(
    (each) => coreOf(each).compiled.hello as number[],
  );
  return hellos.every((hello, place) => sameLists(hello, before[place] ?? [])) ? before : hellos;
}

function keepTranscript(state: SystemState["transcript"]["state"], before: string[]): string[] {
  const lines = parts.map((part) => {
    const each = state[part];
    return each === "open" ? "" : each === "given-up" ? "-" : each.line;
  });
  const unchanged = lines.length === before.length && lines.every((line, i) => line === before[i]);
  return unchanged ? before : lines;
}

function keepSelf({ self }: SystemState, before: Kept["self"]): Kept["self"] {
  const code = keepCode(self.code);
  const made = {
    code,
    before: self.before === undefined ? undefined : { code: keepCode(self.before.code) },
  };
  return same(made, before) ? before : made;
}

/** As `savePeers`, but a hello that is the service's own is not said again. `save` gets the values of before. */
function keepPeers<S, V>(
  service: object,
  before: readonly SavedPeer<V>[],
  save: (session: S, was: V | undefined) => V,
): SavedPeer<V>[] {
  const { compiled, peers } = coreOf(service);
  const saved: SavedPeer<V>[] = [];
  for (const { channel, name, badge, terms, session: own, hello } of peers) {
    if (own === undefined) continue;
    const was = before[saved.length];
    const at = number((channel as Endpoint).number);
    const session = save(own as S, was?.session);
    const said = hello === compiled.hello ? OWN : (hello as number[] | undefined);
    const kept = was?.hello?.length === 0 && said === OWN ? was.hello : said;
    const same = was !== undefined && sameLists(was.terms, terms) ? was.terms : (terms as string[]);
    saved.push(
      asBefore(was, { channel: at, client: name, badge, terms: same, hello: kept, session }),
    );
  }
  return saved;
}
