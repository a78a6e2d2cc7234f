/** The declarations beside the kernels are those that the compiler writes now: `npx tape declare tape/kernels/*.tape` makes them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import test from "ava";
import { declarations } from "../embed/declare.ts";
import { compileModule } from "../embed/node.ts";

const folder = new URL(".", import.meta.url).pathname;

test("each kernel has declarations that are up to date", (t) => {
  const kernels = readdirSync(folder).filter((name) => name.endsWith(".tape"));
  t.true(kernels.length >= 8);
  for (const name of kernels) {
    const path = `${folder}${name.replace(/\.tape$/, ".d.tape.ts")}`;
    t.true(existsSync(path), path);
    t.is(readFileSync(path, "utf8"), declarations(compileModule(`${folder}${name}`).exports), path);
  }
});
