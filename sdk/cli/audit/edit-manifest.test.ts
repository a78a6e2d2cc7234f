// The audit's edits of manifests: exact, idempotent, laid out as the formatter does it; and the files that they go to.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import fc from "fast-check";
import { addLine, removeLine } from "./edit-manifest.ts";
import { fixManifests } from "./fix-manifests.ts";
import { manifestSource } from "./manifest-source.ts";

const folder = mkdtempSync(join(tmpdir(), "leivos-audit-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const source = `import { manifest } from "../../sdk/contract/manifest.ts";

// A comment with manifest({ uses: ["/svc/no"] }).
export default manifest({
  name: "a",
  serves: { "/svc/a": A },
  // What it opens.
  uses: ["/svc/x", "/svc/y"],
  devices: [
    "serial", // the first
    "framebuffer",
  ],
  budget: 4 << 20,
});
`;

test("a value is written into its list, once", (t) => {
  const after = addLine(source, "uses", "/svc/z");
  t.is(after, source.replace('"/svc/y"]', '"/svc/y", "/svc/z"]'));
  t.is(addLine(after, "uses", "/svc/z"), after);
  t.is(addLine(source, "uses", "/svc/x"), source);
});

test("a field that is not there yet goes to its place", (t) => {
  t.is(
    addLine(source, "may", "see"),
    source.replace("  ],\n  budget", '  ],\n  may: ["see"],\n  budget'),
  );
  t.is(
    addLine(source, "privileges", "log-read"),
    source.replace("  ],\n  budget", '  ],\n  privileges: ["log-read"],\n  budget'),
  );
});

test("a value is taken out; the last one takes its line and comment along", (t) => {
  const less = removeLine(source, "uses", "/svc/x");
  t.is(less, source.replace('"/svc/x", ', ""));
  t.is(removeLine(less, "uses", "/svc/x"), less);
  t.is(
    removeLine(less, "uses", "/svc/y"),
    source.replace('  // What it opens.\n  uses: ["/svc/x", "/svc/y"],\n', ""),
  );
  t.is(removeLine(source, "may", "see"), source);
});

test("comments within a list stay where they are", (t) => {
  t.is(
    addLine(source, "devices", "i8042"),
    source.replace('    "framebuffer",\n', '    "framebuffer",\n    "i8042",\n'),
  );
  t.is(removeLine(source, "devices", "framebuffer"), source.replace('    "framebuffer",\n', ""));
});

test("what is no plain list is left alone with a sentence", (t) => {
  for (const list of ["[...all]", "all", '["/svc/x", name]', "[`/svc/x`]"]) {
    const odd = source.replace('["/svc/x", "/svc/y"]', list);
    t.throws(() => addLine(odd, "uses", "/svc/z"), { message: /by hand/ }, list);
    t.throws(() => removeLine(odd, "uses", "/svc/x"), { message: /by hand/ }, list);
  }
  t.throws(() => addLine("export default {};", "uses", "/svc/z"), { message: /by hand/ });
});

const manifests = readdirSync("servers")
  .map((name) => join("servers", name, "manifest.ts"))
  .flatMap((path) => {
    try {
      return [readFileSync(path, "utf8")];
    } catch {
      return [];
    }
  });

test("every manifest of this tree: written and taken out again is what it was", (t) => {
  t.true(manifests.length >= 8);
  const value = fc.stringMatching(/^\/svc\/[a-z]{8,40}$/);
  const field = fc.constantFrom("uses", "devices", "privileges", "may");
  fc.assert(
    fc.property(
      fc.constantFrom(...manifests),
      field,
      fc.uniqueArray(value),
      (text, name, values) => {
        let after = text;
        for (const each of values) after = addLine(after, name, each);
        if (values.length > 0) t.not(after, text);
        for (const each of values) t.is(addLine(after, name, each), after);
        for (const each of values) after = removeLine(after, name, each);
        t.is(after, text);
      },
    ),
    { numRuns: 100 },
  );
});

test("no text makes the scanner fail or run away", (t) => {
  const part = fc.constantFrom(
    "manifest(",
    "{",
    "}",
    "[",
    "]",
    '"',
    "`",
    "//",
    "/*",
    "*/",
    "\n",
    "a:",
    ",",
    "\\",
    "'",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
      manifestSource(parts.join(""));
      t.pass();
    }),
  );
});

test("long lists are laid out as the formatter does it", (t) => {
  let text = source;
  for (let i = 0; i < 8; i++) text = addLine(text, "uses", `/svc/a-long-name-${i}`);
  const path = join(folder, "manifest.ts");
  writeFileSync(path, text);
  const formatted = execFileSync(
    "node_modules/.bin/biome",
    ["format", "--stdin-file-path", "servers/a/manifest.ts"],
    { input: text, encoding: "utf8" },
  );
  t.is(formatted, text);
  for (let i = 0; i < 8; i++) text = removeLine(text, "uses", `/svc/a-long-name-${i}`);
  t.is(text, source);
});

test("an audit is carried over into the manifests that exist, and again changes nothing", (t) => {
  const servers = join(folder, "servers");
  mkdirSync(join(servers, "a"), { recursive: true });
  const path = join(servers, "a", "manifest.ts");
  writeFileSync(path, source);
  const entry = { count: 1, by: "init", sentence: "may not" };
  const entries = [
    { ...entry, kind: "denied" as const, server: "a", field: "uses", value: "/svc/z" },
    { ...entry, kind: "unused" as const, server: "a", field: "uses", value: "/svc/x" },
    { ...entry, kind: "denied" as const, server: "none", field: "uses", value: "/svc/z" },
    { ...entry, kind: "denied" as const, server: "account:dev", field: "may", value: "power" },
    { ...entry, kind: "denied" as const, server: "../a", field: "may", value: "power" },
    { ...entry, kind: "denied" as const, server: "a", field: "", value: "" },
  ];
  const fixes = fixManifests(entries, servers);
  t.deepEqual(
    fixes.map((each) => each.fixed),
    [true, true, false, false, false, false],
  );
  const wanted = source.replace('["/svc/x", "/svc/y"]', '["/svc/y", "/svc/z"]');
  t.is(readFileSync(path, "utf8"), wanted);
  t.is(fixManifests(entries, servers)[0]!.done, "stands so already");
  t.is(readFileSync(path, "utf8"), wanted);
});
