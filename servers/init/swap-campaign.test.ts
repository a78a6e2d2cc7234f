// Many swaps of a server under load: no call is lost, doubled or out of order, and what the system holds stays what it was.
// The size is small here and 1,000 in `just soak`.
import test from "ava";
import { counter, counterFields } from "./testing/counter.ts";
import { hostLines, swapScene } from "./testing/swap-scene.ts";

const soak = process.env["LEIVOS_CAMPAIGN"] === "soak";
const SWAPS = soak ? 1000 : 25;
const CLIENTS = 3;
const HELD = 50;
const PARKED = 20;
const TIMERS = 10;
const ENTRIES = 200;

/** A version with handles, named timers and entries; `even` has another version of the state than the others. */
const version = (code: string, even: boolean) =>
  counter({
    code,
    state: `{
      version: ${even ? 2 : 1},
      schema: { ${SHAPE}${even ? ", generation: u32" : ""} },
      initial: { sum: 0, waiting: [], memories: [], fired: 0, entries: []${even ? ", generation: 0" : ""} },
      ${
        even
          ? `migrate: { 1: from({ ${SHAPE} }, (was) => ({ ...was, generation: 1 })) },
             revert: { 1: back({ ${SHAPE} }, ({ generation, ...rest }) => rest) },`
          : ""
      }
    }`,
    before: `
      const timers = Array.from({ length: ${TIMERS} }, (_, i) => timer("timer " + i, () => { kept.data.fired++; }));
      const fill = () => {
        for (let i = 0; i < ${HELD}; i++) {
          const memory = Memory.create(4096);
          if (memory instanceof Failure) throw new Error(memory.sentence);
          kept.data.memories.push(memory.take());
        }
        for (let i = 0; i < ${ENTRIES}; i++) kept.data.entries.push({ name: "entry " + i, value: i });
        timers.forEach((each, i) => each.set(now() + 3.6e12 + i * 1e9));
      };`,
    begin: "if (kept.data.memories.length === 0) fill();",
    handlers: `
      code: () => {
        let bytes = 0;
        for (const number of kept.data.memories) bytes += new Memory(number, true).size();
        const sum = kept.data.entries.reduce((all, { value }) => all + value, 0);
        const set = timers.filter((each) => each.deadline !== undefined).length;
        return { code: "${code} " + bytes / 4096 + " " + sum + " " + set + " " + kept.data.waiting.length };
      },`,
  });
const SHAPE =
  "sum: u32, waiting: array(struct({ reply: parked, sum: u32 })), memories: array(handle('memory')), fired: u32, " +
  "entries: array(struct({ name: string, value: u32 }))";

test("swaps under load lose nothing, and leave nothing behind", async (t) => {
  t.timeout(1_800_000);
  const guest = await swapScene(
    [{ fields: counterFields, code: version("start", false) }],
    { odd: version("odd", false), even: version("even", true) },
    `
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
    let parkedEnds = 0;
    for (let i = 0; i < ${PARKED}; i++) void counter.reach({ sum: 4_000_000_000 }).then(() => parkedEnds++);
    const pushed = { odd: push("odd"), even: push("even") };
    const again = ([memory, size]: [Memory, number]): [Memory, number] => {
      const copy = memory.duplicate();
      if (copy instanceof Failure) throw new Error(copy.sentence);
      return [new Memory(copy), size];
    };
    await sleep(1e6);
    const step = (i: number) => {
      const name = i % 10 === 9 ? "even" : "odd";
      return swap(name, again(pushed[name]));
    };
    for (let i = 0; i < 11; i++) await step(i);
    await sleep(50e6);
    const base = [await held(), await memory()];
    const seen: number[] = [];
    let stop = false;
    let lost = 0;
    const clients = others.map(async (other) => {
      let last = 0;
      while (!stop) {
        const reply = await other.add({ by: 1 });
        if (reply instanceof Failure || reply.sum <= last) lost++;
        else { last = reply.sum; seen.push(reply.sum); }
      }
    });
    const pauses: number[] = [];
    const refused: string[] = [];
    for (let i = 0; i < ${SWAPS}; i++) {
      const line = await step(i);
      const paused = /paused ([\\d.]+) ms, 4 streams kept/.exec(line);
      if (paused === null) refused.push(line);
      else pauses.push(Number(paused[1]));
      if (i % 10 === 3) say("at " + i + ": " + (await code()));
    }
    stop = true;
    await Promise.all(clients);
    await sleep(50e6);
    seen.sort((a, b) => a - b);
    const doubled = seen.filter((sum, i) => i > 0 && sum !== seen[i - 1]! + 1).length;
    say("calls " + seen.length + " lost " + lost + " doubled " + doubled + " parked " + parkedEnds);
    say("refused " + refused.join());
    say("handles " + ((await held()) - base[0]!));
    say("memory " + (base[1]! - (await memory())));
    pauses.sort((a, b) => a - b);
    say("paused " + pauses[pauses.length >> 1] + " " + pauses[Math.ceil(pauses.length * 0.99) - 1]);
    `,
  );
  const lines = await hostLines(guest);
  for (const line of lines) t.log(line);
  for (const line of lines.filter((each) => each.startsWith("at ")))
    t.regex(
      line,
      new RegExp(` (?:odd|even) ${HELD} ${(ENTRIES * (ENTRIES - 1)) / 2} ${TIMERS} ${PARKED}$`),
    );
  const [, calls, lost, doubled, ended] =
    /^calls (\d+) lost (\d+) doubled (\d+) parked (\d+)$/.exec(
      lines.find((each) => each.startsWith("calls ")) ?? "",
    ) ?? ["", "0", "1", "1", "1"];
  t.true(Number(calls) > SWAPS);
  t.deepEqual([lost, doubled, ended], ["0", "0", "0"]);
  t.true(lines.includes("refused "), "a swap was refused");
  t.true(lines.includes("handles 0"));
  // pages come and go with the engines' heaps; what stays must not grow with the swaps
  const grown = Number(/^memory (-?\d+)$/m.exec(lines.join("\n"))?.[1]);
  t.true(grown < 64 << 10, `${grown} bytes more than after the first swaps`);
  const [, median, worst] = /^paused ([\d.]+) ([\d.]+)$/m.exec(lines.join("\n")) ?? [];
  t.true(Number(worst) <= 50, `paused ${median} ms, at most ${worst} ms`);
});
