// What was made of files is made again exactly when one of them is another.
import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import test from "ava";
import { root } from "../../ci/setup/paths.mjs";
import { Remembered } from "./remembered.ts";

const folder = join(root, "build/remembered-test");
mkdirSync(folder, { recursive: true });
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a file of long ago. */
function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  utimesSync(path, 1e9, 1e9);
  return relative(root, path);
}

test("made once, and again when a text is another, though its time is not", async (t) => {
  const files = [write("a", "one"), write("b", "two")];
  const remembered = new Remembered<number>();
  let made = 0;
  const get = async () =>
    (await remembered.get("it", async () => ({ value: ++made, files }))).value;
  t.deepEqual([await get(), await get()], [1, 1]);
  write("b", "owt");
  t.deepEqual([await get(), await get()], [2, 2]);
  rmSync(join(folder, "a"));
  t.deepEqual([await get(), await get()], [3, 4]);
  t.is((await remembered.get("other", async () => ({ value: 7, files }))).value, 7);
});

test("not remembered: a file that changed meanwhile, what is of more than files, and a failure", async (t) => {
  const old = write("old", "text");
  const young = write("young", "text");
  let made = 0;
  const remembered = new Remembered<number>();
  const saved = async () => {
    writeFileSync(join(folder, "young"), "text");
    return { value: ++made, files: [old, young] };
  };
  t.deepEqual(
    [(await remembered.get("k", saved)).value, (await remembered.get("k", saved)).value],
    [1, 2],
  );
  const more = async () => ({ value: ++made, files: undefined });
  t.deepEqual(
    [(await remembered.get("m", more)).value, (await remembered.get("m", more)).value],
    [3, 4],
  );
  const fails = () => remembered.get("f", () => Promise.reject(new Error("no")));
  await t.throwsAsync(fails, { message: "no" });
  t.is((await remembered.get("f", async () => ({ value: 9, files: [old] }))).value, 9);
});
