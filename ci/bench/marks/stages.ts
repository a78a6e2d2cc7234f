// The stages of a boot from its marks. Times come from the counter itself, whose rate is taken from
// the arrivals of two marks: a mark may be written later than its moment, as the loader's are.
import type { Mark } from "./marks.ts";

/** A point of the boot: its name, and how the mark for it begins. */
export interface Point {
  name: string;
  mark: RegExp;
  /** whether the mark is written at its moment; two points at least must be */
  live: boolean;
}

/** What lies between two points, in milliseconds and in counts; absent where a point is. */
export interface Stage {
  name: string;
  milliseconds: number | undefined;
  count: number | undefined;
}

/**
 * The stages between consecutive points, and the sum from the first to the last.
 * @param start when the machine was started, on the clock of the marks' arrivals
 */
export function stages(points: readonly Point[], marks: readonly Mark[], start: number): Stage[] {
  const found = points.map(({ mark }) => marks.find(({ text }) => mark.test(text)));
  const live = found.filter((mark, i) => mark !== undefined && points[i]!.live) as Mark[];
  const [early, late] = [live[0], live.at(-1)];
  const elapsed = early && late && late.arrived - early.arrived;
  const rate = elapsed ? Number(late.count - early.count) / elapsed : undefined;
  const stage = (name: string, from: Mark | undefined, to: Mark | undefined): Stage => {
    const count = from && to && Number(to.count - from.count);
    return { name, count, milliseconds: rate && count && count / rate };
  };
  const first = found[0];
  const firmware =
    rate && first && early ? early.arrived - Number(early.count - first.count) / rate : undefined;
  return [
    {
      name: `firmware, up to ${points[0]!.name}`,
      milliseconds: firmware && firmware - start,
      count: first && Number(first.count),
    },
    ...points
      .slice(1)
      .map(({ name }, i) => stage(`${points[i]!.name} to ${name}`, found[i], found[i + 1])),
    stage(`${points[0]!.name} to ${points.at(-1)!.name}`, first, found.at(-1)),
  ];
}
