// Replaces uses of the ABI table's constants (`limits.PAGE_BYTES`, `layouts.event.size`, `systemCalls.bind`) by their values before
// bundling, since in the engine each costs two property reads, and the tables cost time at every start.
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
  return result;
}
