// `uusi new server` in a copy of the tree: what it writes passes every check and its own test, and nothing is overwritten.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { copyTree } from "./tree-copy.ts";

const copy = copyTree("new");
test.after.always(() => rmSync(copy, { recursive: true, force: true }));

function run(program: string, ...args: string[]) {
  // ava, inside ava, would report to the outer one.
  const { AVA_PATH: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: copy, encoding: "utf8", env });
  return { status, out: stdout, err: stderr };
}
const uusi = (...args: string[]) => run(process.execPath, "sdk/cli/uusi.mjs", ...args);
const tool = (name: string) => join(copy, "node_modules/.bin", name);

/** Makes a server, and runs what its author would run: types, layout, map of folders, its own test. */
function checkNew(t: ExecutionContext, name: string, files: number, ...flags: string[]) {
  const made = uusi("new", "server", name, "--json", ...flags);
  t.is(made.status, 0, made.err);
  t.is((JSON.parse(made.out) as { files: string[] }).files.length, files);
  // Of the whole tree, which is somebody else's matter, only what concerns the new server.
  for (const project of ["tsconfig.json", "ci/tsconfig.guest.json"]) {
    const types = run(tool("tsc"), "--noEmit", "-p", project);
    t.not(types.status, null);
    t.false(types.out.includes(name), types.out);
  }
  const layout = run(tool("biome"), "check", `servers/${name}`);
  t.is(layout.status, 0, layout.out + layout.err);
  run("git", "init", "-q");
  const checks = run(tool("ava"), "ci/structure/readme-map.test.ts", `servers/${name}`);
  t.is(checks.status, 0, checks.out);
  t.regex(checks.out, /it counts, answers, begins again/);
}

test.serial("a new server in Tape is complete as well", (t) => {
  t.timeout(240_000);
  checkNew(t, "my-tape", 6, "--tape");
});

test.serial("a new server is complete: types, layout, map of folders and its own test", (t) => {
  t.timeout(240_000);
  checkNew(t, "my-clock", 6);

  const again = uusi("new", "server", "my-clock");
  t.deepEqual([again.status, again.out], [2, ""]);
  t.regex(again.err, /^uusi new: servers\/my-clock\/ exists already; [^\n]*\n$/);
  for (const [args, why] of [
    [["new", "server", "../evil"], /is no server's name/],
    [["new", "server"], /write it as/],
    [["new", "planet", "x"], /write it as/],
    [["new", "server", "net"], /served by netd/],
  ] as const) {
    const { status, err } = uusi(...args);
    t.is(status, 2);
    t.regex(err, why);
  }
  t.is(readFileSync(join(copy, "README.md"), "utf8").match(/servers\/my-clock/g)?.length, 1);
});
