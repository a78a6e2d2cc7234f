// `uusi bench shell`: from Enter to the prompt behind the result, and a module of 300 lines from its source to its end.
import { type Benchmark, type BenchTable, median } from "../../sdk/cli/bench/benchmark.ts";
import { Connection } from "../../sdk/cli/channel/connection.ts";
import { runScript } from "../../sdk/cli/channel/script.ts";
import { bootedGuest } from "../qemu/booted-guest.ts";
import type { Guest } from "../qemu/guest.ts";
import { moduleOfLines } from "./tape/module-of-lines.ts";

const TIMES = 40;
const LINES = 300;
const prompt = /\nleivos\$ $/;

const typed = [
  "6 * 7",
  "ps() |> where(fn(p) => p.cpu > 10)",
  'for (i in 0..3) { io.println("{i}"); }',
  "net.status().address",
  "var s: i64 = 0; for (i in 0..1000000) { s = s +% i * i; } s",
];

/** Milliseconds from Enter to the prompt, after the line was echoed. */
async function enter(guest: Guest, line: string): Promise<number> {
  guest.type(line);
  await guest.expect(new RegExp(`${line.slice(-6).replace(/[^\w ]/g, "\\$&")}$`));
  const start = performance.now();
  guest.type("\n");
  await guest.expect(prompt);
  return performance.now() - start;
}

const figures = (times: readonly number[]): (number | undefined)[] => {
  const later = [...times.slice(1)].sort((a, b) => a - b);
  return [median(later), later[Math.ceil(0.95 * later.length) - 1], times[0]];
};

export const benchmark: Benchmark = {
  summary: "lines at the shell, from Enter to their result",
  async run({ say }): Promise<BenchTable> {
    const guest = await bootedGuest({
      machine: { channel: true },
      options: { netd_wait: "30000" },
    });
    const connection = await Connection.open(guest.channel);
    try {
      guest.type("\n");
      await guest.expect(/login: $/);
      guest.type("dev\n");
      await guest.expect(/Password: $/);
      guest.type("dev\n");
      await guest.expect(prompt);
      const tier = await enter(guest, "tier").then(() => guest.transcript.text);
      if (!/native/.test(tier)) throw new Error("lines are interpreted here");
      const rows: BenchTable["rows"] = [];
      for (const line of typed) {
        say(`shell: ${line}`);
        const times: number[] = [];
        for (let i = 0; i <= TIMES; i += 1) times.push(await enter(guest, line));
        rows.push({ name: line, values: figures(times) });
      }
      say(`shell: a module of ${LINES} lines`);
      const times: number[] = [];
      for (let i = 0; i <= TIMES / 4; i += 1) {
        const source = moduleOfLines(LINES, i);
        const start = performance.now();
        await runScript(connection, { kind: "script", show: "value", source }, () => undefined);
        times.push(performance.now() - start);
      }
      rows.push({
        name: `a module of ${LINES} lines, sent, compiled and run`,
        values: figures(times),
      });
      return {
        title: "the shell, from Enter to the prompt behind the result",
        unit: "ms",
        columns: ["p50", "p95", "first"],
        rows,
        notes: [
          `${TIMES} times each, as machine code that is compiled anew each time, typed at the serial console of a guest with two processors.`,
          "The first of all lines starts the server that compiles.",
        ],
      };
    } finally {
      connection.close();
      await guest.close();
    }
  },
};
