// `uusi bench tape`: front end, interpreter and WebAssembly of the language, each beside its peers.
import { type Benchmark, median } from "../../sdk/cli/bench/benchmark.ts";
import { esbuildTransform, frontEnd, quickJs, toBytecode } from "./tape/front.ts";
import { interpreterSpeed } from "./tape/interp.ts";
import { compareWasm, programs } from "./tape/wasm.ts";

export const benchmark: Benchmark = {
  summary:
    "Tape's front end, interpreter and WebAssembly, beside esbuild, QuickJS and AssemblyScript",
  async run({ runs, say }) {
    const taken: Record<string, number[]> = {};
    const note = (name: string, value: number) => {
      taken[name] = [...(taken[name] ?? []), value];
    };
    for (let i = 0; i < runs; i++) {
      say(`tape: run ${i + 1} of ${runs}`);
      note("check", frontEnd());
      note("compile", toBytecode());
      note("esbuild", esbuildTransform());
      note("quickjs", await quickJs());
      note("interp", interpreterSpeed());
      for (const name of Object.keys(programs)) {
        const { tape, peer } = await compareWasm(name);
        note(`${name} tape`, tape * 1000);
        note(`${name} peer`, peer * 1000);
        note(`${name} ratio`, tape / peer);
      }
    }
    const of = (name: string) => median(taken[name]!);
    return {
      title: "tape",
      unit: "as named",
      columns: ["Tape", "peer", "Tape / peer"],
      rows: [
        { name: "front end, esbuild; KLOC/s", values: [of("check"), of("esbuild"), undefined] },
        { name: "to bytecode, QuickJS; KLOC/s", values: [of("compile"), of("quickjs"), undefined] },
        { name: "interpreter, M operations/s", values: [of("interp"), undefined, undefined] },
        ...Object.keys(programs).map((name) => ({
          name: `${name} as WebAssembly, AssemblyScript -O3; ms`,
          values: [of(`${name} tape`), of(`${name} peer`), of(`${name} ratio`)],
        })),
      ],
      notes: [
        "Processor time of this process, the least of some runs; esbuild works in a process of its own: wall time.",
        "QuickJS is its WebAssembly build, here as everywhere on Node. Targets: front end 200, interpreter 100, ratio 1.5.",
      ],
    };
  },
};
