// The network of a server process: the service at /svc/net, which the manifest must name under `uses`, or which an account's session opens.
// Invariant: every stream of a process goes on after an end of netd, wherever its memory is shared.
import type { ClientOf } from "../contract/client.ts";
import { Failure } from "../contract/failure.ts";
import { protections } from "../abi/table.ts";
import { connect } from "../runtime/connect.ts";
import { Memory } from "../runtime/memory.ts";
import { open } from "../runtime/open.ts";
import { after } from "../runtime/timers.ts";
import { Net } from "../../servers/netd/contract.ts";
import type { MappedMemory } from "./stream-rings.ts";
import { Network, type NetworkWorld } from "./network.ts";

type NetClient = ClientOf<typeof Net.methods>;

function map(number: number, write: boolean): MappedMemory | Failure {
  const memory = new Memory(number);
  const view = memory.map(write ? protections.READ | protections.WRITE : protections.READ);
  if (view instanceof Failure) {
    memory.close();
    return view;
  }
  return {
    number: memory.number,
    copyOut: (at, to, start, count) => view.copyOut(at, to, start, count),
    copyIn: (at, from, start, count) => view.copyIn(at, from, start, count),
    copy: () => memory.duplicate(),
    close: () => {
      view.close();
      memory.close();
    },
  };
}

/** How a process, or a session that it acts for, comes to the network: a new client each time. */
export type OpenNet = () => Promise<NetClient | Failure>;

/** The service of this process's manifest. */
const ownNet: OpenNet = () => connect(Net, "/svc/net");

/**
 * What the functions of this folder need of a process: its streams share memory, and go on after an end of netd through what `opener` gives
 * then. All streams over it ask the same new client, which `close` lets go of.
 */
export function worldOver(opener: OpenNet): NetworkWorld {
  let present: Promise<NetClient | Failure> | undefined;
  const again: OpenNet = async () => {
    const known = present;
    const asked = known ?? opener();
    present = asked;
    const net = await asked;
    if (!(net instanceof Failure) && !net.closed) return net;
    // Who waited beside this one may have asked anew.
    if (present === asked) present = undefined;
    // One that was opened just now and is closed already says that netd has ended again: whoever asks waits a while.
    return net instanceof Failure || known === undefined ? net : again();
  };
  const close = () => {
    void present?.then((net) => void (net instanceof Failure || net.close()));
    present = undefined;
  };
  return { open, after, map, again, close };
}

/** What they need of a server's process whose manifest names /svc/net. */
export const processWorld: NetworkWorld = worldOver(ownNet);

/** Opens the network by `opener`, or /svc/net: the network, or REFUSED, NOT_FOUND or UNAVAILABLE. */
export async function openNetwork(opener: OpenNet = ownNet): Promise<Network | Failure> {
  const net = await opener();
  return net instanceof Failure ? net : new Network(net, worldOver(opener));
}
