/**
 * The `tape` command line. Commands stand in the table below; each is one file of this folder, and `usage.ts` says what each takes.
 *
 * Exit codes: what the program gives (`run`), 0 fine, 1 errors in the source, 2 wrong use, 255 a trap.
 */
import { parseArgs } from "node:util";
import { buildCommand, declareCommand } from "./build.ts";
import { checkCommand, compileCommand, execCommand, runCommand, testCommand } from "./commands.ts";
import { runExecutable } from "./executable.ts";
import { fmtCommand } from "./fmt.ts";
import { jitCommand } from "./jit.ts";
import { lspCommand } from "./lsp.ts";
import { replCommand } from "./repl.ts";
import type { Form } from "./report.ts";
import { allUsage, usageOf } from "./usage.ts";

/** Options that commands share. */
export interface Flags {
  readonly folders: readonly string[];
  readonly form: Form;
  readonly maxErrors: number;
  readonly out: string | undefined;
  readonly emit: string | undefined;
  readonly target: string | undefined;
  readonly manifest: string | undefined;
  /** Names of processor features, with commas between. */
  readonly features: string | undefined;
  readonly check: boolean;
  readonly fuel: number | undefined;
  /** Time after which machine code stops. */
  readonly seconds: number | undefined;
  /** `MODULE=FILE`, as written. */
  readonly substitutes: readonly string[];
}

type Command = (
  files: readonly string[],
  flags: Flags,
  rest: readonly string[],
) => number | Promise<number>;

const commands: Readonly<Record<string, Command>> = {
  run: (files, flags, rest) =>
    (files[0]?.endsWith(".exe") === true ? runExecutable : runCommand)(files, flags, rest),
  jit: jitCommand,
  check: checkCommand,
  test: testCommand,
  fmt: fmtCommand,
  compile: compileCommand,
  build: buildCommand,
  declare: declareCommand,
  exec: execCommand,
  repl: replCommand,
  lsp: lspCommand,
};

async function main(argv: readonly string[]): Promise<number> {
  const name = argv[0] ?? "";
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const dash = argv.indexOf("--");
  const own = argv.slice(1, dash < 0 ? undefined : dash);
  const asks = (word: string) => word === "--help" || word === "-h";
  if (command !== undefined && own.some(asks)) {
    process.stdout.write(usageOf(name));
    return 0;
  }
  if (name === "help" || asks(name)) {
    const about = own[0] ?? "";
    process.stdout.write(Object.hasOwn(commands, about) ? usageOf(about) : allUsage());
    return 0;
  }
  if (command === undefined) {
    const why = name === "" ? "" : `tape: there is no command \`${name}\`\n`;
    process.stderr.write(why + allUsage());
    return 2;
  }
  try {
    const { values, positionals } = parseArgs({
      args: own,
      allowPositionals: true,
      options: {
        include: { type: "string", short: "I", multiple: true },
        human: { type: "boolean" },
        json: { type: "boolean" },
        "max-errors": { type: "string" },
        output: { type: "string", short: "o" },
        emit: { type: "string" },
        target: { type: "string" },
        manifest: { type: "string" },
        features: { type: "string" },
        check: { type: "boolean" },
        fuel: { type: "string" },
        seconds: { type: "string" },
        substitute: { type: "string", multiple: true },
      },
    });
    const flags: Flags = {
      folders: values.include ?? [],
      form: values.json === true ? "json" : values.human === true ? "human" : "line",
      maxErrors: Number(values["max-errors"] ?? 50),
      out: values.output,
      emit: values.emit,
      target: values.target,
      manifest: values.manifest,
      features: values.features,
      check: values.check === true,
      fuel: values.fuel === undefined ? undefined : Number(values.fuel),
      seconds: values.seconds === undefined ? undefined : Number(values.seconds),
      substitutes: values.substitute ?? [],
    };
    return await command(positionals, flags, dash < 0 ? [] : argv.slice(dash + 1));
  } catch (e) {
    if (
      e instanceof TypeError &&
      (e as { code?: string }).code?.startsWith("ERR_PARSE_ARGS") === true
    ) {
      process.stderr.write(`tape: ${e.message}\n`);
      return 2;
    }
    throw e;
  }
}

process.exitCode = (await main(process.argv.slice(2))) & 255;
