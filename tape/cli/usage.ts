/**
 * What the commands take: one table, from which come the list of commands, and the page of each.
 *
 * Invariant: an option stands here once, and with each command that looks at it; no page names another one's options.
 */

const optionLines = {
  include: "-I FOLDER                searches modules there too; more than once",
  human: "--human                  errors with the line and a mark",
  json: "--json                   errors as JSON",
  errors: "--max-errors N           stops after so many errors (50)",
  emit: "--emit=PHASE             prints what a phase made: tokens, ast, types, bytecode, asm",
  fuel: "--fuel N                 calls and rounds after which it ends",
  seconds: "--seconds N              time after which machine code ends",
  output: "-o FILE                  the file to write",
  native: "--target native          with machine code for LeivOS beside the bytecode",
  target: "--target exe|uefi|wasm   what to make, when the ending of -o does not say it",
  manifest: '--manifest FILE.json     what the program uses: { "uses": ["/svc/net"] }',
  features: "--features aes,pclmul    what the code may use of the processor",
  check: "--check                  changes nothing; the exit code tells whether it would",
  substitute: "--substitute MODULE=FILE a file in place of a module; more than once",
} as const;

type OptionName = keyof typeof optionLines;

interface Usage {
  readonly takes: string;
  readonly does: string;
  readonly options: readonly OptionName[];
  readonly more?: string;
}

const source: readonly OptionName[] = ["include", "human", "json", "errors"];

export const usages: Readonly<Record<string, Usage>> = {
  run: {
    takes: "FILE.tape|.tb|.exe [-- ARGS]",
    does: "compile and run",
    options: [...source, "emit", "fuel", "seconds"],
    more: "A .tape or .tb file is interpreted; an .exe runs as machine code in the host runner. Exit code: what the program gives, 255 after a trap.",
  },
  jit: {
    takes: "FILE.tape|FILE.tb [-- ARGS]",
    does: "compile to machine code and run",
    options: [...source, "seconds"],
    more: "The code runs in the host runner. Exit code: what the program gives, 255 after a trap.",
  },
  check: { takes: "FILE...", does: "report errors, make nothing", options: source },
  test: {
    takes: "FILE...",
    does: "run the tests of files",
    options: [...source, "substitute"],
  },
  fmt: { takes: "[--check] FILE...", does: "lay files out", options: ["check"] },
  compile: {
    takes: "FILE -o OUT.tb",
    does: "make verified bytecode; --target native: with machine code",
    options: ["output", "native", ...source],
  },
  build: {
    takes: "FILE -o OUT.exe|.efi|.wasm",
    does: "make an executable, for LeivOS or UEFI, or WebAssembly",
    options: ["output", "target", "manifest", "features", ...source],
    more: "Files are the same to the byte whenever they are made of the same sources. Only an .exe has a manifest; features go into an .exe or .efi.",
  },
  declare: {
    takes: "FILE...",
    does: "TypeScript declarations of public functions",
    options: ["output", ...source],
  },
  exec: {
    takes: "'STATEMENTS'",
    does: "run a line of script",
    options: ["include", "human", "json"],
  },
  repl: { takes: "", does: "talk to the language", options: [] },
  lsp: { takes: "", does: "language server on standard input and output", options: [] },
};

/** The list of all commands. */
export function allUsage(): string {
  const lines = Object.entries(usages).map(
    ([name, { takes, does }]) => `  ${`${name} ${takes}`.padEnd(36)} ${does}`,
  );
  return `usage: tape COMMAND [OPTIONS]\n\n${lines.join("\n")}\n\n\`tape COMMAND --help\` lists the options of one.\n`;
}

/** The page of a command that is in the table. */
export function usageOf(name: string): string {
  const { takes, does, options, more } = usages[name];
  const head = `usage: tape ${name}${takes === "" ? "" : ` ${takes}`}\n\n  ${does}\n`;
  const list = options.map((each) => `  ${optionLines[each]}\n`).join("");
  return `${head}${list === "" ? "" : `\noptions:\n${list}`}${more === undefined ? "" : `\n${more}\n`}`;
}
