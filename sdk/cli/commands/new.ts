// `uusi new`: a new server that is complete and runs at once.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../failure.ts";
import { type FlagTable, flagHelp, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";
import { withFolder } from "../new/folder-map.ts";
import { serverFiles } from "../new/server-files.ts";
import { checkNewName } from "../new/server-name.ts";
import { tapeServerFiles } from "../new/tape-server-files.ts";

const flags: FlagTable = {
  tape: { help: "what it does is written in Tape" },
  json: { help: "the files as JSON" },
};

/** The manifests of the tree by server. */
function manifests(): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const name of readdirSync("servers")) {
    const path = join("servers", name, "manifest.ts");
    if (existsSync(path)) texts[name] = readFileSync(path, "utf8");
  }
  return texts;
}

export const command: Command = {
  summary: "writes a small, complete server",
  help: () =>
    `npx uusi new server NAME [flags]\n\nNAME: small letters, digits and dashes, at most 31. Nothing that exists is overwritten.\n\n${flagHelp(flags)}`,
  run(args) {
    const given = parseFlags("new", flags, args);
    const [kind, name, ...more] = given.rest;
    if (kind !== "server" || name === undefined || more.length > 0) {
      throw new Failure("uusi new: write it as: npx uusi new server NAME", 2);
    }
    const fault = checkNewName(name, manifests());
    if (fault !== undefined) throw new Failure(`uusi new: ${fault}`, 2);
    const folder = `servers/${name}`;
    if (existsSync(folder)) {
      throw new Failure(`uusi new: ${folder}/ exists already; choose another name`, 2);
    }
    mkdirSync(folder);
    const files = given.switches.has("tape") ? tapeServerFiles(name) : serverFiles(name);
    for (const [path, text] of Object.entries(files)) writeFileSync(path, text, { flag: "wx" });
    const readme = readFileSync("README.md", "utf8");
    const mapped = withFolder(readme, `${folder}/`, "Counts seconds and serves the count.");
    if (mapped !== readme) writeFileSync("README.md", mapped);
    if (given.switches.has("json")) {
      process.stdout.write(`${JSON.stringify({ name, files: Object.keys(files) })}\n`);
      return 0;
    }
    const list = Object.keys(files).map((path) => `  ${path}\n`);
    process.stdout.write(
      `${list.join("")}Boot it: npx uusi boot --serial    Test it: npx ava ${folder}\n`,
    );
    return 0;
  },
};
