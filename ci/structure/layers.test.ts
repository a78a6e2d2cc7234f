// The layer rules hold in the whole checkout, and the check itself finds each kind of breach.
import { readFileSync } from "node:fs";
import test from "ava";
import { brokenRule, isGuest } from "./layers.ts";
import { importsOf, treeFiles } from "./source-tree.ts";

test("no file of the checkout imports across the layers", (t) => {
  const files = treeFiles();
  const sources = files.filter((path) => /^(servers|tape|sdk|ci|docs)\/.*\.(ts|mjs)$/.test(path));
  t.true(sources.length > 50);
  const breaches = sources.flatMap((from) =>
    importsOf(from)
      .map((target) => [target, brokenRule(from, target)] as const)
      .filter(([, rule]) => rule !== undefined)
      .map(([target, rule]) => `${from} imports ${target}: ${rule}`),
  );
  t.deepEqual(breaches, []);
});

test("server code names no interface that only a host has", (t) => {
  // Where these two run on plain Node they use its own; in an engine they use the binding.
  const bridges = ["sdk/contract/text.ts", "sdk/contract/fnv.ts"];
  const host =
    /\b(?:TextEncoder|TextDecoder|setTimeout|setInterval|structuredClone|process\.env)\b/;
  const named = treeFiles()
    .filter((path) => /\.ts$/.test(path) && isGuest(path) && !bridges.includes(path))
    .filter((path) => host.test(readFileSync(path, "utf8").replace(/\/\/.*|^\s*\*.*$/gm, "")));
  t.deepEqual(named, []);
});

const refused: [string, string][] = [
  ["servers/netd/main.ts", "servers/console/shell.ts"],
  ["servers/httpd/main.ts", "servers/netd/testing/loopback-network.ts"],
  ["servers/httpd/a.test.ts", "servers/netd/stack.ts"],
  ["servers/netd/main.ts", "tape/scan/scanner.ts"],
  ["servers/netd/main.ts", "ci/qemu/guest.ts"],
  ["servers/netd/main.ts", "node:fs"],
  ["servers/netd/main.ts", "esbuild"],
  ["tape/check/type.ts", "sdk/abi/table.ts"],
  ["sdk/image/elf.ts", "servers/init/configuration.ts"],
  ["sdk/image/elf.ts", "ci/qemu/guest.ts"],
  ["sdk/contract/contract.ts", "node:crypto"],
];
for (const [from, target] of refused) {
  test(`${from} may not import ${target}`, (t) => {
    t.is(typeof brokenRule(from, target), "string");
  });
}

const allowed: [string, string][] = [
  ["servers/netd/main.ts", "servers/init/contract.ts"],
  ["servers/netd/main.ts", "servers/netd/arp.ts"],
  ["servers/netd/main.ts", "sdk/runtime/run.ts"],
  ["servers/netd/arp.test.ts", "ava"],
  ["servers/httpd/a.test.ts", "servers/netd/testing/loopback-network.ts"],
  ["tape/cli/main.ts", "node:fs"],
  ["sdk/cli/main.ts", "ci/qemu/guest.ts"],
  ["sdk/net/connect.ts", "servers/netd/contract.ts"],
];
for (const [from, target] of allowed) {
  test(`${from} may import ${target}`, (t) => {
    t.is(brokenRule(from, target), undefined);
  });
}

test("imports are found in each of their forms, and not in comments", (t) => {
  const text = [
    'import a from "./a.ts";',
    'import type { B } from "../b/b.ts";',
    'export * from "ava";',
    'const c = await import("node:fs");',
    'import "./side.ts";',
    '// import d from "./no.ts";',
  ].join("\n");
  t.deepEqual(importsOf("x/y/z.ts", text), [
    "x/y/a.ts",
    "x/b/b.ts",
    "ava",
    "node:fs",
    "x/y/side.ts",
  ]);
});
