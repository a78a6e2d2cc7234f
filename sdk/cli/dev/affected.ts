// Which servers a file belongs to, by what their last good bundle was made of. Pure but for the first reading.
import { existsSync } from "node:fs";
import { parseDependencies } from "../build/run-step.ts";
import { scriptPath } from "../steps/servers.ts";

export class Affected {
  readonly #sources = new Map<string, ReadonlySet<string>>();

  /** A server's sources, as its bundle named them; a failed bundle keeps the former ones. */
  learn(server: string, sources: readonly string[]): void {
    this.#sources.set(server, new Set(sources));
  }

  /** Servers whose code is made of one of the files, sorted. Paths are relative to the top folder. */
  by(files: readonly string[]): string[] {
    const found = [...this.#sources].filter(
      ([server, sources]) =>
        files.some((file) => sources.has(file) || isOwn(server, file)) && !files.every(isAside),
    );
    return found.map(([server]) => server).sort();
  }

  /** Whether it is a server that the build has made. */
  knows(server: string): boolean {
    return this.#sources.has(server);
  }

  /** Whether a file is part of a server's code. */
  isPart(server: string, file: string): boolean {
    return this.#sources.get(server)?.has(file) === true || isOwn(server, file);
  }
}

/** A server's three fixed files count even where its last bundle did not name them. */
function isOwn(server: string, file: string): boolean {
  return ["main", "manifest", "contract"].some((name) => file === `servers/${server}/${name}.ts`);
}

/** What never is part of code. */
export function isAside(file: string): boolean {
  return /\.test\.ts$|\.md$|(^|\/)testing\//.test(file);
}

/** What the last build made each server of. */
export function affectedFromBuild(servers: readonly string[]): Affected {
  const affected = new Affected();
  for (const name of servers) {
    const dependencies = `${scriptPath(name)}.d`;
    if (existsSync(dependencies)) affected.learn(name, parseDependencies(dependencies));
  }
  return affected;
}
