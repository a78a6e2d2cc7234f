// The network of a server process: the service at /svc/net, which the manifest must name under `uses`.
import { Failure } from "../contract/failure.ts";
import { protections } from "../abi/table.ts";
import { connect } from "../runtime/connect.ts";
import { Memory } from "../runtime/memory.ts";
import { open } from "../runtime/open.ts";
import { after } from "../runtime/timers.ts";
import { Net } from "../../servers/netd/contract.ts";
import { Network } from "./network.ts";

function map(number: number, write: boolean) {
  const memory = new Memory(number);
  const view = memory.map(write ? protections.READ | protections.WRITE : protections.READ);
  memory.close();
  return view;
}

/** Opens /svc/net: the network, or REFUSED, NOT_FOUND or UNAVAILABLE. */
export async function openNetwork(): Promise<Network | Failure> {
  const net = await connect(Net, "/svc/net");
  return net instanceof Failure ? net : new Network(net, { open, after, map });
}
