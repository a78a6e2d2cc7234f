// `node ci/host/fuzz/record.ts [SECONDS]`: fuzzes each target from its recorded inputs on, and records the fewest that
// reach as many edges, with their number.
import { existsSync, writeFileSync } from "node:fs";
import { buildSanitized } from "../sanitized.ts";
import { Corpus, edgesPath } from "./corpus.ts";
import { targets } from "./targets.ts";

const seconds = Number(process.argv[2] ?? 60);
const lines = targets.map(({ name, sources, longest, first }) => {
  const program = buildSanitized(sources, true);
  const old = existsSync(new URL(`${name}.corpus.gz`, import.meta.url));
  const corpus = old ? Corpus.of(name) : new Corpus(first);
  corpus.fuzz(program, longest, seconds);
  corpus.record(program, name, longest);
  corpus.close();
  const recorded = Corpus.of(name);
  const edges = recorded.fuzz(program, longest, 1);
  recorded.close();
  program.close();
  return `${name}\t${edges}\n`;
});
writeFileSync(edgesPath, lines.join(""));
