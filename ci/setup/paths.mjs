// Where set-up and build put things. Invariant: everything fetched or built lies under build/ or
// node_modules/, so that deleting those two folders gives a fresh clone.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout's top folder, absolute. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
/** The git-ignored folder of everything made from the checkout. */
export const buildDir = join(root, "build");
/** Tool chains and third-party sources, one folder each, named as in ci/pins.json. */
export const toolsDir = join(buildDir, "tools");
