import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { engineSource } from "../tool-chain.ts";
import { compilerEdits } from "./compiler-source.ts";
import { editedSource } from "./edited-source.ts";
import { engineEdits } from "./engine-source.ts";

for (const [name, edits] of Object.entries({ compilerEdits, engineEdits }))
  test(`${name}: a source without the places of the edits is refused by name`, (t) => {
    t.throws(() => editedSource("int main(void) { return 0; }", edits), {
      message: /0 times and not/,
    });
    const source = readFileSync(join(engineSource, "quickjs.c"), "utf8");
    const edited = editedSource(source, edits);
    t.not(edited, source);
    t.throws(() => editedSource(edited, edits), { message: /look at the edits/ });
  });
