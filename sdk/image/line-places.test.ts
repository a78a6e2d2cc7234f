// A bundle tells where its lines come from, checked on code that esbuild makes.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { runInNewContext } from "node:vm";
import test from "ava";
import fc from "fast-check";
import { bundleServer } from "./bundle.ts";
import { ImageError } from "./image-error.ts";
import { lineRuns, placeStatement, type Run } from "./line-places.ts";

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "leivos-bundle-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("each line of a bundle is traced to the file and line of its source", async (t) => {
  await inFolder(async (folder) => {
    writeFileSync(
      join(folder, "part.ts"),
      "// one\ninterface Unused {\n  a: number;\n}\nexport function part(n: number): number {\n" +
        '  const marker = "PART-6";\n\n  // gap\n  return marker.length + n;\n}\n',
    );
    writeFileSync(
      join(folder, "main.ts"),
      'import { part } from "./part.ts";\n\ntype T = number;\nconst x: T = part(2);\n' +
        '(globalThis as any).result = "MAIN-5" + x;\n',
    );
    const { script, sources } = await bundleServer(join(folder, "main.ts"));
    t.is(sources.length, 2);
    const host = { uusi: {} as { place: (line: number) => string }, result: "" };
    runInNewContext(script, host);
    t.is(host.result, "MAIN-58");
    const lines = script.split("\n");
    const at = (text: string) =>
      host.uusi.place(1 + lines.findIndex((line, i) => i > 0 && line.includes(text)));
    const source = (name: string) => relative("", join(folder, name));
    t.is(at("PART-6"), `${source("part.ts")}:6`);
    t.is(at("return marker"), `${source("part.ts")}:9`);
    t.is(at("MAIN-5"), `${source("main.ts")}:5`);
    t.is(at("part(2)"), `${source("main.ts")}:4`);
  });
});

test("a bundle repeats byte for byte", async (t) => {
  await inFolder(async (folder) => {
    writeFileSync(join(folder, "main.ts"), "export const a = 1;\nconsole;\n");
    const [a, b] = [
      await bundleServer(join(folder, "main.ts")),
      await bundleServer(join(folder, "main.ts")),
    ];
    t.is(a.script, b.script);
  });
});

test("an error names file, line and column", async (t) => {
  await inFolder(async (folder) => {
    writeFileSync(join(folder, "main.ts"), "const a = ;\n");
    const promise = bundleServer(join(folder, "main.ts"));
    await t.throwsAsync(promise, { instanceOf: ImageError, message: /main\.ts:1:11: Unexpected/ });
  });
});

test("mappings: signs, continuation digits and empty lines", (t) => {
  // Fields of each segment: column, source, line, column, all relative to the one before.
  t.deepEqual(lineRuns("AAAA;AACA;;AACA;ACAA;ADgCA"), [
    { line: 1, file: 0, source: 1 },
    { line: 4, file: 0, source: 3 },
    { line: 5, file: 1, source: 3 },
    { line: 6, file: 0, source: 35 },
  ]);
});

test("the table says for every line what the runs say", (t) => {
  const step = fc.record({
    skip: fc.integer({ min: 1, max: 400 }),
    file: fc.integer({ min: 0, max: 3 }),
    source: fc.integer({ min: 1, max: 5000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let line = 0;
      const runs: Run[] = steps.map(({ skip, file, source }) => ({
        line: (line += skip),
        file,
        source,
      }));
      const host = { uusi: {} as { place: (line: number) => string } };
      runInNewContext(placeStatement(runs, ["a", "b", "c", "d"]), host);
      for (let n = 1; n <= line + 3; n += 7) {
        const run = runs.findLast((each) => each.line <= n);
        t.is(
          host.uusi.place(n),
          run === undefined ? `line ${n}` : `${"abcd"[run.file]}:${run.source + n - run.line}`,
        );
      }
    }),
  );
});
