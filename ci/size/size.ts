// `just size`: lines of the nucleus and of all other C, and how large the images are.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { bootImagePath } from "../../sdk/cli/steps/boot-image.ts";
import { standardVariant } from "../../sdk/cli/build/step.ts";
import { readBootImage } from "../../sdk/image/boot-image.ts";
import { treeFiles } from "../structure/source-tree.ts";
import { countAssembly, countC } from "./c-lines.ts";

const layout = "--style={BasedOnStyle: LLVM, ColumnLimit: 100}";
const limits = { nucleus: 6000, outside: 1500 };

function lines(path: string): number {
  if (path.endsWith(".asm")) return countAssembly(readFileSync(path, "utf8"));
  return countC(execFileSync("clang-format-14", [layout, path], { encoding: "utf8" }));
}

/** Lines by folder of the first two levels. */
function linesByFolder(paths: string[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const path of paths) {
    const folder = path.split("/").slice(0, -1).slice(0, 2).join("/");
    sums.set(folder, (sums.get(folder) ?? 0) + lines(path));
  }
  return sums;
}

const total = (sums: Map<string, number>) => [...sums.values()].reduce((a, b) => a + b, 0);

/** How long the hand-written source files are, and those above 20 KB. */
function fileSizes() {
  const isSource = (path: string) => /\.(ts|mjs|c|h|asm|tape)$/.test(path);
  const sizes = treeFiles()
    .filter((path) => isSource(path) && !/\.gen\./.test(path))
    .map((path) => [path, statSync(path).size] as const)
    .sort(([, a], [, b]) => a - b);
  const at = (share: number) => sizes[Math.floor(sizes.length * share)]?.[1] ?? 0;
  return { median: at(0.5), p90: at(0.9), long: sizes.filter(([, bytes]) => bytes > 20_480) };
}

/** Everything that the command prints. */
export function measure() {
  const isNative = (path: string) => /\.(c|h|asm)$/.test(path);
  // The headers of sdk/abi are the nucleus's own interface: generated code counts too. Code that
  // tests the nucleus on the host does not run in it.
  const isNucleus = (path: string) => /^(nucleus\/(?!host\/)|sdk\/abi\/)/.test(path);
  const native = treeFiles().filter(isNative);
  const nucleus = linesByFolder(native.filter(isNucleus));
  const outside = linesByFolder(native.filter((path) => !isNucleus(path)));
  const image = bootImagePath(standardVariant);
  const objects = existsSync(image)
    ? readBootImage(readFileSync(image)).map(({ name, bytes }) => ({ name, bytes: bytes.length }))
    : [];
  return {
    nucleus: { total: total(nucleus), limit: limits.nucleus, folders: Object.fromEntries(nucleus) },
    outside: { total: total(outside), limit: limits.outside, folders: Object.fromEntries(outside) },
    files: fileSizes(),
    image: existsSync(image) ? { bytes: statSync(image).size, objects } : undefined,
  };
}

function print(): void {
  const { nucleus, outside, image, files } = measure();
  const row = (name: string, value: number) =>
    process.stdout.write(`  ${name.padEnd(28)} ${String(value).padStart(9)}\n`);
  process.stdout.write(`nucleus: ${nucleus.total} lines (limit ${nucleus.limit})\n`);
  for (const [folder, count] of Object.entries(nucleus.folders)) row(folder, count);
  process.stdout.write(`C outside the nucleus: ${outside.total} lines\n`);
  for (const [folder, count] of Object.entries(outside.folders)) row(folder, count);
  const { median, p90, long } = files;
  process.stdout.write(`source files: median ${median} bytes, 90 % below ${p90}\n`);
  for (const [path, bytes] of long) row(path, bytes);
  if (image === undefined) return void process.stdout.write("image: not built (npx uusi build)\n");
  process.stdout.write(`boot image: ${image.bytes} bytes\n`);
  for (const { name, bytes } of image.objects) row(name, bytes);
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify(measure())}\n`);
  else print();
}
