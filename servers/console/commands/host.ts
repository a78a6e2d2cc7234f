// `host`: the addresses of a name, or the names of an address.
import { CancelToken } from "../../../sdk/contract/client.ts";
import { Failure } from "../../../sdk/contract/failure.ts";
import { Net } from "../../netd/contract.ts";
import type { Command } from "./command.ts";

const TIMEOUT = 15e9;

export const host: Command = {
  name: "host",
  usage: "NAME",
  help: "looks a name up, or the names of an IPv4 address",
  least: 1,
  most: 1,
  run: async ({ open, terminal }, [name = ""]) => {
    const net = await open(Net, "/svc/net");
    if (net instanceof Failure) return net;
    const cancel = new CancelToken();
    terminal.onInterrupt = () => cancel.cancel();
    const kinds = /^[0-9.]+$/.test(name) ? (["ptr"] as const) : (["a", "aaaa"] as const);
    let lines = "";
    let missing = false;
    for (const kind of kinds) {
      const found = await net.resolve({ name, kind, timeout: TIMEOUT }, { cancel });
      if (found instanceof Failure) {
        net.close();
        return terminal.interrupted ? undefined : found;
      }
      for (const answer of found.answers) lines += `${answer}\n`;
      // What does not exist has nothing of any kind.
      missing = found.outcome === "no-name";
      if (missing) break;
    }
    net.close();
    const nothing = missing ? "there is no such name\n" : "it has no address\n";
    terminal.print(lines === "" ? nothing : lines);
    return undefined;
  },
};
