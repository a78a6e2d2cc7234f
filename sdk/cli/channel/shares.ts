// How much of the processors each process used between two looks. Pure.
import type { ProcessFacts } from "./facts.ts";

/** One look. `up`: ns since boot. */
export interface Look {
  readonly up: number;
  readonly processes: readonly ProcessFacts[];
}

/** A process and its part, in percent of one processor. */
export interface Share {
  readonly name: string;
  readonly id: number;
  readonly percent: number;
  readonly cpuTime: number;
  readonly used: number;
  readonly queued: number;
}

/** The busiest first. Without an earlier look, since boot; a process that was not there then, since its start. */
export function shares(before: Look | undefined, { up, processes }: Look): Share[] {
  const span = Math.max(1, up - (before?.up ?? 0));
  return processes
    .map(({ id, name, cpuTime, used, queued }) => {
      const earlier = before?.processes.find((each) => each.id === id)?.cpuTime ?? 0;
      const percent = Math.floor((Math.max(0, cpuTime - earlier) / span) * 1000) / 10;
      return { name, id, percent, cpuTime, used, queued };
    })
    .sort((a, b) => b.percent - a.percent || b.cpuTime - a.cpuTime);
}
