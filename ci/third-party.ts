// `just third-party`: everything that the project uses and did not write, with its licence.
import { readFileSync } from "node:fs";
import { benchPackages } from "./bench/linux/packages.ts";
import { debianPackages } from "./setup/debian.mjs";
import { pins } from "./setup/pinned-tools.mjs";

/** One foreign part. */
export interface ThirdParty {
  from: "npm" | "Python index" | "Debian" | "in the tree";
  name: string;
  version: string;
  licence: string;
  /** whether its code is part of the images that are given away */
  shipped: boolean;
}

/** What ends up inside a boot image: the engine, and the C functions that it is linked with. */
const shipped = new Set(["quickjs-ng", "musl-dev"]);

/** Data that lies in the tree, its licence beside it. */
const inTree: ThirdParty[] = [
  {
    from: "in the tree",
    name: "Spleen 8x16 (servers/console/font-8x16.ts)",
    version: "1.9.1",
    licence: "BSD-2-Clause",
    shipped: true,
  },
  {
    from: "in the tree",
    name: "numeric cases of the WebAssembly specification's tests (tape/testing/numeric/)",
    version: "285a90329",
    licence: "Apache-2.0",
    shipped: false,
  },
];

/** Of the project, and of the peer of a benchmark. */
const lockfiles = ["package-lock.json", "ci/bench/save/vite/package-lock.json"];

function npmParts(lockfile: string): ThirdParty[] {
  const lock = JSON.parse(readFileSync(lockfile, "utf8")) as {
    packages: Record<string, { version: string; license?: string; optional?: boolean }>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { optional }]) => path !== "" && !optional)
    .map(([path, { version, license }]) => ({
      from: "npm" as const,
      name: path.replace(/^.*node_modules\//, ""),
      version,
      licence: license ?? licenceOf(path),
      shipped: false,
    }));
}

function licenceOf(path: string): string {
  const { license, licenses } = JSON.parse(readFileSync(`${path}/package.json`, "utf8"));
  return (
    license?.type ??
    license ??
    licenses?.map((each: { type: string }) => each.type).join(" OR ") ??
    "unknown"
  );
}

/** All foreign parts, sorted by source and name. */
export function thirdParty(): ThirdParty[] {
  const python = Object.entries(pins).map(([name, { version, licence }]) => ({
    from: "Python index" as const,
    name,
    version,
    licence,
    shipped: shipped.has(name),
  }));
  const debian = [...debianPackages, ...benchPackages].map(({ name, licence }) => ({
    from: "Debian" as const,
    name,
    version: "12",
    licence,
    shipped: shipped.has(name),
  }));
  return [...inTree, ...python, ...debian, ...lockfiles.flatMap(npmParts)];
}

if (process.argv[1] === import.meta.filename) {
  const parts = thirdParty();
  if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify(parts)}\n`);
  else {
    for (const { from, name, version, licence, shipped: inside } of parts) {
      const mark = inside ? " (in the image)" : "";
      process.stdout.write(
        `${from.padEnd(13)}${`${name} ${version}`.padEnd(52)}${licence}${mark}\n`,
      );
    }
  }
}
