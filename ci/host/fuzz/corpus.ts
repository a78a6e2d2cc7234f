// The corpora: a target's inputs in one compressed file, each behind its length, and how many edges they reached when
// they were recorded (edges.tsv). `node ci/host/fuzz/record.ts [SECONDS]` makes both anew.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { root } from "../../setup/paths.mjs";
import { type HostProgram, records } from "../sanitized.ts";

const folder = `${root}/ci/host/fuzz`;
const corpusPath = (target: string) => `${folder}/${target}.corpus.gz`;
export const edgesPath = `${folder}/edges.tsv`;

/** Edges by target, as recorded. */
export function recordedEdges(): Map<string, number> {
  const lines = readFileSync(edgesPath, "utf8").trimEnd().split("\n");
  return new Map(lines.map((line) => [line.split("\t")[0]!, Number(line.split("\t")[1])]));
}

/** Inputs in a folder, one a file, with a place for what breaks the target. */
export class Corpus {
  readonly path = mkdtempSync(join(tmpdir(), "leivos-corpus-"));

  constructor(inputs: readonly Uint8Array[]) {
    mkdirSync(join(this.path, "in"));
    mkdirSync(join(this.path, "merged"));
    inputs.forEach((input, i) => {
      writeFileSync(join(this.path, "in", String(i)), input);
    });
  }

  /** The recorded inputs of a target. */
  static of(target: string): Corpus {
    const bytes = gunzipSync(readFileSync(corpusPath(target)));
    const inputs: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt32LE(at))
      inputs.push(bytes.subarray(at + 4, at + 4 + bytes.readUInt32LE(at)));
    return new Corpus(inputs);
  }

  /**
   * Runs every input, then fuzzes for so many seconds; what is found stays in the folder.
   * @returns edges reached
   * @throws Error with libFuzzer's report when an input breaks the target
   */
  fuzz(program: HostProgram, longest: number, seconds: number): number {
    const said = program.remarks([
      `-max_total_time=${seconds}`,
      `-max_len=${longest}`,
      "-seed=1",
      "-print_final_stats=0",
      `-artifact_prefix=${this.path}/`,
      join(this.path, "in"),
    ]);
    const edges = [...said.matchAll(/ cov: (\d+)/g)].map(([, count]) => Number(count));
    return Math.max(0, ...edges);
  }

  /** Keeps the fewest inputs that reach the same, as the target's recorded ones. */
  record(program: HostProgram, target: string, longest: number): void {
    const [from, to] = [join(this.path, "in"), join(this.path, "merged")];
    program.remarks(["-merge=1", `-max_len=${longest}`, to, from]);
    const inputs = readdirSync(to)
      .sort()
      .map((name) => readFileSync(join(to, name)));
    writeFileSync(corpusPath(target), gzipSync(records(inputs), { level: 9 }));
  }

  close(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
