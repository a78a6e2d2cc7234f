// Replaces uses of the ABI table's constants (`limits.PAGE_BYTES`, `layouts.event.size`, `systemCalls.bind`) by their values before
// bundling, since in the engine each costs two property reads, and the tables cost time at every start; then those of a module's own numbers
// (`const HEADER = ...;`), which functions would read as variables of another one.
// Invariant: no line moves, so that the line table stays true.
import * as table from "../abi/table.ts";
import { systemCalls } from "../runtime/system-call.ts";

type Constants = { readonly [name: string]: unknown };

const modules: { readonly [file: string]: Constants } = {
  "table.ts": table,
  "system-call.ts": { systemCalls },
};

const imports = /import\s*\{([^}]*)\}\s*from\s*"[^"]*\/(table|system-call)\.ts";/g;

/** The longest part of a dotted path that names a value, as a literal, and the rest as it stood. */
function literal(constants: unknown, path: string): string | undefined {
  const names = path.slice(1).split(".");
  let value = constants;
  let used = 0;
  while (used < names.length && typeof value === "object" && value !== null) {
    if (!Object.hasOwn(value, names[used]!)) break; // a method of an array, say
    value = (value as Constants)[names[used]!];
    used++;
  }
  if (used === 0) return undefined;
  const text = JSON.stringify(value);
  const rest = names.slice(used).map((name) => `.${name}`);
  return `${typeof value === "number" && value >= 0 ? text : `(${text})`}${rest.join("")}`;
}

/** Text in quotes and comments, which stay; in the middle of a template is code, which stays, too. */
const quoted =
  /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

/** `replace` for what is neither in quotes nor a comment. */
function inCode(source: string, use: RegExp, value: string): string {
  let result = "";
  let at = 0;
  for (const { 0: text, index } of source.matchAll(quoted)) {
    result += source.slice(at, index).replace(use, value) + text;
    at = index + text.length;
  }
  return result + source.slice(at).replace(use, value);
}

const declaration = /^(?:export )?const ([A-Z][A-Z0-9_]*)(?:: number)? = ([^;\n]+);/gm;

/** Puts the numbers that a module names on its top level into their places. A name that is there twice stays: one may hide the other. */
function inlineNumbers(source: string): string {
  // where templates stand in templates, what is quoted is not told by looking for its end
  if (/\$\{[^}]*`/.test(source)) return source;
  let result = source;
  for (const { 1: name } of source.matchAll(declaration)) {
    const own = new RegExp(`^(?:export )?const ${name}(?:: number)? = ([^;\\n]+);`, "m");
    const text = own.exec(result)?.[1] ?? "";
    if (!/^[-+*/%()<>&|^~ \w]+$/.test(text) || /(?<![\w.])[a-zA-Z$]/.test(text)) continue;
    if (source.match(new RegExp(`\\b(?:const|let|var|function|class) ${name}\\b`, "g"))!.length > 1)
      continue;
    const value: unknown = new Function(`return ${text}`)();
    if (!Number.isSafeInteger(value) || (value as number) < 0) continue;
    // neither a property, nor a name in a list of names or a pattern, nor a type
    const use = new RegExp(
      `(?<![\\w$.]|(?:const|typeof|keyof) )(?<![{,]\\s*)${name}(?![\\w$]|\\s*:)|(?<=,\\s*)${name}(?=\\s*\\))`,
      "g",
    );
    result = inCode(result, use, String(value));
  }
  return result;
}

/** A TypeScript source with the table's constants in place; the imports stay, for the bundler to drop. */
export function inlineConstants(source: string): string {
  let result = source;
  for (const [, names, file] of source.matchAll(imports)) {
    for (const each of names!.split(",")) {
      const [name, local = name] = each
        .trim()
        .replace(/^type /, "")
        .split(/\s+as\s+/);
      const constants = name === "" ? undefined : modules[`${file}.ts`]![name!];
      if (typeof constants !== "object") continue;
      const use = new RegExp(`(?<![\\w$.])${local}((?:\\.\\w+)+)`, "g");
      result = result.replace(use, (all, path: string) => literal(constants, path) ?? all);
      // as a whole, where it is the only argument of a call: made when the call runs, not at start
      result = result.replaceAll(`(${local})`, () => `(${JSON.stringify(constants)})`);
    }
  }
  return inlineNumbers(result);
}
