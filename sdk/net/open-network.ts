// The network of a server process: the service at /svc/net, which the manifest must name under `uses`.
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
    copyOut: (at, to, start, count) => view.copyOut(at, to, start, count),
    copyIn: (at, from, start, count) => view.copyIn(at, from, start, count),
    copy: () => memory.duplicate(),
    close: () => {
      view.close();
      memory.close();
    },
  };
}

let present: Promise<NetClient | Failure> | undefined;

/** The service after an end of its server; all streams of the process ask the same one. */
async function again(): Promise<NetClient | Failure> {
  present ??= connect(Net, "/svc/net");
  const net = await present;
  if (!(net instanceof Failure) && !net.closed) return net;
  present = undefined;
  return net instanceof Failure ? net : again();
}

/** What the functions of this folder need of a server's process. */
export const processWorld: NetworkWorld = { open, after, map, again };

/** Opens /svc/net: the network, or REFUSED, NOT_FOUND or UNAVAILABLE. */
export async function openNetwork(): Promise<Network | Failure> {
  const net = await connect(Net, "/svc/net");
  return net instanceof Failure ? net : new Network(net, processWorld);
}
