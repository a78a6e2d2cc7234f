// `ip`: the state of the network.
import { Failure } from "../../../sdk/contract/failure.ts";
import { Net } from "../../netd/contract.ts";
import { textTable } from "../text-table.ts";
import { formatBytes, formatSpan } from "../units.ts";
import type { Command } from "./command.ts";

/** A time that means for ever. */
const FOR_EVER = Number.MAX_SAFE_INTEGER;
const span = (time: number) => (time === FOR_EVER ? "never" : formatSpan(time));

export const ip: Command = {
  name: "ip",
  usage: "",
  help: "shows addresses, lease and traffic",
  least: 0,
  most: 0,
  run: async ({ open, terminal }) => {
    const net = await open(Net, "/svc/net");
    if (net instanceof Failure) return net;
    const state = await net.status({});
    net.close();
    if (state instanceof Failure) return state;
    const rows = [
      ["link", state.link ? "up" : "down", state.mac],
      ["address", state.address === "" ? "none" : `${state.address}/${state.prefix}`, ""],
      ["router", state.router === "" ? "none" : state.router, ""],
      ["name servers", state.nameServers.join(", ") || "none", ""],
      ["dhcp", state.dhcp, state.server === "" ? "" : `from ${state.server}`],
      [
        "lease",
        state.address === "" ? "none" : `expires in ${span(state.expiresIn)}`,
        `renewed in ${span(state.renewIn)}`,
      ],
      ["received", `${state.framesReceived} frames`, formatBytes(state.bytesReceived)],
      ["sent", `${state.framesSent} frames`, formatBytes(state.bytesSent)],
    ];
    const { wires = [] } = state;
    // What is said of one card above is enough.
    for (const each of wires.length > 1 ? wires : []) {
      const place = each.address === "" ? each.dhcp : `${each.address}/${each.prefix}`;
      rows.push([each.name, each.link ? "up" : "down", each.mac], ["", place, each.router]);
    }
    if (state.address === "") (rows[5] as string[])[2] = "";
    for (const { code, count } of state.refused) rows.push(["refused", code, `${count}`]);
    terminal.print(textTable(["NETWORK", "STATE", ""], rows));
    return undefined;
  },
};
