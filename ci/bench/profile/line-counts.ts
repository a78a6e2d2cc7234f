// Counts of lines from several records, put together and written as compilers read them (clang's user manual, "Sample Profile Text Format").

class FunctionCounts {
  entered = 0;
  readonly lines = new Map<number, number>();
  /** what was called at a line, by `line name` */
  readonly calls = new Map<string, number>();
  /** what was inlined at a line, by `line name` */
  readonly inlined = new Map<string, FunctionCounts>();

  total(): number {
    let sum = 0;
    for (const count of this.lines.values()) sum += count;
    for (const inner of this.inlined.values()) sum += inner.total();
    return sum;
  }

  inner(key: string): FunctionCounts {
    let inner = this.inlined.get(key);
    if (inner === undefined) this.inlined.set(key, (inner = new FunctionCounts()));
    return inner;
  }
}

const more = <Key>(map: Map<Key, number>, key: Key, count: number) =>
  map.set(key, (map.get(key) ?? 0) + count);

export class LineCounts {
  readonly #functions = new Map<string, FunctionCounts>();

  /** Adds a record whose lines are absolute, each count times `weight`. */
  add(text: string, weight: number): void {
    let within: FunctionCounts[] = [];
    for (const line of text.split("\n")) {
      const depth = line.length - line.trimStart().length;
      const [head = "", ...rest] = line.trim().split(": ");
      if (depth === 0) {
        const [name, , entered] = head.split(":");
        if (entered === undefined) continue;
        let counts = this.#functions.get(name!);
        if (counts === undefined) this.#functions.set(name!, (counts = new FunctionCounts()));
        counts.entered += Number(entered) * weight;
        within = [counts];
        continue;
      }
      const counts = within[depth - 1]!;
      const at = Number.parseInt(head, 10);
      const [first = "", ...calls] = rest.join("").split(" ");
      if (first.includes(":")) {
        within = [...within.slice(0, depth), counts.inner(`${at} ${first.split(":")[0]}`)];
        continue;
      }
      more(counts.lines, at, Number(first) * weight);
      for (const call of calls) {
        const [name, count] = call.split(":");
        more(counts.calls, `${at} ${name}`, Number(count) * weight);
      }
    }
  }

  /**
   * The text of all functions of known begin, the most frequent first; `fewest` and `least`: counts of a line and of a function below
   * which it is left out.
   */
  text(begins: ReadonlyMap<string, number>, fewest: number, least: number): string {
    const out: string[] = [];
    const write = (name: string, counts: FunctionCounts, indent: string): void => {
      const begin = begins.get(name)!;
      const parts: [number, () => void][] = [];
      for (const [line, count] of counts.lines) {
        if (count < fewest) continue;
        const calls = [...counts.calls].filter(
          ([key, n]) => key.startsWith(`${line} `) && n >= fewest,
        );
        const named = calls.map(([key, n]) => ` ${key.split(" ")[1]}:${n}`).join("");
        parts.push([line, () => out.push(`${indent}${line - begin}: ${count}${named}`)]);
      }
      for (const [key, inner] of counts.inlined) {
        const [line, callee] = key.split(" ");
        const total = inner.total();
        if (total < 2 * fewest || !begins.has(callee!)) continue;
        parts.push([
          Number(line),
          () => {
            out.push(`${indent}${Number(line) - begin}: ${callee}:${total}`);
            write(callee!, inner, `${indent} `);
          },
        ]);
      }
      for (const [line, put] of parts.sort(([a], [b]) => a - b)) if (line >= begin) put();
    };
    const all = [...this.#functions].map(([name, counts]) => ({
      name,
      counts,
      total: counts.total(),
    }));
    for (const { name, counts, total } of all.sort((a, b) => b.total - a.total)) {
      if (total < least || !begins.has(name)) continue;
      out.push(`${name}:${total}:${counts.entered}`);
      write(name, counts, " ");
    }
    return `${out.join("\n")}\n`;
  }
}
