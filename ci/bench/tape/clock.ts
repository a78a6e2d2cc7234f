// Processor time of a piece of work: the least of some runs, since a busy host only adds to it.

/** Seconds of this process's processor time, of the fastest run. */
export function leastTime(times: number, work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    const start = process.cpuUsage();
    work();
    const used = process.cpuUsage(start);
    least = Math.min(least, (used.user + used.system) / 1e6);
  }
  return least;
}
