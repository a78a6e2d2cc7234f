// Bundles made again and again are those that are made once: whatever has changed, and after what could not be bundled.
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { root } from "../../ci/setup/paths.mjs";
import { Bundler, bundleServer } from "./bundle.ts";
import { buildKernel } from "./kernel-modules.ts";

const folder = "build/bundle-test";
const entry = join(folder, "main.ts");
mkdirSync(join(root, folder), { recursive: true });
test.after.always(() => rmSync(join(root, folder), { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(root, folder, name), text);
const contract = (fields: string) => `
import { call, contract } from "../../sdk/contract/contract.ts";
import { string, u32 } from "../../sdk/contract/field.ts";
void [string, u32];
export const Thing = contract("thing", 1, { ask: call({ ${fields} }, {}) });
`;
const main = (text: string) => `
import { limits } from "../../sdk/abi/table.ts";
import { Random } from "../../servers/random/contract.ts";
import { part } from "./part.ts";
import { Thing } from "./thing.contract.ts";
(globalThis as any).all = [limits.PAGE_BYTES, Random, Thing, part, ${JSON.stringify(text)}];
`;

test("the same bundle as made afresh after each change, and after a fault", async (t) => {
  const bundler = new Bundler();
  const same = async (what: string, holds: string) => {
    const [again, once] = await Promise.all([bundler.bundle(entry), bundleServer(entry)]);
    t.is(again.script, once.script, what);
    t.is(again.map, once.map, what);
    t.deepEqual(again.sources, once.sources, what);
    t.deepEqual(
      again.contracts.map(({ name }) => name),
      ["random"],
      what,
    );
    t.true(again.script.includes(holds), what);
  };
  write("main.ts", main("first text"));
  write("part.ts", "export const part = 1;\n");
  write("thing.contract.ts", contract("first: u32"));
  await same("first", "first text");
  await same("nothing changed", "first text");
  write("main.ts", main("second text"));
  await same("the entry", "second text");
  write("thing.contract.ts", contract("second: string"));
  await same("a contract", "second");
  write("part.ts", "export const part = ];\n");
  await t.throwsAsync(bundler.bundle(entry), { message: /part\.ts:1:21: Unexpected "\]"/ });
  write("part.ts", "export const part = 'third text';\n");
  await same("after a fault", "third text");
  await bundler.close();
});

test("a kernel is compiled once, of files that are there", async (t) => {
  const first = await buildKernel("tape/kernels/frames.tape");
  t.true(first.sources.includes("tape/std/mem.tape"), first.sources.join());
  for (const source of first.sources) t.true(existsSync(join(root, source)), source);
  t.is((await buildKernel("tape/kernels/frames.tape")).file, first.file);
});

test("bundles that are asked for at once do not mix", async (t) => {
  const bundler = new Bundler();
  const names = ["random", "pci", "random", "i8042"].map((name) => `servers/${name}/main.ts`);
  const [random, pci, second, i8042] = await Promise.all(names.map((name) => bundler.bundle(name)));
  t.is(second!.script, random!.script);
  for (const [name, bundle] of [
    ["random", random],
    ["pci", pci],
    ["i8042", i8042],
  ] as const) {
    const alone = await bundleServer(`servers/${name}/main.ts`);
    t.is(bundle!.script, alone.script, name);
    t.deepEqual(bundle!.sources, alone.sources, name);
    t.deepEqual(bundle!.contracts.length, alone.contracts.length, name);
  }
  await bundler.close();
});
