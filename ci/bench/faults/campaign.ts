// A campaign of fault injection, and what came of it by kind. It is cut into chapters; with a folder it keeps what they gave, and goes on there.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { chapterSizes, qemuChapter, simChapter, type Work } from "./chapter.ts";
import { fresh, type Outcome, type Tally } from "./in-turn.ts";
import { type Kind, kinds, simKinds } from "./injection.ts";

export const worlds = ["simulated", "QEMU"] as const;
export type World = (typeof worlds)[number];

export interface Campaign {
  readonly tallies: ReadonlyMap<Kind, Tally>;
  /** how many faults each server got */
  readonly victims: ReadonlyMap<string, number>;
  /** injections after which the system did not go on by itself, one line each */
  readonly failures: readonly string[];
}

export interface CampaignSettings {
  readonly world: World;
  readonly size: number;
  readonly seed: number;
  readonly counted?: boolean;
  readonly kinds?: readonly Kind[];
  /** chapters at a time, 1 */
  readonly workers?: number;
  /** where each chapter is kept once it is over; those that are there are not run again */
  readonly folder?: string;
  readonly say?: (line: string) => void;
}

type Took = (outcome: Outcome) => void;
const chapterOf = { simulated: (work: Work) => simChapter(work), QEMU: qemuChapter };

/** Runs `size` injections into the built system. The same seed gives the same injections. */
export async function campaign(settings: CampaignSettings): Promise<Campaign> {
  const { world, size, seed, counted = false, workers = 1, folder, say } = settings;
  const chosen = settings.kinds ?? (world === "QEMU" ? kinds : simKinds);
  const chapter = chapterSizes[world];
  const chapters: Outcome[][] = [];
  let next = 0;
  const all: Outcome[] = [];
  const sumNow = () => sum(chosen, all);
  const runSome = async () => {
    while (next < size) {
      const from = next;
      next = Math.min(from + chapter, size);
      const work = { from, to: next, seed, kinds: chosen, counted };
      const outcomes = await kept(folder, world, work, chapterOf[world]);
      chapters[from / chapter] = outcomes;
      all.push(...outcomes);
      say?.(`faults: ${all.length} of ${size}, ${world}${briefly(sumNow())}`);
      for (const { failure } of outcomes) if (failure !== "") say?.(failure);
    }
  };
  await Promise.all(Array.from({ length: workers }, runSome));
  return sum(chosen, chapters.flat());
}

/** What has come of it so far, in a line. */
function briefly({ tallies, failures }: Campaign): string {
  const of = (key: keyof Tally) => [...tallies.values()].reduce((all, each) => all + each[key], 0);
  return `: ${of("injected")} happened, ${of("manifested")} showed, ${of("recovered")} of ${of("ends")} ends recovered, ${of("others")} others ended, ${of("panics")} panics, ${failures.length} lines of failures`;
}

/** What a chapter gave, from the folder where it is there. In QEMU, where no run is another's equal, it goes on behind the last injection. */
async function kept(
  folder: string | undefined,
  world: World,
  work: Work,
  run: (rest: Work, took: Took) => Promise<Outcome[]>,
): Promise<Outcome[]> {
  if (folder === undefined) return run(work, () => {});
  const { seed, from, to } = work;
  const path = join(folder, `${world}-${seed}-${from}-${to}.json`);
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as Outcome[];
  mkdirSync(folder, { recursive: true });
  const part = `${path}.part`;
  const before = world === "QEMU" && existsSync(part) ? lines(part) : [];
  const took = (outcome: Outcome) => appendFileSync(part, `${JSON.stringify(outcome)}\n`);
  const outcomes = [...before, ...(await run({ ...work, from: from + before.length }, took))];
  writeFileSync(`${path}.new`, JSON.stringify(outcomes));
  renameSync(`${path}.new`, path);
  rmSync(part, { force: true });
  return outcomes;
}

/** Outcomes, one a line; the last line may have been cut off, and is taken away then. */
function lines(path: string): Outcome[] {
  const text = readFileSync(path, "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  writeFileSync(path, whole);
  const each = whole.split("\n").filter((line) => line !== "");
  return each.map((line) => JSON.parse(line) as Outcome);
}

function sum(chosen: readonly Kind[], outcomes: readonly Outcome[]): Campaign {
  const tallies = new Map<Kind, Tally>(chosen.map((kind) => [kind, fresh()]));
  const victims = new Map<string, number>();
  const failures: string[] = [];
  for (const { kind, victim, tally, failure } of outcomes) {
    const total = tallies.get(kind)!;
    for (const key of Object.keys(tally) as (keyof Tally)[]) total[key] += tally[key];
    victims.set(victim, (victims.get(victim) ?? 0) + tally.injected);
    if (failure !== "") failures.push(failure);
  }
  return { tallies, victims, failures };
}
