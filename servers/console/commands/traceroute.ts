// `traceroute`: the routers on the way to a host, by echo requests that live for one hop more each time.
import { CancelToken } from "../../../sdk/contract/client.ts";
import { Failure, failures, refuse } from "../../../sdk/contract/failure.ts";
import { Net } from "../../netd/contract.ts";
import type { Command } from "./command.ts";

const HOPS = 30;
const HOPS_MOST = 255;
/** Requests for each hop, at once; as many as wait for a neighbour's hardware address. */
const PROBES = 3;
/** How long they are waited for, in nanoseconds: until a neighbour counts as silent, and some more. */
const TIMEOUT = 3.5e9;

const milliseconds = (time: number) => `${(time / 1e6).toFixed(2)} ms`;

export const traceroute: Command = {
  name: "traceroute",
  usage: "HOST [HOPS]",
  help: "shows the routers on the way to a host",
  least: 1,
  most: 2,
  run: async ({ open, terminal }, [host = "", many]) => {
    const most = many === undefined ? HOPS : Number(many);
    if (!Number.isInteger(most) || most < 1 || most > HOPS_MOST)
      return refuse(failures.INVALID, `give a number of hops from 1 to ${HOPS_MOST}`);
    const net = await open(Net, "/svc/net");
    if (net instanceof Failure) return net;
    const cancel = new CancelToken();
    terminal.onInterrupt = () => cancel.cancel();
    let failure: Failure | undefined;
    for (let hops = 1, there = false; hops <= most && !there; hops++) {
      const asked = { host, hops, timeout: TIMEOUT };
      const answers = await Promise.all(
        Array.from({ length: PROBES }, () => net.trace(asked, { cancel })),
      );
      if (terminal.interrupted) break;
      failure = answers.find((each) => each instanceof Failure);
      if (failure !== undefined) break;
      let line = `${hops}`.padStart(3);
      let last = "";
      for (const answer of answers) {
        if (answer instanceof Failure) continue;
        const { outcome, from, roundTrip } = answer;
        if (outcome === "timeout") {
          line += "  *";
          continue;
        }
        there ||= outcome !== "expired";
        const who = from === "" ? "this host" : from;
        if (who !== last) line += `  ${who}`;
        last = who;
        line += outcome === "unreachable" ? "  unreachable" : `  ${milliseconds(roundTrip)}`;
      }
      terminal.print(`${line}\n`);
      await terminal.room();
    }
    net.close();
    return failure;
  },
};
