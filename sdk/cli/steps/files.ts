// The files of servers: the folder `files/` of each that has one, packed into one object of the boot image, scripts in Tape also as
// the `.tb` files that they compile to, with their machine code in them.
// Invariant: a server has an archive exactly when it has that folder; its manifest says whether it gets it.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { filesBelow, readFolder, writeFileArchive } from "../../image/file-archive.ts";
import { compiledScripts } from "../../image/script-code.ts";
import { compilerSources } from "../../image/tape-program.ts";
import type { Step, Variant } from "../build/step.ts";
import { serverNames } from "./servers.ts";
import { tapeCompilerSources } from "./tape-compiler.ts";

/** Where a server's archive ends up. */
export const filesPath = (variant: Variant, name: string) => join(variant.out, "files", name);

/** The folder that a server's files come from; undefined when it has none. */
export function filesFolder(variant: Variant, name: string): string | undefined {
  const own = join("servers", name, "files");
  return existsSync(own) ? (variant.files?.[name] ?? own) : undefined;
}

/** What makes a script's bytecode and machine code. */
const scriptSources = () => [
  ...new Set([...compilerSources(), ...tapeCompilerSources(), "sdk/image/script-code.ts"]),
];

/** One step for each server with files. */
export function filesSteps(variant: Variant): Step[] {
  return serverNames().flatMap((name) => {
    const folder = filesFolder(variant, name);
    if (folder === undefined || variant.without.includes(name)) return [];
    const output = filesPath(variant, name);
    const paths = existsSync(folder) ? filesBelow(folder) : [];
    return [
      {
        name: `files ${name}`,
        inputs: [
          ...paths.map((path) => join(folder, path)),
          "sdk/image/file-archive.ts",
          ...(paths.some((path) => path.endsWith(".tape")) ? scriptSources() : []),
        ],
        outputs: [output],
        key: JSON.stringify([folder, paths]),
        action: async () => {
          const files = readFolder(folder);
          writeFileSync(output, writeFileArchive([...files, ...(await compiledScripts(files))]));
        },
      },
    ];
  });
}
