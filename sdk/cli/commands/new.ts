// `uusi new`: a new server or program that is complete and runs at once.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../failure.ts";
import { type FlagTable, flagHelp, type Given, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";
import { withFolder } from "../new/folder-map.ts";
import { checkProgramName, programFiles } from "../new/program-files.ts";
import { serverFiles } from "../new/server-files.ts";
import { checkNewName } from "../new/server-name.ts";
import { tapeServerFiles } from "../new/tape-server-files.ts";
import { programNames } from "../steps/programs.ts";

const flags: FlagTable = {
  tape: { help: "what a server does is written in Tape" },
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

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) writeFileSync(path, text, { flag: "wx" });
}

/** What was written, and what to do next. */
function tell(given: Given, name: string, files: object, next: string): number {
  const paths = Object.keys(files);
  process.stdout.write(
    given.switches.has("json")
      ? `${JSON.stringify({ name, files: paths })}\n`
      : `${paths.map((path) => `  ${path}\n`).join("")}${next}\n`,
  );
  return 0;
}

function newProgram(name: string, given: Given): number {
  if (given.switches.has("tape"))
    throw new Failure("uusi new: programs are written in Tape: leave --tape away", 2);
  const fault = checkProgramName(name, programNames());
  if (fault !== undefined) throw new Failure(`uusi new: ${fault}`, 2);
  const files = programFiles(name);
  write(files);
  return tell(
    given,
    name,
    files,
    `Boot it: npx uusi boot --serial    Then, in the shell: run ${name} 2 40`,
  );
}

export const command: Command = {
  summary: "writes a small, complete server or program",
  help: () =>
    `npx uusi new server NAME [flags]\nnpx uusi new program NAME [flags]\n\nA program is native code from Tape, run in the system by \`run NAME\`. NAME: small letters, digits and dashes, at most 31.\nNothing that exists is overwritten.\n\n${flagHelp(flags)}`,
  run(args) {
    const given = parseFlags("new", flags, args);
    const [kind, name, ...more] = given.rest;
    if ((kind !== "server" && kind !== "program") || name === undefined || more.length > 0) {
      throw new Failure(
        "uusi new: write it as: npx uusi new server NAME, or: npx uusi new program NAME",
        2,
      );
    }
    if (kind === "program") return newProgram(name, given);
    const fault = checkNewName(name, manifests());
    if (fault !== undefined) throw new Failure(`uusi new: ${fault}`, 2);
    const folder = `servers/${name}`;
    if (existsSync(folder)) {
      throw new Failure(`uusi new: ${folder}/ exists already; choose another name`, 2);
    }
    mkdirSync(folder);
    const files = given.switches.has("tape") ? tapeServerFiles(name) : serverFiles(name);
    write(files);
    const readme = readFileSync("README.md", "utf8");
    const mapped = withFolder(readme, `${folder}/`, "Counts seconds and serves the count.");
    if (mapped !== readme) writeFileSync("README.md", mapped);
    const next = `Boot it: npx uusi boot --serial    Test it: npx ava ${folder}`;
    return tell(given, name, files, next);
  },
};
