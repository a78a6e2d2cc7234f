// `uusi bench tape`: front end and runtimes of the language, each beside its peers.
import { type Benchmark, median } from "../../sdk/cli/bench/benchmark.ts";
import { esbuildTransform, frontEnd, quickJs, toBytecode, toMachineCode } from "./tape/front.ts";
import { interpreterSpeed } from "./tape/interp.ts";
import { hasPeer, nativePrograms, nativeRun, peers } from "./tape/native.ts";
import { moduleInQuickJs } from "./tape/quickjs-native.ts";
import { compareWasm, programs } from "./tape/wasm.ts";

/** Of the module that QuickJS compiles. */
const LINES = 300;

/** The mean of ratios. */
const geometric = (list: readonly number[]): number | undefined =>
  list.length === 0
    ? undefined
    : Math.exp(list.reduce((sum, x) => sum + Math.log(x), 0) / list.length);

export const benchmark: Benchmark = {
  summary:
    "Tape's front end, interpreter, WebAssembly and machine code, beside esbuild, AssemblyScript, gcc, LuaJIT and more",
  async run({ runs, say }) {
    const taken: Record<string, number[]> = {};
    const note = (name: string, value: number) => {
      taken[name] = [...(taken[name] ?? []), value];
    };
    for (let i = 0; i < runs; i++) {
      say(`tape: run ${i + 1} of ${runs}`);
      note("check", frontEnd());
      note("compile", toBytecode());
      note("machine code", toMachineCode());
      note("module", await moduleInQuickJs(LINES));
      note("esbuild", esbuildTransform());
      note("quickjs", await quickJs());
      note("interp", interpreterSpeed());
      for (const name of Object.keys(programs)) {
        const { tape, peer } = await compareWasm(name);
        note(`${name} tape`, tape * 1000);
        note(`${name} peer`, peer * 1000);
        note(`${name} ratio`, tape / peer);
      }
      for (const name of Object.keys(nativePrograms)) {
        const run = nativeRun(name);
        for (const peer of peers) {
          if (!hasPeer(peer)) continue;
          const time = run.peer(peer.name);
          note(`${name} ${peer.name}`, time);
          note(`${name} over ${peer.name}`, time / run.tape);
        }
        note(`${name} native`, run.tape);
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
        { name: "to machine code; KLOC/s", values: [of("machine code"), undefined, undefined] },
        {
          name: `a module of ${LINES} lines to machine code, in native QuickJS; ms`,
          values: [of("module"), undefined, undefined],
        },
        { name: "interpreter, M operations/s", values: [of("interp"), undefined, undefined] },
        ...Object.keys(programs).map((name) => ({
          name: `${name} as WebAssembly, AssemblyScript -O3; ms`,
          values: [of(`${name} tape`), of(`${name} peer`), of(`${name} ratio`)],
        })),
        ...peers.filter(hasPeer).flatMap((peer) => {
          const names = Object.keys(nativePrograms);
          const ratios = names.map((name) => of(`${name} over ${peer.name}`)!);
          return [
            ...names.map((name, i) => ({
              name: `${name} as machine code, ${peer.name}; microseconds a round, speed`,
              values: [of(`${name} native`)! / 1000, of(`${name} ${peer.name}`)! / 1000, ratios[i]],
            })),
            {
              name: `all, ${peer.name}; speed, geometric mean`,
              values: [undefined, undefined, geometric(ratios)],
            },
          ];
        }),
      ],
      notes: [
        "Processor time of this process, the least of some runs; esbuild works in a process of its own: wall time.",
        "Machine code: in the host runner, bounds checked; speed is the peer's time over Tape's: above 1 Tape is faster.",
        ...peers
          .filter((peer) => !hasPeer(peer))
          .map((peer) => `${peer.name} is not installed: apt-get install ${peer.package}.`),
        "QuickJS is its WebAssembly build, here as everywhere on Node. Targets: front end 200, interpreter 100, ratio 1.5.",
      ],
    };
  },
};
