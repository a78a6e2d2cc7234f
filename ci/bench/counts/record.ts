// `node ci/bench/counts/record.ts`: counts, and adds a line to history.tsv when a change of the figures is meant.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { root } from "../../setup/paths.mjs";
import { countPaths, countTypeScript } from "./count.ts";
import { historyPath, readHistory, withLine } from "./history.ts";

const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], {
  cwd: root,
  encoding: "utf8",
});
const counts = new Map([...(await countPaths()), ...(await countTypeScript())]);
writeFileSync(historyPath, withLine(readHistory(), commit.trim(), counts));
