// The module `fs` of a program in a server process: the files that the image has for this server, or none.
import type { FileSource } from "../../tape/interp/files.ts";
import { Failure } from "../contract/failure.ts";
import { type ImageFiles, openFiles } from "../runtime/files.ts";
import { log } from "../runtime/log.ts";

let opened: ImageFiles | Failure | undefined;

/** This server's files, opened at their first use; why there are none is said once. */
export function ownFiles(): ImageFiles | undefined {
  if (opened === undefined) {
    opened = openFiles();
    if (opened instanceof Failure) log(opened.sentence, "warning");
  }
  return opened instanceof Failure ? undefined : opened;
}

export const ownFileSource: FileSource = {
  size: (path) => ownFiles()?.find(path)?.length ?? -1,
  read(path, at, into) {
    const files = ownFiles();
    const file = files?.find(path);
    if (files === undefined || file === undefined || at < 0) return 0;
    const bytes = files.copy(file, at, into.length);
    into.set(bytes);
    return bytes.length;
  },
  paths: () => ownFiles()?.list.map(({ path }) => path) ?? [],
};
