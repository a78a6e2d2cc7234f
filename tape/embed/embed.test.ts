/** A kernel called from TypeScript: by hook, in a bundle, on both engines; bad arguments are refused. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import test from "ava";
import { build } from "esbuild";
import { bind, interpreter, TapeError, TapeTrap } from "./bind.ts";
import { declarations } from "./declare.ts";
import { tapePlugin } from "./esbuild.ts";
import { compileModule, webAssembly } from "./node.ts";

const path = fileURLToPath(new URL("../kernels/checksum.tape", import.meta.url));
const code = compileModule(path);

interface Kernel {
  checksum(data: Uint8Array, seed: number): number;
  seal(header: Uint8Array, at: number): number;
  alloc(bytes: number): Uint8Array;
}

// The example of RFC 1071, section 3: the sum is ddf2, so the checksum is its complement.
const rfc = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);

for (const [name, engine] of [
  ["WebAssembly", webAssembly],
  ["interpreter", interpreter],
] as const) {
  test(`${name}: values, buffers, errors`, (t) => {
    const k = bind(code, engine(code)) as unknown as Kernel;
    t.is(k.checksum(rfc, 0), 0xddf2 ^ 0xffff);
    t.is(k.checksum(new Uint8Array(0), 0), 0xffff);
    const own = k.alloc(8);
    own.set(rfc);
    t.is(k.checksum(own, 0), 0x220d);
    const header = rfc.slice();
    t.is(k.seal(header, 2), (header[2] << 8) | header[3]);
    t.is(k.checksum(header, 0), 0);
    const e = t.throws(() => k.seal(header, 7), { instanceOf: TapeError });
    t.is(e?.problem, "Problem");
    t.is(k.checksum(new Uint8Array(300000).fill(1), 0), k.checksum(k.alloc(300000).fill(1), 0));
  });

  test(`${name}: arguments are checked at the boundary`, (t) => {
    const k = bind(code, engine(code)) as unknown as Record<string, (...a: unknown[]) => unknown>;
    for (const args of [
      [],
      [rfc],
      [[1, 2], 0],
      [new Uint16Array(2), 0],
      [rfc, -1],
      [rfc, 1.5],
      [rfc, 2 ** 32],
      [rfc, "1"],
      [rfc, 0, 0],
    ]) {
      t.throws(() => k.checksum(...args), { instanceOf: TypeError }, JSON.stringify(args));
    }
    for (const at of [2n, 2 ** 53, 0.5, "2"])
      t.throws(() => k.seal(rfc.slice(), at), { instanceOf: TypeError }, String(at));
    t.throws(() => k.alloc(-1), { instanceOf: RangeError });
  });
}

test("memory that has moved is refused with a sentence", (t) => {
  const k = bind(code, webAssembly(code)) as unknown as Kernel;
  const first = k.alloc(8);
  k.alloc(8);
  t.throws(() => k.checksum(first, 0), {
    instanceOf: TypeError,
    message: /^checksum: `data` lies in memory that moved/,
  });
});

test("traps are exceptions with a line", (t) => {
  const dir = mkdtempSync(`${tmpdir()}/tape-`);
  writeFileSync(
    `${dir}/bad.tape`,
    "@profile(t0);\npub fn at(a: []const u8, i: i64) -> u8 {\n    return a[i];\n}\n",
  );
  const bad = compileModule(`${dir}/bad.tape`);
  for (const engine of [webAssembly, interpreter]) {
    const k = bind(bad, engine(bad)) as unknown as { at(a: Uint8Array, i: number): number };
    t.throws(() => k.at(Uint8Array.of(1), 1), {
      instanceOf: TapeTrap,
      message: "at: index out of range (line 3)",
    });
  }
});

test("declarations", (t) => {
  const text = declarations(code.exports);
  t.regex(
    text,
    /export declare function checksum\(data: Uint8Array \| Mapped, seed: number\): number;/,
  );
  t.regex(text, /Throws TapeError with a member of `Problem`/);
});

test("the import hook and the bundle run the kernel", async (t) => {
  const dir = mkdtempSync(`${tmpdir()}/tape-`);
  writeFileSync(
    `${dir}/use.mjs`,
    `import { checksum } from ${JSON.stringify(path)};\nconsole.log(checksum(new Uint8Array([0, 1, 242, 3, 244, 245, 246, 247]), 0));\n`,
  );
  const hook = fileURLToPath(new URL("register.ts", import.meta.url));
  const run = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--import", hook, `${dir}/use.mjs`],
    { encoding: "utf8" },
  );
  t.is(run.stdout, "8717\n", run.stderr);
  const out = await build({
    entryPoints: [`${dir}/use.mjs`],
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
    plugins: [tapePlugin],
    logLevel: "silent",
  });
  writeFileSync(`${dir}/bundle.mjs`, out.outputFiles[0].contents);
  const bundled = spawnSync(process.execPath, [`${dir}/bundle.mjs`], { encoding: "utf8" });
  t.is(bundled.stdout, "8717\n", bundled.stderr);
});
