// The code of a server that pushes code over /svc/session, as a development host does through `dev`: for tests of hot swap, on the simulated
// nucleus with scripts and in QEMU with bytecode. Its manifest uses /svc/session and may "manage" and "see".
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
 * Its main.ts. `codes`: scripts or bytecode by name. `body` runs with \`session\` open, \`say\` (a line of the log), \`push(name)\` (code in memory),
 * \`swap(name)\` and \`rollback()\` (the answer's line), \`moment\` (whether the last
 * swap was refused for what was so at that moment), \`held()\` (handles of the server). `before`: more imports.
 */
export function pushingHost(
  server: string,
  codes: Record<string, string | Uint8Array>,
  body: string,
  before = "",
): string {
  const pushed = Object.entries(codes).map(([name, code]) => {
    const digest = createHash("sha256").update(code).digest("hex");
    const isText = typeof code === "string";
    // bytecode as characters below 256, which are bytes in the engine, too
    const script = JSON.stringify(isText ? code : Buffer.from(code).toString("latin1"));
    const length = Buffer.byteLength(code);
    return `${name}: { script: ${script}, isText: ${isText}, length: ${length}, digest: "${digest}" }`;
  });
  return `${imports}${before}
interface Code { script: string; isText: boolean; length: number; digest: string }
const codes: Record<string, Code> = { ${pushed.join(",\n")} };
const say = (text: string) => log(text, "warning");
run(async () => {
  ready();
  const session = await connect(Session, "/svc/session");
  if (session instanceof Failure) throw new Error(session.sentence);
  const made: Record<string, Uint8Array> = {};
  const push = (name: string): [Memory, number] => {
    const { script, length } = codes[name]!;
    const bytes = made[name] ?? new Uint8Array(length);
    const size = bytes === made[name] ? length : uusi.encode(script, bytes, 0);
    const memory = Memory.create(size);
    if (memory instanceof Failure) throw new Error(memory.sentence);
    const view = memory.map();
    if (view instanceof Failure) throw new Error(view.sentence);
    view.copyIn(0, bytes, 0, size);
    view.close();
    return [memory, size];
  };
  let moment = false;
  const swap = async (
    name: string,
    [memory, size]: [Memory, number] = push(name),
    manifest = "",
    digest = codes[name]!.digest,
  ) => {
    const text = new Uint8Array(manifest.length);
    uusi.encode(manifest, text, 0);
    const answer = await session.swap({ server: "${server}", code: memory.take(), size, digest, manifest: text });
    moment = !(answer instanceof Failure) && answer.again === true;
    return answer instanceof Failure ? \`failed: \${answer.sentence}\` : answer.line;
  };
  const rollback = async (drop = false) => {
    const answer = await session.rollback({ server: "${server}", drop });
    moment = !(answer instanceof Failure) && answer.again === true;
    return answer instanceof Failure ? \`failed: \${answer.sentence}\` : answer.line;
  };
  const held = async () => {
    const row = await session.processes({ from: 0 });
    if (row instanceof Failure) return -1;
    return row.processes.find((each) => each.name === "${server}")?.handles ?? 0;
  };
  for (const [name, { script, isText }] of Object.entries(codes)) {
    if (isText) continue;
    const bytes = new Uint8Array(script.length);
    made[name] = bytes;
    for (let i = 0; i < script.length; i++) {
      bytes[i] = script.charCodeAt(i);
      if (i % 4096 === 0) await sleep(0); // a turn has its limit
    }
  }
  void [push, swap, rollback, held, sleep, now, moment];
  try {
    ${body}
  } catch (error) {
    say(String(error)); // the simulated engine does not notice rejections
  }
  say("done");
});
`;
}
