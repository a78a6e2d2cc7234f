// A server under swaps, and a host that swaps it while clients call: the same on the simulated nucleus and in QEMU. The server has
// durable entries in a table, 50 handles, 20 parked calls and 10 timers; every tenth swap changes state and contract to another version,
// and the next one changes them back.
import { counter, counterFields } from "./counter.ts";
import type { SceneServer } from "./swap-scene.ts";

const CLIENTS = 4;
/** Calls a second of all clients together. */
const RATE = 1000;
export const HELD = 50;
export const PARKED = 20;
export const TIMERS = 10;
/** In all; a sum beyond it counts as doubled. A list of booleans took all of the host's memory after 300,000. */
const MOST_CALLS = 8 << 20;
/** Tries of a swap that is refused for what was so at that moment: on a machine that is late by itself. */
const TRIES = 20;

/** A version with handles, named timers and entries; `second` has another version of state and contract than the others. */
export const tortured = (code: string, entries: number, second: boolean) =>
  `import { table } from "../../../sdk/hot/table.ts";\n${counter({
    code,
    contract: second ? "counter-second" : "counter",
    state: `{
      version: ${second ? 2 : 1},
      schema: { ${SHAPE}${second ? ", generation: u32" : ""} },
      initial: { sum: 0, waiting: [], memories: [], fired: 0${second ? ", generation: 0" : ""} },
      ${
        second
          ? `migrate: { 1: from({ ${SHAPE} }, (was) => ({ ...was, generation: 1 })) },
             revert: { 1: back({ ${SHAPE} }, ({ generation, ...rest }) => rest) },`
          : ""
      }
    }`,
    before: `
      const entries = table({ name: "entries", row: { id: u32, value: u32, touched: u32 }, most: 20_000, durable: true });
      const timers = Array.from({ length: ${TIMERS} }, (_, i) => timer("timer " + i, () => { kept.data.fired++; }));
      const fill = () => {
        for (let i = 0; i < ${HELD}; i++) {
          const memory = Memory.create(4096);
          if (memory instanceof Failure) throw new Error(memory.sentence);
          kept.data.memories.push(memory.take());
        }
        for (let i = 0; i < ${entries}; i++) entries.add({ id: i, value: i, touched: 0 });
        timers.forEach((each, i) => each.set(now() + 3.6e12 + i * 1e9));
      };`,
    begin: "if (kept.data.memories.length === 0) fill();",
    handlers: `
      add: ({ by }) => {
        const sum = (kept.data.sum += by);
        const row = sum % entries.length;
        entries.write(row, "touched", entries.read(row, "touched") + 1);
        return { sum${second ? ", generation: kept.data.generation" : ""} };
      },
      ${second ? "generation: () => ({ generation: kept.data.generation })," : ""}
      code: () => {
        let bytes = 0;
        for (const number of kept.data.memories) bytes += new Memory(number, true).size();
        let sum = 0;
        let touched = 0;
        for (let i = 0; i < entries.length; i++) { sum += entries.read(i, "value"); touched += entries.read(i, "touched"); }
        const set = timers.filter((each) => each.deadline !== undefined).length;
        return { code: "${code} " + [bytes / 4096, sum, set, kept.data.waiting.length, kept.data.sum - touched].join(" ") };
      },`,
  })}`;
const SHAPE =
  "sum: u32, waiting: array(struct({ reply: parked, sum: u32 })), memories: array(handle('memory')), fired: u32";

/** The server as it starts. */
export const torturedServer = (entries: number): SceneServer => ({
  fields: { ...counterFields, startWithin: 20e9 },
  code: tortured("start", entries, false),
});

/** The versions that are swapped in, in turn. */
export const torturedCodes = (entries: number): Record<string, string> => ({
  first: tortured("first", entries, false),
  second: tortured("second", entries, true),
});

/** What the host does: so many swaps, under the load of its clients. It says what came of them in lines (torture-lines.ts). */
export const tortureBody = (swaps: number): string => `
const others = [];
for (let i = 0; i < ${CLIENTS}; i++) {
  const other = await connect(Counter, "/svc/counter");
  if (other instanceof Failure) throw new Error(other.sentence);
  others.push(other);
}
const memory = async () => {
  const found = await session.memory({});
  return found instanceof Failure ? -1 : found.free;
};
/** Bytes that each server's budget has charged; of init, whose budget is the root of all, those of nobody else. */
const used = async () => {
  const found = await session.processes({ from: 0 });
  const bytes: { [name: string]: number } = {};
  if (found instanceof Failure) return bytes;
  for (const each of found.processes) bytes[each.name] = each.used;
  for (const name of Object.keys(bytes)) if (name !== "init") bytes["init"] -= bytes[name]!;
  return bytes;
};
let parkedEnds = 0;
for (let i = 0; i < ${PARKED}; i++) void counter.reach({ sum: 4_000_000_000 }).then(() => parkedEnds++);
const pushed = { first: push("first"), second: push("second") };
const again = ([memory, size]: [Memory, number]): [Memory, number] => {
  const copy = memory.duplicate();
  if (copy instanceof Failure) throw new Error(copy.sentence);
  return [new Memory(copy), size];
};
await sleep(1e6);
let tries = 0;
const step = async (i: number) => {
  const name = i % 10 === 9 ? "second" : "first";
  for (let left = ${TRIES}; ; left--) {
    const line = await swap(name, again(pushed[name]));
    if (!moment || left === 1) return line;
    tries++;
  }
};
for (let i = 0; i < 11; i++) await step(i);
// which sums were answered: each once. The host has it before memory is counted: it is no memory that swaps leave behind
const seen = new Uint8Array(${MOST_CALLS});
// a server that is idle for a second collects what only cycles hold
await sleep(3e9);
const base = [await held(), await memory()];
const usedBefore = await used();
let [answered, doubled, highest] = [0, 0, 0];
let stop = false;
let lost = 0;
let late = 0;
// each client calls at its times, whatever the swaps do; a call that has to wait longer than that is one of the next ones, too
const clients = others.map(async (other, i) => {
  let last = 0;
  for (let at = now() + i * 1e6; !stop; at += ${(1e9 * CLIENTS) / RATE}) {
    if (at > now()) await sleep(at - now());
    const begun = now();
    const reply = await other.add({ by: 1 });
    late = Math.max(late, now() - begun);
    if (reply instanceof Failure || reply.sum <= last) lost++;
    else {
      last = reply.sum;
      answered++;
      if (seen[last] !== 0) doubled++;
      seen[last] = 1;
      if (last > highest) highest = last;
    }
  }
});
const pauses: number[] = [];
const refused: string[] = [];
const begun = now();
for (let i = 0; i < ${swaps}; i++) {
  const line = await step(i);
  const paused = /paused ([\\d.]+) ms, 5 streams kept/.exec(line);
  if (paused === null) refused.push(line);
  else pauses.push(Number(paused[1]));
  if (i % 100 === 9) say("at " + i + ": " + (await code()));
  await sleep(5e6);
}
const time = now() - begun;
stop = true;
await Promise.all(clients);
await sleep(3e9);
say("at the end: " + (await code()));
// every call adds one, so that a call that was carried out and not answered leaves a hole
say("calls " + answered + " lost " + (lost + highest - answered + doubled) + " doubled " + doubled + " parked " + parkedEnds);
say("a second " + Math.round(answered / time * 1e9) + ", the longest took ms " + late / 1e6);
say("refused " + refused.join());
say("tried again " + tries);
say("handles " + ((await held()) - base[0]!));
const usedNow = await used();
const grown = Object.keys(usedNow).filter((name) => usedNow[name] !== usedBefore[name]);
say("grown: " + grown.map((name) => name + " " + (usedNow[name]! - (usedBefore[name] ?? 0))).join(", "));
say("memory " + (base[1]! - (await memory())));
pauses.sort((a, b) => a - b);
say("paused " + pauses[pauses.length >> 1] + " " + pauses[Math.ceil(pauses.length * 0.99) - 1]);
`;
