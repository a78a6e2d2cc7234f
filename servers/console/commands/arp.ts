// `arp`: the hosts on the wire and their hardware addresses.
import { Failure } from "../../../sdk/contract/failure.ts";
import { Net } from "../../netd/contract.ts";
import { dotted } from "./dotted.ts";
import { textTable } from "../text-table.ts";
import { formatSpan } from "../units.ts";
import type { Command } from "./command.ts";

export const arp: Command = {
  name: "arp",
  usage: "",
  help: "lists the hosts on the wire and their hardware addresses",
  least: 0,
  most: 0,
  run: async ({ open, terminal }) => {
    const net = await open(Net, "/svc/net");
    if (net instanceof Failure) return net;
    const found = await net.neighbours({});
    net.close();
    if (found instanceof Failure) return found;
    const rows = found.list.map(({ address, mac, state, validFor }) => [
      dotted(address),
      mac === "" ? "unknown" : mac,
      state,
      validFor === 0 ? "" : formatSpan(validFor),
    ]);
    terminal.print(textTable(["ADDRESS", "HARDWARE", "STATE", "FOR"], rows));
    return undefined;
  },
};
