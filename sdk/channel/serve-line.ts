// Serves a line to the host under a name of the manifest: one client at a time has it.
// Invariant: what a client that is gone has asked for is forgotten, so that the next one begins with what arrives then.
import { HostStream } from "../../servers/virtio-serial/contract.ts";
import { type Failure, failures, refuse } from "../contract/failure.ts";
import type { Peer } from "../contract/server.ts";
import { serve } from "../runtime/serve.ts";
import type { Line } from "./line.ts";

type Client = Peer<typeof HostStream.methods>;

export function serveLine<F extends string>(name: string, line: Line<F>): void {
  let owner: Client | undefined;
  const mine = (peer: Client): Failure | undefined => {
    owner ??= peer;
    if (owner === peer) return undefined;
    return refuse(failures.BUSY, `the line to the host is in use by ${owner.name}`);
  };
  serve(name, HostStream, {
    read: (_request, peer) => mine(peer) ?? line.read(),
    write: ({ bytes }, peer) => mine(peer) ?? line.write(bytes),
    closed: (peer) => {
      if (owner !== peer) return;
      owner = undefined;
      line.drop();
    },
  });
}
