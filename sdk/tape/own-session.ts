// The module `sys` of a server in Tape: what its manifest's `may` allows over /svc/session.
import { Session } from "../../servers/init/contract.ts";
import type { Client } from "../contract/client.ts";
import { Failure } from "../contract/failure.ts";
import { connect } from "../runtime/connect.ts";
import { log } from "../runtime/log.ts";
import type { Value } from "./exchange.ts";
import { sysCall } from "./reach.ts";

let session: Client<typeof Session> | undefined;

async function ownSession(): Promise<Client<typeof Session> | Failure> {
  if (session !== undefined && !session.closed) return session;
  const opened = await connect(Session, "/svc/session");
  if (!(opened instanceof Failure)) session = opened;
  return opened;
}

/** How a program reaches the system beyond its services. */
export interface OwnSession {
  /** Calls `sys NAME`. */
  call(name: string, args: readonly Value[]): Promise<Value | Failure>;
  /** Hands events in from the one after `last` on; ends, with a line in the log, when that is refused. */
  hear(last: number, event: (value: Value) => void): Promise<void>;
}

export const sys: OwnSession = {
  call: (name, args) => sysCall(name, args, ownSession),
  async hear(last, event) {
    for (let position = last; ; ) {
      const client = await ownSession();
      const news = client instanceof Failure ? client : await client.events({ after: position });
      if (news instanceof Failure) return log(`no more events: ${news.sentence}`, "error");
      position = news.last;
      for (const value of news.events) event(value);
    }
  },
};
