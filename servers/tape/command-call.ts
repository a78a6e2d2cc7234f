// The shell's grammar: a line that starts with a bare word and is no expression is a call with string arguments. `greet world "a b"` is
// `greet("world", "a b")`; `greet |> each(f)` is `greet() |> each(f)`.
// Invariant: a line that is Tape as it stands, with names that exist, stays as it is.
import { splitWords } from "../../sdk/tape/words.ts";
import { parseFile } from "../../tape/parse/file.ts";
import { Report } from "../../tape/source/diagnostic.ts";
import { Source } from "../../tape/source/position.ts";
import { bare } from "./program-text.ts";

/** What a line names. */
export interface Names {
  /** Functions that the conversation has declared. */
  readonly functions: readonly string[];
  /** Everything else that it has declared. */
  readonly others: readonly string[];
}

/** A line as Tape, or a sentence about a command that does not exist. */
export type Call = { readonly text: string } | { readonly refused: string };

const keywords =
  /^(let|var|const|fn|if|for|while|match|return|defer|import|struct|enum|tagged|union|type|pub|test|true|false|null|break|continue)$/;
const modules = /^(io|string|dyn|math|mem|list|map|set|time|json|os|sys)$/;

const builtIn = bare.flatMap(([, names]) => names);

/** Whether the text is well-formed as statements. */
function isTape(text: string): boolean {
  const report = new Report();
  parseFile(new Source("line", `fn main() {\n${text}\n;}`), report);
  if (!report.failed) return true;
  const again = new Report();
  parseFile(new Source("line", `fn main() {\n${text}\n}`), again);
  return !again.failed;
}

/** A string as Tape writes it; a brace would begin an interpolation. */
function literal(text: string): string {
  return `"${text.replace(/["\\{}]/g, (letter) => `\\${letter}`)}"`;
}

/** The line as the interpreter takes it. @param services names behind `svc:` */
export function commandCall(
  line: string,
  { functions, others }: Names,
  services: readonly string[],
): Call {
  const [, word = "", behind = ""] = /^\s*([A-Za-z_][\w-]*)((?:[ \t][^\n]*)?)$/.exec(line) ?? [];
  if (word === "" || keywords.test(word)) return { text: line };
  const rest = behind.trim();
  if (functions.includes(word) || builtIn.includes(word)) {
    if (rest === "" || rest.startsWith("|>")) return { text: `${word}() ${rest}`.trimEnd() };
    if (/^[=(]/.test(rest)) return { text: line };
    const words = splitWords(rest);
    if (typeof words === "string") return { refused: words };
    // echo prints its words as one text
    const args = word === "echo" ? [words.join(" ")] : words;
    return { text: `${word}(${args.map(literal).join(", ")})` };
  }
  const first = /^\w+/.exec(word)?.[0] ?? "";
  const known = others.includes(first) || services.includes(first) || modules.test(first);
  if (known || (functions.includes(first) && first !== word)) return { text: line };
  if (rest !== "" && !word.includes("-") && isTape(line)) return { text: line };
  const points = Array.from(word);
  const shown = points.length > 40 ? `${points.slice(0, 40).join("")}...` : word;
  return { refused: `there is no command \`${shown}\`; \`help\` lists them` };
}
