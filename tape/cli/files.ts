/** The module `fs` on this machine: any path for reading; `path(i)` counts the files below the working folder, at most 10,000. */
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import type { FileSource } from "../interp/files.ts";

const MOST = 10_000;

/** The disk. */
export const disk: FileSource = {
  size(path) {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat?.isFile() === true ? stat.size : -1;
  },
  read(path, at, into) {
    const file = openSync(path, "r");
    const room = Math.min(into.length, Math.max(fstatSync(file).size - at, 0));
    const count = room === 0 ? 0 : readSync(file, into, 0, room, at);
    closeSync(file);
    return count;
  },
  paths: () =>
    readdirSync(".", { recursive: true, withFileTypes: true, encoding: "utf8" })
      .filter((entry) => entry.isFile())
      .slice(0, MOST)
      .map(({ parentPath, name }) => `${parentPath}/${name}`.replace(/^\.\//, ""))
      .sort(),
};
