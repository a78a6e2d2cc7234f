// Names that a new server may have, and the map's new row.
import { readFileSync } from "node:fs";
import test from "ava";
import fc from "fast-check";
import { diskReader } from "../../../tape/cli/reader.ts";
import { compileFile } from "../../../tape/compile.ts";
import { buildExecutable, executableOptions } from "../../../tape/pe/executable.ts";
import { formatHuman } from "../../../tape/source/diagnostic.ts";
import { withFolder } from "./folder-map.ts";
import { checkProgramName, programFiles } from "./program-files.ts";
import { identifierOf, serverFiles } from "./server-files.ts";
import { checkNewName } from "./server-name.ts";
import { tapeServerFiles } from "./tape-server-files.ts";

const manifests = {
  netd: `manifest({ name: "netd", serves: { "/svc/net": Net } })`,
  chime: `manifest({ name: "chime", uses: ["/svc/clock"] })`,
};

test("names are letters, digits and dashes, free, and no word of the language", (t) => {
  for (const good of ["clock", "a", "my-clock-2", "x".repeat(31)])
    t.is(checkNewName(good, manifests), undefined, good);
  const bad = [
    "",
    "Clock",
    "1clock",
    "-a",
    "a-",
    "a--b",
    "a_b",
    "a/b",
    "../a",
    "ä",
    "x".repeat(32),
  ];
  for (const name of bad) t.regex(checkNewName(name, manifests)!, /is no server's name/, name);
  t.regex(checkNewName("netd", manifests)!, /exists already/);
  t.regex(checkNewName("net", manifests)!, /served by netd/);
  t.regex(checkNewName("session", manifests)!, /served by init/);
  t.regex(checkNewName("map", manifests)!, /called Map/);
});

test("every file is below the server's folder and names it; the identifier is one", (t) => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,8}){0,2}$/), (name) => {
      t.regex(identifierOf(name), /^[A-Z][A-Za-z0-9]*$/);
      const files = Object.entries(serverFiles(name));
      t.is(files.length, 6);
      for (const [path] of files) t.true(path.startsWith(`servers/${name}/`));
    }),
    { numRuns: 50 },
  );
});

test("a server in Tape has the same files, and its program beside them", (t) => {
  const files = tapeServerFiles("my-clock");
  const typed = Object.keys(serverFiles("my-clock")).filter((path) => !path.endsWith("state.ts"));
  t.deepEqual(Object.keys(files).sort(), [...typed, "servers/my-clock/main.tape"].sort());
  t.regex(files["servers/my-clock/main.tape"]!, /import my_clock from "serve:my-clock";/);
  for (const text of Object.values(files)) t.notRegex(text, /undefined/);
});

test("a new program compiles as the build compiles it", (t) => {
  t.regex(checkProgramName("Sum", [])!, /is no program's name/);
  t.regex(checkProgramName("hello", ["hello"])!, /already/);
  t.is(checkProgramName("my-sum", ["hello"]), undefined);
  const files = programFiles("my-sum");
  const [path = "", text = ""] = Object.entries(files)[0]!;
  const done = compileFile(path, diskReader(), { ...executableOptions, text });
  t.deepEqual(done.report.list.map(formatHuman), []);
  const built = buildExecutable(done.code!, { manifest: '{"uses":[]}', pages: true });
  t.true(built.ok, built.ok ? "" : built.reason);
  t.deepEqual(JSON.parse(Object.values(files)[1]!), { uses: [] });
});

test("the map's row comes in its place, once", (t) => {
  const readme = readFileSync("README.md", "utf8");
  const sentence = "Counts seconds and serves the count.";
  const once = withFolder(readme, "servers/clock/", sentence);
  const lines = once.split("\n");
  const at = lines.findIndex((line) => line.startsWith("| `servers/clock/`"));
  t.is(lines.length, readme.split("\n").length + 1);
  t.true(lines[at - 1]! < lines[at]! && lines[at]! < lines[at + 1]!);
  t.is(withFolder(once, "servers/clock/", sentence), once);
  t.is(withFolder("no map\n", "servers/clock/", sentence), "no map\n");
});
