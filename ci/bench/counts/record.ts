// `node --import=./tape/embed/register.ts ci/bench/counts/record.ts`: counts, and adds a line to history.tsv when a change of the figures is meant; with the word `network`
// to network.tsv.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { root } from "../../setup/paths.mjs";
import { countPaths, countTypeScript } from "./count.ts";
import { countRoundTrip } from "../net/count.ts";
import { historyPath, networkPath, readHistory, withLine } from "./history.ts";

const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], {
  cwd: root,
  encoding: "utf8",
});
const network = process.argv[2] === "network";
const counts = network
  ? await countRoundTrip()
  : new Map([...(await countPaths()), ...(await countTypeScript())]);
const path = network ? networkPath : historyPath;
writeFileSync(path, withLine(readHistory(path), commit.trim(), counts));
