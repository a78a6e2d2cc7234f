// A small simulated system for tests of hot swap: init, servers that a test writes down, and a host among them that pushes code over
// /svc/session. What the host says stands in the machine's log.
import { createHash } from "node:crypto";
import { type ManifestFields, packManifest } from "../../../sdk/contract/manifest.ts";
import { pushingHost } from "../../../sdk/sim/testing/pushing-host.ts";
import { freshSystem, SimGuest } from "../../../sdk/sim/testing/sim-guest.ts";
import { serverScript } from "../../../sdk/sim/testing/server-script.ts";

const digestOf = (text: string) => createHash("sha256").update(text).digest("hex");

/** A server of the scene: its manifest (12 MiB unless it says more) and the code of its main.ts. */
export interface SceneServer {
  readonly fields: ManifestFields;
  readonly code: string;
}

/** For the host's body: the counter's client, and one that calls without a pause. */
const counterClient = `
  const opened = await connect(Counter, "/svc/counter");
  if (opened instanceof Failure) throw new Error(opened.sentence);
  const counter = opened;
  const add = async (by: number) => {
    const reply = await counter.add({ by });
    return reply instanceof Failure ? reply.sentence : reply.sum;
  };
  const code = async () => {
    const reply = await counter.code({});
    return reply instanceof Failure ? reply.sentence : reply.code;
  };
  // a client that calls without a pause: how many sums it got, whether each was the next, the longest wait in ns
  const load = { on: false, calls: 0, wrong: [] as string[], worst: 0, over: Promise.resolve() };
  const client = async () => {
    let last = -1;
    while (load.on) {
      const begun = now();
      const sum = await add(1);
      load.worst = Math.max(load.worst, now() - begun);
      if (typeof sum === "string" || (last >= 0 && sum !== last + 1)) load.wrong.push(last + " then " + sum);
      if (typeof sum === "number") last = sum;
      load.calls++;
    }
  };
  const begin = () => { load.on = true; load.over = client(); };
  const end = async () => { load.on = false; await load.over; };
  void [add, code, begin, end];
`;

/** What a scene may have beside. */
export interface SceneMore {
  /** scripts that are pushed as they are */
  readonly scripts?: Record<string, string>;
  /** kernels of the image */
  readonly kernels?: Record<string, Uint8Array>;
  /** lines before the host's code */
  readonly imports?: string;
  /** servers of the built system */
  readonly more?: readonly string[];
}

/** A host that pushes `codes`, scripts or bytecode of versions of the first server, and does what `body` says. */
export function sceneHost(
  servers: readonly SceneServer[],
  codes: Record<string, string | Uint8Array>,
  body: string,
  beside: SceneMore = {},
): SceneServer {
  const used = servers.flatMap(
    ({ fields }) => Object.keys(fields.serves ?? {}) as `/svc/${string}`[],
  );
  return {
    fields: {
      name: "host",
      uses: ["/svc/session", ...used],
      may: ["see", "manage", "log"],
      budget: 32 << 20,
    },
    code: pushingHost(
      servers[0]!.fields.name,
      codes,
      (servers.some(({ fields }) => fields.name === "counter") ? counterClient : "") + body,
      `import { Counter } from "../../../servers/init/testing/counter.contract.ts";\n${beside.imports ?? ""}`,
    ),
  };
}

/** Boots servers and a host that pushes `codes` (main.ts of versions of the first server). */
export async function swapScene(
  servers: readonly SceneServer[],
  codes: Record<string, string>,
  body: string,
  beside: SceneMore = {},
): Promise<SimGuest> {
  const { bundles, config } = await freshSystem();
  const scripts: Record<string, string> = { ...beside.scripts };
  for (const [name, code] of Object.entries(codes)) scripts[name] = await serverScript(code);
  const host = sceneHost(servers, scripts, body, beside);
  const made: Record<string, string> = {};
  const entries: unknown[] = config.servers.filter(({ name }) => beside.more?.includes(name));
  for (const name of beside.more ?? []) made[name] = bundles[name]!;
  for (const { fields, code } of [...servers, host]) {
    const script = await serverScript(code);
    const digest = digestOf(script);
    made[fields.name] = script;
    const manifest = packManifest({ budget: 12 << 20, ...fields });
    const { name } = fields;
    entries.push({ name, bundle: `bundle/${name}`, digest, scriptDigest: digest, manifest });
  }
  return SimGuest.boot({
    bundles: { init: bundles["init"]!, ...made },
    config: { ...config, servers: entries as typeof config.servers },
    ...(beside.kernels === undefined ? {} : { kernels: beside.kernels }),
  });
}

/** Lets the host finish; the lines that it said. */
export async function hostLines(guest: SimGuest): Promise<string[]> {
  await guest.expect(/^host: done\n/m);
  return (guest.text.match(/^host: .*$/gm) ?? []).map((line) => line.slice(6)).slice(0, -1);
}
