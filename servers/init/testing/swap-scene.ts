// A small simulated system for tests of hot swap: init, servers that a test writes down, and a host among them that pushes code over
// /svc/session. What the host says stands in the machine's log.
import { createHash } from "node:crypto";
import { type ManifestFields, packManifest } from "../../../sdk/contract/manifest.ts";
import { freshSystem, SimGuest } from "../../../sdk/sim/testing/sim-guest.ts";
import { serverScript } from "../../../sdk/sim/testing/server-script.ts";

const digestOf = (text: string) => createHash("sha256").update(text).digest("hex");

/** A server of the scene: its manifest (12 MiB unless it says more) and the code of its main.ts. */
export interface SceneServer {
  readonly fields: ManifestFields;
  readonly code: string;
}

const imports = `
import { Failure } from "../../../sdk/contract/failure.ts";
import { connect } from "../../../sdk/runtime/connect.ts";
import { Memory } from "../../../sdk/runtime/memory.ts";
import { now } from "../../../sdk/runtime/time.ts";
import { sleep } from "../../../sdk/runtime/timers.ts";
import { Counter } from "../../../servers/init/testing/counter.contract.ts";
import { Session } from "../../../servers/init/contract.ts";
`;

/**
 * The code of the host: \`swap(name)\` pushes a code of \`codes\` to \`server\`, \`say\` writes a line. \`body\` runs with \`session\` open.
 */
function hostCode(server: string, codes: Record<string, string>, body: string): string {
  const pushed = Object.entries(codes).map(
    ([name, script]) =>
      `${name}: { script: ${JSON.stringify(script)}, digest: "${digestOf(script)}" }`,
  );
  return `${imports}
const codes: Record<string, { script: string; digest: string }> = { ${pushed.join(",\n")} };
const say = (text: string) => log(text, "warning");
run(async () => {
  ready();
  const session = await connect(Session, "/svc/session");
  if (session instanceof Failure) throw new Error(session.sentence);
  const push = (name: string): [Memory, number] => {
    const { script } = codes[name]!;
    const bytes = new Uint8Array(script.length);
    const size = uusi.encode(script, bytes, 0);
    const memory = Memory.create(size);
    if (memory instanceof Failure) throw new Error(memory.sentence);
    const view = memory.map();
    if (view instanceof Failure) throw new Error(view.sentence);
    view.copyIn(0, bytes, 0, size);
    view.close();
    return [memory, size];
  };
  const swap = async (
    name: string,
    [memory, size]: [Memory, number] = push(name),
    manifest = "",
    digest = codes[name]!.digest,
  ) => {
    const text = new Uint8Array(manifest.length);
    uusi.encode(manifest, text, 0);
    const answer = await session.swap({ server: "${server}", code: memory.take(), size, digest, manifest: text });
    return answer instanceof Failure ? \`failed: \${answer.sentence}\` : answer.line;
  };
  const rollback = async () => {
    const answer = await session.rollback({ server: "${server}" });
    return answer instanceof Failure ? \`failed: \${answer.sentence}\` : answer.line;
  };
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
  const held = async () => {
    const row = await session.processes({ from: 0 });
    if (row instanceof Failure) return -1;
    return row.processes.find((each) => each.name === "${server}")?.handles ?? 0;
  };
  void [push, swap, rollback, sleep, add, code, begin, end, held];
  ${body}
  say("done");
});
`;
}

/** Boots servers and a host that pushes \`codes\` (main.ts of versions of the first server). */
export async function swapScene(
  servers: readonly SceneServer[],
  codes: Record<string, string>,
  body: string,
): Promise<SimGuest> {
  const { bundles, config } = await freshSystem();
  const server = servers[0]!.fields.name;
  const scripts: Record<string, string> = {};
  for (const [name, code] of Object.entries(codes)) scripts[name] = await serverScript(code);
  const host: SceneServer = {
    fields: {
      name: "host",
      uses: ["/svc/session", "/svc/counter"],
      may: ["see", "manage", "log"],
      budget: 32 << 20,
    },
    code: hostCode(server, scripts, body),
  };
  const made: Record<string, string> = {};
  const entries = [];
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
    config: { ...config, servers: entries },
  });
}

/** Lets the host finish; the lines that it said. */
export async function hostLines(guest: SimGuest): Promise<string[]> {
  await guest.expect(/^host: done\n/m);
  return (guest.text.match(/^host: .*$/gm) ?? []).map((line) => line.slice(6)).slice(0, -1);
}
