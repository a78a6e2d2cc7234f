// Carries a host's request out over this server's session: the calls that the shell uses, and no others.
// Invariant: every request gets one answer; what the manifest's `may` does not allow comes back as the session's own refusal.
import type { ChannelAnswer, ChannelRequest } from "../../sdk/channel/request.ts";
import type { Client } from "../../sdk/contract/client.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import type { Session } from "../init/contract.ts";

/** Calls that a host may ask for; those that hand out channels are not among them. */
export const calls = [
  "account",
  "capabilities",
  "clear",
  "kill",
  "log",
  "memory",
  "processes",
  "restart",
  "servers",
  "services",
  "uptime",
] as const;

type Call = (fields: object) => Promise<object | Failure>;

/** Asks the session. */
export async function ask(
  session: Client<typeof Session>,
  { id, call, fields }: ChannelRequest,
): Promise<ChannelAnswer> {
  const answer = await result(session, call, fields);
  if (answer instanceof Failure)
    return { id, failure: { code: answer.code, sentence: answer.sentence } };
  return { id, reply: answer as { [name: string]: unknown } };
}

async function result(
  session: Client<typeof Session>,
  call: string,
  fields: object,
): Promise<object | Failure> {
  if (!(calls as readonly string[]).includes(call))
    return refuse(failures.UNKNOWN_METHOD, `there is no call ${call}; there are: ${calls.join()}`);
  try {
    return await (session as unknown as { [name: string]: Call })[call]!(fields);
  } catch {
    // The encoder met a field of another kind altogether.
    return refuse(failures.INVALID, `session.${call}: a field is missing or of another type`);
  }
}
