// Who may import whom (docs/design.md, layout). Pure: takes a file and its imports.

/** Test code may use the host and test packages, but not cross the layers. */
export function isTest(path: string): boolean {
  return /\.test\.ts$/.test(path) || /(^|\/)(testing|test-[a-z-]+\.ts)(\/|$)/.test(path);
}

/** Folders whose code runs inside a server process, where no host interface exists. */
const guest =
  /^(servers|sdk\/(runtime|contract|net|hot|virtio|channel|tape)|tape\/(?!cli\/|wasm\/|embed\/|runner\/))/;
/** Parts of guest folders that run on the host all the same. */
const hostParts =
  /^(servers\/[^/]+\/manifest\.ts$|sdk\/runtime\/engine\/|tape\/(.*\/)?generate[a-z-]*\.ts$|tape\/std\/reference\.ts$)/;

const isFile = (target: string) => /^(servers|tape|sdk|ci|docs|nucleus)\//.test(target);

/** Where the checkout and its build folder are: the one thing that all host tools share. */
const paths = "ci/setup/paths.mjs";

/**
 * The rule that an import breaks, or undefined.
 * @param from path of the importing file
 * @param target path or package name that it imports
 */
export function brokenRule(from: string, target: string): string | undefined {
  if (!isFile(target)) return brokenPackageRule(from, target);
  const [top, part] = from.split("/");
  const [otherTop, otherPart] = target.split("/");
  if (top === "tape" && otherTop !== "tape") return "tape/ imports nothing of the rest";
  const isContract = /^servers\/[^/]+\/contract\.ts$/.test(target);
  if (top === "servers") {
    // A test may put another server's test world around its own, as the network of a program.
    const isWorld = isTest(from) && /^servers\/[^/]+\/testing\//.test(target);
    if (otherTop === "servers" && part !== otherPart && !isContract && !isWorld) {
      return "a server imports of another server only its contract.ts";
    }
    // servers/tape is the language's home in the system, servers/recompile its compiler for init, servers/programs loads what it compiles to
    const isHome = part === "tape" || part === "recompile";
    const loads = part === "programs" && /^tape\/(pe|source|bytecode|native)\//.test(target);
    if (otherTop === "tape" && otherPart !== "kernels" && !isHome && !loads) {
      return "a server imports of tape/ only its kernels";
    }
    if (otherTop === "ci" && !isTest(from)) return "a server imports nothing of ci/";
  }
  if (top === "sdk" && otherTop === "servers" && !isContract && !isTest(from)) {
    return "sdk/ imports of a server only its contract.ts";
  }
  if (top === "sdk" && otherTop === "ci" && part !== "cli" && !isTest(from) && target !== paths) {
    return "of sdk/ only cli/ uses ci/, beside its paths";
  }
  return undefined;
}

/** Whether a file runs inside a server process. */
export function isGuest(path: string): boolean {
  return guest.test(path) && !hostParts.test(path) && !isTest(path);
}

function brokenPackageRule(from: string, target: string): string | undefined {
  if (!isGuest(from)) return undefined;
  return `code that runs in a server process can't use ${target}`;
}
