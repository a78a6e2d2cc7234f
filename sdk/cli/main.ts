// The `uusi` command: finds the subcommand and turns its failures into one line and an exit code.
import { existsSync, readdirSync } from "node:fs";
import { chdir } from "node:process";
import { root } from "../../ci/setup/paths.mjs";
import { Failure, failureEnd } from "./failure.ts";
import { nearest } from "./nearest.ts";

/** A subcommand; its module lies in commands/ under its name. */
export interface Command {
  /** one line for the list of commands */
  summary: string;
  /** the whole help text */
  help: () => string;
  /** @returns the exit code */
  run: (args: string[]) => Promise<number> | number;
}

const folder = new URL("./commands/", import.meta.url);

/** The names of all commands, from the files that hold them. */
function commandNames(): string[] {
  const files = readdirSync(folder).filter((name) => /^[a-z]+\.ts$/.test(name));
  return files.map((name) => name.slice(0, -3)).sort();
}

async function load(name: string): Promise<Command> {
  const { command } = (await import(new URL(`${name}.ts`, folder).href)) as { command: Command };
  return command;
}

async function usage(): Promise<string> {
  const lines = ["LeivOS's command. `npx uusi COMMAND --help` says more about one.", ""];
  for (const name of commandNames())
    lines.push(`  ${name.padEnd(8)} ${(await load(name)).summary}`);
  return `${lines.join("\n")}\n`;
}

async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    (name === undefined ? process.stderr : process.stdout).write(await usage());
    return name === undefined ? 2 : 0;
  }
  if (!/^[a-z]+$/.test(name) || !existsSync(new URL(`${name}.ts`, folder))) {
    const names = commandNames();
    const near = nearest(name, names);
    const cure = near === undefined ? `there are: ${names.join(", ")}` : `did you mean ${near}?`;
    throw new Failure(`uusi: there is no command "${name}"; ${cure}`, 2);
  }
  const command = await load(name);
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(command.help());
    return 0;
  }
  return await command.run(rest);
}

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

/** Commands take paths relative to where they were called, and sources relative to the top. */
process.env.UUSI_CALLED_FROM ??= process.cwd();
chdir(root);
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const { exitCode, output, errors } = failureEnd(error, process.argv.slice(2));
  process.stdout.write(output);
  process.stderr.write(errors);
  process.exitCode = exitCode;
}
