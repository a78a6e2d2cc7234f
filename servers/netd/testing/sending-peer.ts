// A host on the simulated wire that sends all of `data` to whoever connects to it at port 8000, and ends the connection then.
import type { SimGuest } from "../../../sdk/sim/testing/sim-guest.ts";
import { actTcp, listenTcp } from "../tcp-operation.ts";
import { tcpAccept, tcpFinish, tcpSend } from "../tcp/calls.ts";
import type { Connection } from "../tcp/connection.ts";
import type { Listener } from "../tcp/table.ts";
import { takeSignalled } from "../tcp/table.ts";
import { WirePeer } from "./wire-peer.ts";

/** The host, and whether all was sent and acknowledged. */
export function sendingPeer(guest: SimGuest, data: Uint8Array) {
  const peer = new WirePeer(guest);
  const { stack } = peer.host;
  const listener = listenTcp(stack, peer.turn, 0, 8000, 4) as Listener;
  let connection: Connection | undefined;
  let sent = 0;
  let finished = false;
  peer.work = () => {
    takeSignalled(stack.tcp);
    connection ??= tcpAccept(listener);
    const open = connection;
    if (open === undefined || finished) return;
    sent += actTcp(stack, peer.turn, (tcp) => tcpSend(tcp, peer.turn, open, data, sent));
    if (sent < data.length) return;
    finished = true;
    actTcp(stack, peer.turn, (tcp) => tcpFinish(tcp, peer.turn, open));
  };
  return { peer, over: () => finished && connection?.outgoing.length === 0 };
}
