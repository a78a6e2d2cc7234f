/**
 * The `tape` command line. Commands stand in the table below; each is one file of this folder.
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

const commands: Readonly<Record<string, readonly [Command, string]>> = {
  run: [
    (files, flags, rest) =>
      (files[0]?.endsWith(".exe") === true ? runExecutable : runCommand)(files, flags, rest),
    "run FILE.tape|.tb|.exe [-- ARGS]  compile and run",
  ],
  jit: [jitCommand, "jit FILE.tape|FILE.tb [-- ARGS]   compile to machine code and run"],
  check: [checkCommand, "check FILE...                     report errors, make nothing"],
  test: [testCommand, "test FILE...                      run the tests of files"],
  fmt: [fmtCommand, "fmt [--check] FILE...             lay files out"],
  compile: [
    compileCommand,
    "compile FILE -o OUT.tb            make verified bytecode; --target native: with machine code",
  ],
  build: [
    buildCommand,
    "build FILE -o OUT.exe|.efi|.wasm  make an executable, for LeivOS or UEFI, or WebAssembly",
  ],
  declare: [
    declareCommand,
    "declare FILE...                   TypeScript declarations of public functions",
  ],
  exec: [execCommand, "exec 'STATEMENTS'                 run a line of script"],
  repl: [replCommand, "repl                              talk to the language"],
  lsp: [
    lspCommand,
    "lsp                               language server on standard input and output",
  ],
};

const usage = `usage: tape COMMAND [OPTIONS]

${Object.values(commands)
  .map(([, line]) => `  ${line}`)
  .join("\n")}

options: -I FOLDER  --human  --json  --max-errors N  --emit=tokens|ast|types|bytecode|asm
         run: --fuel N  jit, run of an .exe: --seconds N
         build: --target exe|uefi|wasm  --manifest FILE.json  --features aes,pclmul
         test: --substitute MODULE=FILE
`;

async function main(argv: readonly string[]): Promise<number> {
  const name = argv[0] ?? "";
  const command = commands[name];
  const dash = argv.indexOf("--");
  const own = argv.slice(1, dash < 0 ? undefined : dash);
  const asks = (word: string) => word === "--help" || word === "-h";
  if (name === "help" || asks(name) || (command !== undefined && own.some(asks))) {
    process.stdout.write(usage);
    return 0;
  }
  if (command === undefined) {
    process.stderr.write(name === "" ? usage : `tape: there is no command \`${name}\`\n${usage}`);
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
    return await command[0](positionals, flags, dash < 0 ? [] : argv.slice(dash + 1));
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
