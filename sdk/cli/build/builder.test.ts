// The builder runs what has changed, in order, and nothing else.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { Failure } from "../failure.ts";
import { Builder } from "./builder.ts";
import { waitsFor } from "./order.ts";
import { parseDependencies } from "./run-step.ts";
import type { Step } from "./step.ts";

/** A folder with `a`, which becomes `b`, which becomes `c`; `ran` lists the steps that ran. */
function chain() {
  const folder = mkdtempSync(join(tmpdir(), "leivos-build-"));
  const path = (name: string) => join(folder, name);
  writeFileSync(path("a"), "1");
  const ran: string[] = [];
  const lines: string[] = [];
  const copy = (from: string, to: string): Step => ({
    name: to,
    inputs: [path(from)],
    outputs: [path(to)],
    action: () => {
      ran.push(to);
      writeFileSync(path(to), `${readFileSync(path(from), "utf8")}${to}`);
    },
  });
  const steps = [copy("b", "c"), copy("a", "b")];
  const build = async (list = steps) => {
    ran.length = 0;
    return new Builder(folder, (line) => lines.push(line), false).build(list);
  };
  return { path, ran, lines, steps, build, remove: () => rmSync(folder, { recursive: true }) };
}

test("steps run in the order of their inputs, then not again", async (t) => {
  const { ran, build, path, remove } = chain();
  t.deepEqual(await build(), { ran: 2, skipped: 0 });
  t.deepEqual(ran, ["b", "c"]);
  t.is(readFileSync(path("c"), "utf8"), "1bc");
  t.deepEqual(await build(), { ran: 0, skipped: 2 });
  remove();
});

test("a changed input, a touched output and a missing output each run their step", async (t) => {
  const { ran, build, path, remove } = chain();
  await build();
  writeFileSync(path("a"), "22");
  await build();
  t.deepEqual(ran, ["b", "c"]);
  writeFileSync(path("c"), "spoiled");
  await build();
  t.deepEqual(ran, ["c"]);
  rmSync(path("b"));
  await build();
  t.deepEqual(ran, ["b"], "c is not made again from the same bytes");
  remove();
});

test("a changed key runs the step again", async (t) => {
  const { ran, build, steps, remove } = chain();
  await build();
  await build([{ ...steps[0]!, key: "new" }, steps[1]!]);
  t.deepEqual(ran, ["c"]);
  remove();
});

test("files that the compiler found count as inputs", async (t) => {
  const { path, remove } = chain();
  writeFileSync(path("x.h"), "old");
  let runs = 0;
  const step: Step = {
    name: "o",
    inputs: [path("a")],
    outputs: [path("o")],
    dependencies: path("o.d"),
    action: () => {
      runs++;
      writeFileSync(path("o"), "o");
      writeFileSync(path("o.d"), `o: ${path("a")} \\\n ${path("x.h")}\n`);
    },
  };
  const build = () => new Builder(path("out"), () => {}, false).build([step]);
  await build();
  await build();
  t.is(runs, 1);
  writeFileSync(path("x.h"), "newer");
  await build();
  t.is(runs, 2);
  remove();
});

test("a failing step stops the build, shows its words and runs again", async (t) => {
  const { lines, build, steps, path, remove } = chain();
  const failing: Step = { ...steps[1]!, action: ["sh", "-c", "echo a.c:1: error >&2; exit 3"] };
  await t.throwsAsync(build([steps[0]!, failing]), { instanceOf: Failure, message: /b failed/ });
  t.true(lines.includes("a.c:1: error"));
  t.false(existsSync(path("c")));
  t.deepEqual(await build(), { ran: 2, skipped: 0 });
  remove();
});

test("a step that does not make its outputs has failed", async (t) => {
  const { build, lines, steps, remove } = chain();
  const idle: Step = { ...steps[1]!, action: ["true"] };
  await t.throwsAsync(build([idle]), { instanceOf: Failure });
  t.regex(lines.join("\n"), /did not make .*b/);
  remove();
});

test("a missing input is named", async (t) => {
  const { build, path, lines, steps, remove } = chain();
  rmSync(path("a"));
  await t.throwsAsync(build(steps), { instanceOf: Failure });
  t.regex(lines.join("\n"), /a is missing/);
  remove();
});

const step = (name: string, inputs: string[], outputs: string[]): Step => ({
  name,
  inputs,
  outputs,
  action: ["true"],
});

test("steps that wait for each other, or make the same file, are refused", (t) => {
  const circle = [step("p", ["y"], ["x"]), step("q", ["x"], ["y"])];
  t.throws(() => waitsFor(circle), { instanceOf: Failure, message: /waits for itself/ });
  const twice = [step("p", [], ["x"]), step("q", [], ["x"])];
  t.throws(() => waitsFor(twice), { instanceOf: Failure, message: /both make x/ });
});

test("dependency files: continued lines, escaped spaces, later rules ignored", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "leivos-build-"));
  const path = join(folder, "d");
  writeFileSync(path, "out.o: a.c \\\n  b\\ c.h \\\n  d.h\n\nd.h:\n");
  t.deepEqual(parseDependencies(path), ["a.c", "b c.h", "d.h"]);
  t.deepEqual(parseDependencies(join(folder, "none")), []);
  rmSync(folder, { recursive: true });
});
