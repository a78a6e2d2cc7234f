// In which order servers start: whoever serves a name before those that use it.
// Invariant: every server of the input is either in `order` once, or in `problems` with a sentence that names the fault.

/** What the order depends on. */
export interface Placed {
  readonly name: string;
  readonly serves: readonly { readonly name: string }[];
  readonly uses: readonly string[];
}

export interface StartOrder<S extends Placed> {
  readonly order: S[];
  readonly problems: { readonly server: string; readonly sentence: string }[];
}

/** A name that is used but served by nobody is no fault of order: opening it says so. `own` are names served by init. */
export function startOrder<S extends Placed>(
  servers: readonly S[],
  own: readonly string[],
): StartOrder<S> {
  const order: S[] = [];
  const problems: { server: string; sentence: string }[] = [];
  const byName: { [name: string]: S | undefined } = {};
  const servedBy: { [name: string]: S | undefined } = {};
  for (const server of servers) {
    const fault = place(server, own, byName, servedBy);
    if (fault !== undefined) problems.push({ server: server.name, sentence: fault });
  }
  // 1: on the path, 2: placed, 3: refused
  const state: { [name: string]: number | undefined } = {};
  const visit = (server: S, path: readonly string[]): boolean => {
    const seen = state[server.name];
    if (seen === 2 || seen === 3) return seen === 2;
    if (seen === 1) {
      const circle = [...path.slice(path.indexOf(server.name)), server.name].join(" uses ");
      problems.push({ server: server.name, sentence: `the servers need each other: ${circle}` });
      return false;
    }
    state[server.name] = 1;
    let sound = true;
    for (const name of server.uses) {
      const other = servedBy[name];
      if (other !== undefined && other !== server && !visit(other, [...path, server.name])) {
        sound = false;
        break;
      }
    }
    state[server.name] = sound ? 2 : 3;
    if (sound) order.push(server);
    else if (!problems.some((problem) => problem.server === server.name))
      problems.push({ server: server.name, sentence: "it needs a server that cannot start" });
    return sound;
  };
  for (const server of servers) if (byName[server.name] === server) visit(server, []);
  return { order, problems };
}

function place<S extends Placed>(
  server: S,
  own: readonly string[],
  byName: { [name: string]: S | undefined },
  servedBy: { [name: string]: S | undefined },
): string | undefined {
  if (byName[server.name] !== undefined) return `two servers are called ${server.name}`;
  for (const { name } of server.serves) {
    const other = servedBy[name];
    if (other !== undefined) return `${name} is already served by ${other.name}`;
    if (own.includes(name)) return `${name} is served by init itself`;
  }
  byName[server.name] = server;
  for (const { name } of server.serves) servedBy[name] = server;
  return undefined;
}
