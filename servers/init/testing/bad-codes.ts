// Code that must not take over, and what is said of it; random sequences of it with good code: the same on the simulated nucleus and in QEMU.
import { counter, counterFields, FIRST } from "./counter.ts";

export const first = { fields: counterFields, code: counter({ code: "one" }) };
const second = (migrate: string) => `{
  version: 2,
  schema: { sum: u32, name: string },
  initial: { sum: 0, name: "" },
  migrate: ${migrate},
}`;
const old = "{ sum: u32, waiting: array(struct({ reply: parked, sum: u32 })) }";

/** What is wrong, and what the line says of it. */
export const bad: Record<string, { readonly code: string; readonly line: RegExp }> = {
  throwsAtLoad: {
    code: counter({ code: "bad", before: `throw new Error("no such day");` }),
    line: /^refused counter because uncaught while starting: Error: no such day at .*main\.ts:\d+/,
  },
  throwsInMigration: {
    code: counter({
      code: "bad",
      state: second(`{ 1: from(${old}, (was): never => { throw new Error("sum " + was.sum); }) }`),
    }),
    line: /^refused counter because sum \d+$/,
  },
  throwsInRun: {
    code: counter({ code: "bad", begin: `throw new Error("not today");` }),
    line: /^refused counter because not today$/,
  },
  hangsAtLoad: {
    code: counter({ code: "bad", before: "for (;;);" }),
    line: /^refused counter because it did not start within 1000 ms: /,
  },
  hangsInRun: {
    code: counter({ code: "bad", begin: "for (;;);" }),
    line: /^refused counter because it did not take over within 90 ms: /,
  },
  floods: {
    code: counter({ code: "bad", before: `for (;;) log("flood");` }),
    line: /^refused counter because it did not start within 1000 ms: /,
  },
  exceedsItsMemory: {
    code: counter({
      code: "bad",
      before:
        "const all: number[][] = []; for (;;) all.push(new Array(10000).fill(all.length + 0.5));",
    }),
    line: /^refused counter because (?:uncaught while starting: InternalError: out of memory|.*memory)/,
  },
  exceedsItsMemoryInRun: {
    code: counter({
      code: "bad",
      begin: `const memory = Memory.create(64 << 20); if (memory instanceof Failure) throw new Error(memory.sentence);`,
    }),
    line: /^refused counter because .*the memory budget that pays is exhausted/,
  },
  wantsMore: {
    code: counter({ code: "bad", begin: `serve("/svc/other", Counter, {} as never);` }),
    line: /^refused counter because the manifest does not serve \/svc\/other; add it under `serves`$/,
  },
  rejectsTheState: {
    code: counter({
      code: "bad",
      state: second(`{ 1: from(${old}, () => invalidate("the sum must be even")) }`),
    }),
    line: /^refused counter because the sum must be even$/,
  },
  makesAWrongState: {
    code: counter({
      code: "bad",
      state: second(`{ 1: from(${old}, ({ sum }) => ({ sum, name: 7 as never })) }`),
    }),
    line: /^refused counter because name is no string$/,
  },
  hasNoMigration: {
    code: counter({ code: "bad", state: second("{}") }),
    line: /^refused counter because the state is version 1, this code has version 2 and no migration from 1$/,
  },
  changesTheSchemaAlone: {
    code: counter({ code: "bad", state: FIRST.replace("sum: u32, waiting", "sum: u8, waiting") }),
    line: /^refused counter because the state is version 1 in both codes but differs \(sum:u32 was, sum:u8 is\)/,
  },
  changesTheContract: {
    code: counter({ code: "bad", contract: "counter-changed" }),
    line: /^refused counter because contract counter\.add: field `times` of the request is new and no trailing optional, and host speaks it as it was$/,
  },
  makesHandlesAtLoad: {
    code: counter({ code: "bad", before: "export const memory = Memory.create(4096);" }),
    line: /^refused counter because it makes a handle before it runs/,
  },
  declaresNoState: {
    code: "run(() => ready());",
    line: /^refused counter because uncaught: Error: this code declares no state, and the running one does/,
  },
};

/** The second version of the state, with a way back. */
const NEWER = `{
  version: 2,
  schema: { sum: u32, waiting: array(struct({ reply: parked, sum: u32 })), swaps: u32 },
  initial: { sum: 0, waiting: [], swaps: 0 },
  migrate: { 1: from(${old}, (was) => ({ ...was, swaps: 1 })) },
  revert: { 1: back(${old}, ({ swaps, ...rest }) => rest) },
}`;

const good = ["good", "better", "newer"];
/** What only ends at a limit takes a second each: a part of them is enough where there is little time. */
const slow = ["hangsAtLoad", "floods", "exceedsItsMemory"];
/** What is refused for its time, by its own fault. */
const late = ["hangsAtLoad", "floods", "hangsInRun", "exceedsItsMemory"];
const LIMIT = /^refused counter because it did not (?:start|take over) within \d+ ms/;
/** Tries of other code that is refused for what was so at that moment: on a machine that is late by itself. */
const TRIES = 20;

/** A sequence of good code, bad code and rollbacks. The same seed gives the same one. */
export function badSequence(size: number, seed: number): string[] {
  let random = seed;
  const next = (below: number) => {
    random = (Math.imul(random, 1103515245) + 12345) >>> 0;
    return (random >>> 8) % below;
  };
  const kinds = Object.keys(bad).filter((name) => size > 100 || !slow.includes(name));
  return Array.from({ length: size }, () => {
    const kind = next(5);
    return kind < 2 ? good[next(good.length)]! : kind < 4 ? kinds[next(kinds.length)]! : "rollback";
  });
}

/** The codes that a sequence names. */
export function badCodes(): Record<string, string> {
  const codes: Record<string, string> = {
    good: counter({ code: "good" }),
    better: counter({ code: "better" }),
    newer: counter({ code: "newer", state: NEWER }),
  };
  for (const [name, { code }] of Object.entries(bad)) codes[name] = code;
  return codes;
}

/** What the host does: the sequence, while a client calls. */
export const badBody = (sequence: readonly string[]): string => `
  const persist = async (what: () => Promise<string>) => {
    for (let left = ${TRIES}; ; left--) {
      const line = await what();
      if (!moment || left === 1) return line;
    }
  };
  await persist(() => swap("good"));
  await swap("throwsInRun");
  await sleep(100e6); // a process that is not gone yet has the same name
  const before = await held();
  begin();
  let worst = 0;
  for (const name of ${JSON.stringify(sequence)}) {
    load.worst = 0;
    const what = () => (name === "rollback" ? rollback() : swap(name));
    const line = ${JSON.stringify(late)}.includes(name) ? await what() : await persist(what);
    say(name + " | " + (await code()) + " | " + line + " | " + load.worst / 1e6);
    worst = Math.max(worst, load.worst);
  }
  await end();
  await sleep(100e6);
  say("handles " + ((await held()) - before) + " wrong " + load.wrong.join());
  say("calls " + load.calls + ", the longest took ms " + worst / 1e6);
`;

/** The longest wait for an answer while each kind of code came, in ms. */
export function badWaits(
  sequence: readonly string[],
  lines: readonly string[],
): Record<string, number> {
  const waits: Record<string, number> = {};
  for (const [i, name] of sequence.entries())
    waits[name] = Math.max(waits[name] ?? 0, Number(lines[i]?.split(" | ")[3] ?? Number.NaN));
  return waits;
}

/** What was not as it should be in what the host said, one line each. */
export function badTroubles(sequence: readonly string[], lines: readonly string[]): string[] {
  const troubles: string[] = [];
  let [answers, before] = ["good", "one"];
  for (const [i, name] of sequence.entries()) {
    const [said, by, line = ""] = (lines[i] ?? "").split(" | ");
    if (said !== name) troubles.push(`${i}: ${said} in place of ${name}`);
    if (name === "rollback") [answers, before] = [before, answers];
    else if (good.includes(name)) [answers, before] = [name, answers];
    const wanted = bad[name]?.line;
    // a state of version 2 is refused by bad code of version 1 before it can be bad in its own way, and taken as it is by that of version 2
    const early = answers === "newer" ? /^refused counter because / : wanted;
    const timely = (wanted === undefined ? /^swapped counter / : early!).test(line);
    // on a machine that is late by itself another limit may come first
    if (!timely && !(late.includes(name) && LIMIT.test(line)))
      troubles.push(`${i}: ${name}: ${line}`);
    if (by !== answers) troubles.push(`${i}: ${by} answers in place of ${answers}: ${line}`);
  }
  const end = lines[sequence.length];
  if (end !== "handles 0 wrong ") troubles.push(`${end}`);
  return troubles;
}
