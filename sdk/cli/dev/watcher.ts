// Watches the sources and tells of each save once: the files that changed in one go, together.
// Invariant: `saved` never runs twice at once; what changes meanwhile is the next save.
import { relative } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import { root } from "../../../ci/setup/paths.mjs";

/** ms of quiet after which a save is over: editors write a file in several steps. */
const QUIET = 25;
const folders = ["servers", "sdk", "tape"];

export interface Watching {
  close(): Promise<void>;
}

/** Begins to watch; resolves once every folder is under watch. */
export async function watchSources(
  saved: (files: readonly string[]) => Promise<void>,
): Promise<Watching> {
  let files = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let busy = false;
  let closed = false;
  const settle = async () => {
    timer = undefined;
    if (busy || closed || files.size === 0) return;
    busy = true;
    const now = [...files].sort();
    files = new Set();
    try {
      await saved(now);
    } finally {
      busy = false;
      if (files.size > 0 && timer === undefined) timer = setTimeout(settle, QUIET);
    }
  };
  const watcher: FSWatcher = watch(folders, {
    cwd: root,
    ignoreInitial: true,
    ignored: (path, stat) => stat?.isFile() === true && !/\.(ts|tape)$/.test(path),
  });
  watcher.on("all", (event, path) => {
    if (event === "addDir" || event === "unlinkDir" || closed) return;
    files.add(relative("", path));
    clearTimeout(timer);
    timer = setTimeout(settle, QUIET);
  });
  await new Promise<void>((resolve, reject) => {
    watcher.once("ready", () => resolve());
    watcher.once("error", reject);
  });
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      return watcher.close();
    },
  };
}
