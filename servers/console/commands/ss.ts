// `ss`: the TCP connections of this machine.
import { Failure } from "../../../sdk/contract/failure.ts";
import { Net } from "../../netd/contract.ts";
import { textTable } from "../text-table.ts";
import type { Command } from "./command.ts";
import { dotted } from "./dotted.ts";

export const ss: Command = {
  name: "ss",
  usage: "",
  help: "lists TCP connections",
  least: 0,
  most: 0,
  run: async ({ open, terminal }) => {
    const net = await open(Net, "/svc/net");
    if (net instanceof Failure) return net;
    const rows: string[][] = [];
    for (let after = 0; ; ) {
      const found = await net.connections({ after });
      if (found instanceof Failure) {
        net.close();
        return found;
      }
      for (const each of found.list) {
        after = each.id;
        rows.push([
          each.state,
          `${each.received}`,
          `${each.sending}`,
          `${dotted(each.localAddress)}:${each.localPort}`,
          `${dotted(each.remoteAddress)}:${each.remotePort}`,
        ]);
      }
      if (found.list.length === 0) break;
    }
    net.close();
    terminal.print(textTable(["STATE", "RECEIVED", "SENDING", "HERE", "THERE"], rows, [1, 2]));
    return undefined;
  },
};
