import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { engineSource } from "../tool-chain.ts";
import { editedSource } from "./compiler-source.ts";

test("a source without the places of the edits is refused by name", (t) => {
  t.throws(() => editedSource("int main(void) { return 0; }"), { message: /0 times and not 2/ });
  const source = readFileSync(join(engineSource, "quickjs.c"), "utf8");
  t.not(editedSource(source), source);
  t.throws(() => editedSource(editedSource(source)), { message: /compiler-source\.ts/ });
});
