// Where the pinned compilers are and how they are called, relative to the top folder, so that no output
// and no record of a build holds the checkout's place. Invariant: nothing they write lies outside build/.
import { join, relative } from "node:path";
import { root, toolsDir } from "../../ci/setup/paths.mjs";

/** zig: `zig cc`, `zig ld.lld`, `zig ar`. */
export const zig = join(relative(root, toolsDir), "zig/zig");

/** QuickJS-NG's C sources. */
export const engineSource = join(relative(root, toolsDir), "quickjs-ng");

/** The environment of every tool: zig keeps its caches in build/. */
export function toolEnvironment(): NodeJS.ProcessEnv {
  const cache = join(root, "build/cache/zig");
  return { ...process.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache };
}
