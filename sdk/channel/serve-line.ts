// Serves a line to the host under a name of the manifest: one client at a time has it. New code goes on with its client and its calls.
// Invariant: what a client that is gone has asked for is forgotten, so that the next one begins with what arrives then.
import { HostStream } from "../../servers/virtio-serial/contract.ts";
import { type Failure, failures, refuse } from "../contract/failure.ts";
import type { Peer } from "../contract/server.ts";
import { dispose, onceKept } from "../hot/accept.ts";
import { answer, park } from "../hot/park.ts";
import { serve } from "../runtime/serve.ts";
import { keptLine, lineSession } from "./kept-line.ts";
import { Line, type LinePort } from "./line.ts";

interface Session {
  readonly owns: boolean;
}
type Client = Peer<typeof HostStream.methods, Session>;

/** The line; `broken` as there. */
export function serveLine<F extends string>(
  name: string,
  port: LinePort<F>,
  broken: (fault: F) => void,
): Line<F> {
  const line = new Line(port, broken, {
    park,
    read: (reply, result) => answer(HostStream, "read", reply, result),
    written: (reply) => answer(HostStream, "write", reply, {}),
  });
  let owner: Client | undefined;
  const mine = (peer: Client): Failure | undefined => {
    if (owner === undefined) {
      owner = peer;
      peer.session = { owns: true };
    }
    if (owner === peer) return undefined;
    return refuse(failures.BUSY, `the line to the host is in use by ${owner.name}`);
  };
  const { reader, writes } = keptLine.data;
  line.calls = { ...(reader === undefined ? {} : { reader }), writes: writes.slice() };
  serve<typeof HostStream.methods, Session>(
    name,
    HostStream,
    {
      read: (_request, peer) => mine(peer) ?? line.read(),
      write: ({ bytes }, peer) => mine(peer) ?? line.write(bytes),
      closed: (peer) => {
        if (owner !== peer) return;
        owner = undefined;
        line.drop();
      },
    },
    {
      session: {
        schema: lineSession,
        load: (session: Session, peer) => {
          owner = peer;
          return session;
        },
      },
    },
  );
  dispose(() => {
    keptLine.data = { ...line.calls, writes: line.calls.writes.slice() };
  });
  // What came, and what left, while nobody looked.
  onceKept(() => {
    line.arrived();
    line.room();
  });
  return line;
}
