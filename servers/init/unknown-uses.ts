// What only the whole set of manifests shows: names that are used and served by nobody.
// Invariant: a server that was left out of this boot still counts as serving; opening its name says why it is absent.
import type { ServerEntry } from "./configuration.ts";

/** Sentences, one for each such name. `own`: names that init serves. The servers start all the same: opening is refused. */
export function unknownUses(servers: readonly ServerEntry[], own: readonly string[]): string[] {
  const served: { [name: string]: boolean | undefined } = {};
  for (const name of own) served[name] = true;
  for (const server of servers) for (const { name } of server.manifest.serves) served[name] = true;
  const sentences: string[] = [];
  for (const { name: server, manifest } of servers)
    manifest.uses.forEach((name, index) => {
      if (served[name] !== true)
        sentences.push(
          `${server}: manifest uses[${index}]: nobody serves ${name}; ` +
            "remove the line or add a server that serves it",
        );
    });
  return sentences;
}
