// Carries a host's request out over this server's session: the calls that the shell uses, and no others.
// Invariant: every request gets one answer; what the manifest's `may` does not allow comes back as the session's own refusal.
import type { ChannelAnswer, ChannelRequest } from "../../sdk/channel/request.ts";
import { protections } from "../../sdk/abi/table.ts";
import type { Client } from "../../sdk/contract/client.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { closeHandle } from "../../sdk/runtime/handle.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import type { Session } from "../init/contract.ts";
import type { Pushes } from "./pushes.ts";
import { recordPiece } from "./record-piece.ts";
import { scriptCalls, type Scripts } from "./scripts.ts";

/** Calls that a host may ask for; those that hand out channels are not among them. */
export const calls = [
  "account",
  "audit",
  "capabilities",
  "channels",
  "clear",
  "kill",
  "log",
  "memory",
  "messages",
  "processes",
  "restart",
  "rollback",
  "servers",
  "services",
  "trace",
  "traced",
  "uptime",
  "waits",
] as const;

/** What fits into a message of 4,096 bytes beside the other fields. */
const MANIFEST = 3584;
/** Bytes of a message on the channel to the host. */
const MESSAGE = 256 << 10;

type Call = (fields: object) => Promise<object | Failure>;

/** Calls that this server answers itself: with what was pushed, or with the text in the memory that init gives. */
export const pushCalls = ["push", "record", "state", "swap"] as const;

/** Asks the session. */
export async function ask(
  session: Client<typeof Session>,
  pushes: Pushes,
  scripts: Pick<Scripts, "ask">,
  { id, call, fields }: ChannelRequest,
): Promise<ChannelAnswer> {
  return answer(id, await result(session, pushes, scripts, call, fields));
}

/** A result as the answer with that id. */
export function answer(id: number, value: object | Failure): ChannelAnswer {
  if (value instanceof Failure)
    return { id, failure: { code: value.code, sentence: value.sentence } };
  return { id, reply: value as { [name: string]: unknown } };
}

async function result(
  session: Client<typeof Session>,
  pushes: Pushes,
  scripts: Pick<Scripts, "ask">,
  call: string,
  fields: ChannelRequest["fields"],
): Promise<object | Failure> {
  if (call === "push") return pushes.begin(fields);
  if (call === "state") return state(session, fields);
  if (call === "record") return recordPiece(session, fields);
  if (call === "swap") return swap(session, pushes, fields);
  if ((scriptCalls as readonly string[]).includes(call)) return scripts.ask(call, fields);
  if (!(calls as readonly string[]).includes(call)) {
    const all = [...calls, ...pushCalls, ...scriptCalls].join();
    return refuse(failures.UNKNOWN_METHOD, `there is no call ${call}; there are: ${all}`);
  }
  try {
    return await (session as unknown as { [name: string]: Call })[call]!(fields);
  } catch {
    // The encoder met a field of another kind altogether.
    return refuse(failures.INVALID, `session.${call}: a field is missing or of another type`);
  }
}

/** A server's state as text: what init gives is memory, and a host has none of ours. */
async function state(
  session: Client<typeof Session>,
  { server }: ChannelRequest["fields"],
): Promise<object | Failure> {
  if (typeof server !== "string") return refuse(failures.INVALID, "state: `server` must be text");
  const given = await session.state({ server });
  if (given instanceof Failure) return given;
  const memory = new Memory(given.text);
  const size = Math.min(given.size, MESSAGE / 2);
  const view = memory.map(protections.READ, 0, size);
  memory.close();
  if (view instanceof Failure) return view;
  const bytes = new Uint8Array(size);
  view.copyOut(0, bytes, 0, size);
  view.close();
  if (given.size > size)
    return refuse(failures.LIMIT, `state: ${given.size} bytes are more than a message holds`);
  return { text: uusi.decode(bytes, 0, size) ?? "" };
}

/** Hands pushed code to init, which hashes it once more and decides; the codes of `together` before. */
async function swap(
  session: Client<typeof Session>,
  pushes: Pushes,
  fields: ChannelRequest["fields"],
): Promise<object | Failure> {
  const { together = [] } = fields;
  if (!Array.isArray(together)) return refuse(failures.INVALID, "swap: `together` must be a list");
  const names: string[] = [];
  for (let i = 0; i < together.length; i++) {
    const other = codeOf(pushes, together[i] ?? {});
    const staged = other instanceof Failure ? other : await session.stage(other);
    if (staged instanceof Failure) return staged;
    names.push((other as { server: string }).server);
  }
  const own = codeOf(pushes, fields);
  return own instanceof Failure ? own : session.swap({ ...own, together: names });
}

/** Pushed code as init takes it, its kernels beside it. */
function codeOf(pushes: Pushes, fields: ChannelRequest["fields"]) {
  const { server, digest, manifest, kernels = [] } = fields;
  if (typeof server !== "string" || typeof manifest !== "string" || !Array.isArray(kernels))
    return refuse(failures.INVALID, "swap: `server` and `manifest` must be text, `kernels` a list");
  const text = new Uint8Array(3 * manifest.length);
  const bytes = uusi.encode(manifest, text, 0);
  if (bytes > MANIFEST)
    return refuse(failures.LIMIT, `swap: a manifest has at most ${MANIFEST} bytes as JSON`);
  const own = pushedCode(pushes, digest);
  if (own instanceof Failure) return own;
  const given: (typeof own & { name: string })[] = [];
  for (let i = 0; i < kernels.length; i++) {
    const { name, digest: its } = (kernels[i] ?? {}) as { [field: string]: unknown };
    const kernel =
      typeof name === "string"
        ? pushedCode(pushes, its)
        : refuse(failures.INVALID, "swap: each of `kernels` needs a `name`");
    if (kernel instanceof Failure) {
      for (const { code } of [own, ...given]) closeHandle(code);
      return kernel;
    }
    given.push({ ...kernel, name: name as string });
  }
  return { server, ...own, manifest: text.slice(0, bytes), kernels: given };
}

/** A handle to code that was pushed, to give away. */
function pushedCode(pushes: Pushes, digest: unknown) {
  const found = pushes.code(digest);
  if (found instanceof Failure) return found;
  const code = found.memory.handle();
  if (code instanceof Failure) return code;
  return { code, size: found.size, digest: found.digest };
}
