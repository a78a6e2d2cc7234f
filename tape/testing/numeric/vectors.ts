/**
 * The form of the vector files: one line of all values that occur, then a line for each operation with its cases.
 *
 * A case is the positions of its arguments and its result in the list of values, two base-36 digits each.
 */

/** One application of an operation; values are bits in hexadecimal, `nan` or `trap`. */
export interface Case {
  readonly op: string;
  readonly args: readonly string[];
  readonly want: string;
}

export function vectorText(cases: readonly Case[]): string {
  const values = [...new Set(cases.flatMap((c) => [...c.args, c.want]))].sort();
  if (values.length > 1296) throw new Error("more values than two digits can number");
  const at = new Map(values.map((v, i) => [v, i.toString(36).padStart(2, "0")]));
  const ops = new Map<string, string>();
  for (const c of cases) {
    const name = `${c.op} ${c.args.length}`;
    ops.set(name, (ops.get(name) ?? "") + [...c.args, c.want].map((v) => at.get(v)).join(""));
  }
  return `${values.join(" ")}\n${[...ops].map(([name, list]) => `${name} ${list}\n`).join("")}`;
}

export function readVectors(text: string): Case[] {
  const [head, ...rest] = text.trimEnd().split("\n");
  const values = head.split(" ");
  const out: Case[] = [];
  for (const line of rest) {
    const [op, count, digits] = line.split(" ");
    const step = 2 * (Number(count) + 1);
    for (let i = 0; i < digits.length; i += step) {
      const all = (digits.slice(i, i + step).match(/../g) ?? []).map(
        (d) => values[Number.parseInt(d, 36)],
      );
      out.push({ op, args: all.slice(0, -1), want: all[all.length - 1] });
    }
  }
  return out;
}
