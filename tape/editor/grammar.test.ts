/** The editor grammar knows every reserved word and built-in type, and its patterns are valid. */
import { readFileSync } from "node:fs";
import test from "ava";
import { builtinTypes } from "../check/type.ts";
import { keywords } from "../scan/token.ts";

const text = readFileSync(new URL("tape.tmLanguage.json", import.meta.url), "utf8");
const grammar = JSON.parse(text) as object;

function patterns(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(patterns);
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([k, v]) =>
    typeof v === "string" && ["match", "begin", "end"].includes(k) ? [v] : patterns(v),
  );
}

test("patterns compile", (t) => {
  for (const p of patterns(grammar)) t.notThrows(() => new RegExp(p), p);
});

test("every reserved word and type has a colour", (t) => {
  const all = patterns(grammar).map((p) => new RegExp(`^(?:${p})$`));
  for (const word of keywords.keys())
    t.true(
      all.some((r) => r.test(word)),
      word,
    );
  for (const name of builtinTypes.keys())
    if (name !== "type")
      t.true(
        all.some((r) => r.test(name)),
        name,
      );
});
