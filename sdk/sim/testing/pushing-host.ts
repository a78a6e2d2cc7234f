// The code of a server that pushes code over /svc/session, as a development host does through `dev`: for tests of hot swap on the simulated
// nucleus. Its manifest uses /svc/session and may "manage" and "see".
import { createHash } from "node:crypto";

const imports = `
import { Failure } from "../../../sdk/contract/failure.ts";
import { connect } from "../../../sdk/runtime/connect.ts";
import { Memory } from "../../../sdk/runtime/memory.ts";
import { now } from "../../../sdk/runtime/time.ts";
import { sleep } from "../../../sdk/runtime/timers.ts";
import { Session } from "../../../servers/init/contract.ts";
`;

/**
 * Its main.ts. `codes`: scripts by name. `body` runs with \`session\` open, \`say\` (a line of the log), \`push(name)\` (code in memory),
 * \`swap(name)\` and \`rollback()\` (the answer's line), \`held()\` (handles of the server). `before`: more imports.
 */
export function pushingHost(
  server: string,
  codes: Record<string, string>,
  body: string,
  before = "",
): string {
  const pushed = Object.entries(codes).map(([name, script]) => {
    const digest = createHash("sha256").update(script).digest("hex");
    return `${name}: { script: ${JSON.stringify(script)}, length: ${Buffer.byteLength(script)}, digest: "${digest}" }`;
  });
  return `${imports}${before}
const codes: Record<string, { script: string; length: number; digest: string }> = { ${pushed.join(",\n")} };
const say = (text: string) => log(text, "warning");
run(async () => {
  ready();
  const session = await connect(Session, "/svc/session");
  if (session instanceof Failure) throw new Error(session.sentence);
  const push = (name: string): [Memory, number] => {
    const { script, length } = codes[name]!;
    const bytes = new Uint8Array(length);
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
  const rollback = async (drop = false) => {
    const answer = await session.rollback({ server: "${server}", drop });
    return answer instanceof Failure ? \`failed: \${answer.sentence}\` : answer.line;
  };
  const held = async () => {
    const row = await session.processes({ from: 0 });
    if (row instanceof Failure) return -1;
    return row.processes.find((each) => each.name === "${server}")?.handles ?? 0;
  };
  void [push, swap, rollback, held, sleep, now];
  try {
    ${body}
  } catch (error) {
    say(String(error)); // the simulated engine does not notice rejections
  }
  say("done");
});
`;
}
