// One program as machine code of Tape and of its peers: nanoseconds a round of each, results compared.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { which } from "../../setup/debian.mjs";
import { NativeProgram } from "../../../tape/runner/program.ts";
import { compileText } from "../../../tape/testing/run.ts";

/** The programs, and how many rounds take gcc -O2 some hundredths of a second. */
export const nativePrograms: Readonly<Record<string, number>> = {
  fannkuch: 20,
  mandelbrot: 40,
  matmul: 200,
  mix: 1_000_000,
  nbody: 200_000,
  queens: 200,
  sha256: 100_000,
  sieve: 300,
  spectral: 200,
};

/** Peers in the order of the table, and the Debian package that each comes from. */
export const peers = [
  { name: "gcc -O2", program: "gcc", package: "gcc" },
  { name: "gcc -O0", program: "gcc", package: "gcc" },
  { name: "tcc", program: "tcc", package: "tcc" },
  { name: "luajit", program: "luajit", package: "luajit" },
  { name: "luajit -joff", program: "luajit", package: "luajit" },
  { name: "node", program: "node", package: "" },
  { name: "node --jitless", program: "node", package: "" },
] as const;
export type Peer = (typeof peers)[number]["name"];

const folder = fileURLToPath(new URL("peers/", import.meta.url));
const build = fileURLToPath(new URL("../../../build/bench/tape/", import.meta.url));

const before = `#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
typedef int64_t i64;
typedef uint32_t u32;
typedef uint8_t u8;
/* Rounds are not to be merged. */
#define keep() __asm__ volatile("" ::: "memory")
`;
const after = `
static i64 now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1000000000ll + t.tv_nsec;
}
int main(int count, char **words) {
  i64 (*volatile call)(i64) = run;
  i64 n = atoll(words[1]), best = 1ll << 62, result = 0;
  for (int k = 0; k < 3; k++) {
    i64 start = now();
    result = call(n);
    i64 taken = now() - start;
    if (taken < best)
      best = taken;
  }
  printf("%lld %lld\\n", (long long)result, (long long)best);
  return count != 2;
}
`;

/** Result and nanoseconds of `n` rounds, as a peer prints them. */
interface Taken {
  readonly result: string;
  readonly nanoseconds: number;
}

function command(name: string, args: readonly string[]): Taken {
  const done = spawnSync(name, args, { encoding: "utf8", timeout: 120_000 });
  if (done.status !== 0) throw new Error(`${name} ${args.join(" ")}: ${done.stderr}`);
  const [result, nanoseconds] = done.stdout.trim().split(/\s+/);
  return { result: result!, nanoseconds: Number(nanoseconds) };
}

function compiled(name: string, compiler: string, flags: readonly string[], n: number): Taken {
  mkdirSync(build, { recursive: true });
  const source = `${build}${name}.c`;
  const output = `${build}${name}-${compiler}${flags.join("")}`;
  writeFileSync(source, before + readFileSync(`${folder}${name}.c`, "utf8") + after);
  const done = spawnSync(compiler, [...flags, source, "-o", output, "-lm"], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${compiler} ${name}: ${done.stderr}`);
  return command(output, [String(n)]);
}

const lua = (file: string, n: number) => `dofile(${JSON.stringify(file)})
local least, result = 1e9, 0
for k = 1, 3 do
  local t = os.clock()
  result = run(${n})
  least = math.min(least, os.clock() - t)
end
print(string.format("%.0f %.0f", result, least * 1e9))`;
const javaScript = (file: string, n: number) => `import { run } from ${JSON.stringify(file)};
let least = Infinity, result = 0;
for (let k = 0; k < 3; k++) {
  const t = process.cpuUsage();
  result = run(${n});
  const used = process.cpuUsage(t);
  least = Math.min(least, used.user + used.system);
}
console.log(result, least * 1000);`;

function peerRun(peer: Peer, name: string, n: number): Taken {
  const js = ["--input-type=module", "-e", javaScript(`${folder}${name}.js`, n)];
  switch (peer) {
    case "gcc -O2":
    case "gcc -O0":
      return compiled(name, "gcc", [peer.slice(4)], n);
    case "tcc":
      return compiled(name, "tcc", [], n);
    case "luajit":
      return command("luajit", ["-e", lua(`${folder}${name}.lua`, n)]);
    case "luajit -joff":
      return command("luajit", ["-joff", "-e", lua(`${folder}${name}.lua`, n)]);
    case "node":
      return command(process.execPath, js);
    case "node --jitless":
      return command(process.execPath, ["--jitless", ...js]);
  }
}

/** Interpreters do a twentieth of the rounds: their time a round is what counts. */
const slow = new Set<Peer>(["luajit -joff", "node --jitless"]);

/** Whether a peer is installed. */
export function hasPeer(peer: (typeof peers)[number]): boolean {
  return peer.program === "node" || which(peer.program) !== undefined;
}

/** Tape's own nanoseconds a round, and a function that measures peers against the same result. */
export function nativeRun(name: string): { tape: number; peer: (peer: Peer) => number } {
  const text = readFileSync(new URL(`${name}.tape`, import.meta.url), "utf8");
  const code = compileText(text, { main: false, exports: true });
  const native = new NativeProgram(code, {}, { bounds: "guard", milliseconds: 60_000 });
  const result = (n: number): string => {
    const o = native.call("run", [BigInt(n)]);
    if (!o.ok) throw new Error(`${name} trapped: ${o.trap}`);
    return String(o.values[0]);
  };
  const rounds = nativePrograms[name]!;
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < 3; k++) {
    result(rounds);
    least = Math.min(least, native.nanoseconds);
  }
  return {
    tape: least / rounds,
    peer: (peer) => {
      const n = slow.has(peer) ? Math.max(1, Math.round(rounds / 20)) : rounds;
      const taken = peerRun(peer, name, n);
      const want = result(n);
      if (taken.result !== want)
        throw new Error(`${name}: ${peer} gives ${taken.result}, Tape ${want}`);
      return taken.nanoseconds / n;
    },
  };
}
