/** Every code is shown by its bad example, cured by its good one, and used somewhere in the front end. */
import { readdirSync, readFileSync } from "node:fs";
import test from "ava";
import { codes, codesOfBytes, errorsText } from "./all.ts";
import { messages, firstCode } from "./show.ts";

for (const p of codes) {
  test(`${p.code} ${p.title}`, (t) => {
    t.is(firstCode(p.bad), p.code, messages(p.bad));
    t.is(firstCode(p.good), undefined, messages(p.good));
  });
}

test("every code in the front end has a page, and every page is used", (t) => {
  const used = new Set<string>();
  const root = new URL("../../", import.meta.url);
  for (const folder of ["scan", "parse", "module", "check", "comptime", "source"]) {
    for (const name of readdirSync(new URL(`${folder}/`, root))) {
      if (!name.endsWith(".ts") || name.endsWith(".test.ts")) continue;
      for (const m of readFileSync(new URL(`${folder}/${name}`, root), "utf8").matchAll(
        /"(T0\d{3})"/g,
      ))
        used.add(m[1]);
    }
  }
  used.delete("T0123");
  const known = new Set([...codes.map((p) => p.code), ...codesOfBytes.keys()]);
  t.deepEqual(
    [...used].filter((c) => !known.has(c)),
    [],
  );
  t.deepEqual(
    [...known].filter((c) => !used.has(c)),
    [],
  );
  t.is(new Set(codes.map((p) => p.code)).size, codes.length);
});

test("errors.md holds the messages of today", (t) => {
  t.is(readFileSync(new URL("../errors.md", import.meta.url), "utf8"), errorsText(messages));
});
