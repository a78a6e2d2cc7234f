// What init knows of one server, as values of its state (kept.ts). Invariant: it is the same object as before when nothing of it is another.
import type { HandleNumber } from "../../sdk/contract/field.ts";
import { handleOf } from "../../sdk/hot/handle-of.ts";
import type { Code } from "./code.ts";
import type { ServerEntry } from "./configuration.ts";
import type { Heads } from "./heads.ts";
import type { KeptCode, KeptServer, KeptVersion } from "./kept.ts";
import { asBefore, same, sameLists, type TextOf } from "./same.ts";
import type { Server, Version } from "./server.ts";

/** Characters of a sentence. */
const TEXT = 600;

export const number = (handle: number | undefined) => (handle ?? 0) as HandleNumber;
const ofClient = (client: object | undefined) =>
  number(client === undefined ? 0 : handleOf(client));

/** `own`: what the image says of it; `before`: values of earlier. */
export function keepServer(
  each: Server,
  own: ServerEntry | undefined,
  before: KeptServer | undefined,
): KeptServer {
  const { supervised, lastEnd } = each;
  const { phase, afterwards, at, exponent, restarts, readySince, starts } = supervised;
  const live = keepVersion(each, own, each.texts.live, before?.live);
  const earlier =
    each.before === undefined
      ? undefined
      : keepVersion(each.before, own, each.texts.before, before?.before);
  const listeners = keepListeners(each, before?.listeners);
  const durable = keepDurables(each, before?.durable);
  return asBefore(before, {
    name: each.entry.name,
    live,
    before: earlier,
    process: number(each.process?.number),
    processId: each.processId,
    listeners,
    hot: ofClient(each.hot),
    durable,
    durableDeaths: each.durableDeaths,
    stack: number(each.recorder?.stack),
    heads: keepHeads(each.recorder?.heads, before?.heads),
    remains: number(each.recorder?.heap),
    grants: each.texts.grants.of(each.grants),
    options: each.texts.options.of(each.options),
    phase,
    afterwards,
    at,
    exponent,
    restarts:
      before !== undefined && sameLists(before.restarts, restarts)
        ? before.restarts
        : [...restarts],
    readySince,
    starts,
    byHand: each.byHand,
    killer: each.killer?.slice(0, TEXT),
    lastEnd: keepEnd(lastEnd, before?.lastEnd),
  });
}

function keepListeners(
  { listeners }: Server,
  before: KeptServer["listeners"] | undefined,
): KeptServer["listeners"] {
  const made = Object.keys(listeners).map((name) => ({ name, channel: ofClient(listeners[name]) }));
  const unchanged =
    made.length === before?.length &&
    made.every(
      ({ name, channel }, i) => before[i]!.name === name && before[i]!.channel === channel,
    );
  return unchanged ? before : made;
}

function keepDurables(
  { durable }: Server,
  before: KeptServer["durable"] | undefined,
): KeptServer["durable"] {
  const list = durable?.list ?? [];
  const unchanged =
    list.length === before?.length &&
    list.every(
      ({ name, memory }, i) => before[i]!.name === name && before[i]!.memory === memory.number,
    );
  return unchanged
    ? before
    : list.map(({ name, memory }) => ({ name, memory: number(memory.number) }));
}

function keepEnd(end: Server["lastEnd"], before: KeptServer["lastEnd"]): KeptServer["lastEnd"] {
  if (end === undefined) return undefined;
  const heads = keepHeads(end.heads, before?.heads);
  const [why, place] = [end.why.slice(0, TEXT), end.place.slice(0, TEXT)];
  const unchanged =
    before?.at === end.at && before.heads === heads && before.why === why && before.place === place;
  return unchanged ? before : { at: end.at, why, place, heads };
}

function keepHeads(
  heads: Heads | undefined,
  before: KeptServer["heads"] | undefined,
): KeptServer["heads"] {
  const list = heads?.numbers ?? [];
  return before !== undefined && sameLists(before, list) ? before : list.map(number);
}

/** The image's own manifest is not said again. */
function keepVersion(
  { entry, code }: Version,
  own: ServerEntry | undefined,
  text: TextOf,
  before: KeptVersion | undefined,
): KeptVersion {
  const manifest = entry === own ? "" : text.of(entry.manifest);
  const made = keepCode(code);
  const unchanged = before?.manifest === manifest && same(made, before.code);
  return unchanged ? before : { manifest, code: made };
}

export function keepCode(code: Code | undefined): KeptCode {
  if (code?.pushed !== true) return undefined;
  const { memory, size, digest, kernels } = code;
  return {
    memory: number(memory.number),
    size,
    digest,
    kernels: kernels.map((each) => ({ ...each, memory: number(each.memory.number) })),
  };
}
