// `ping`: echo requests to a host, one a second.
import { CancelToken } from "../../../sdk/contract/client.ts";
import { Failure, failures, refuse } from "../../../sdk/contract/failure.ts";
import { Net } from "../../netd/contract.ts";
import type { Command } from "./command.ts";

const COUNT = 4;
const COUNT_MOST = 1000;
const LENGTH = 56;
const TIMEOUT = 2e9;
const PAUSE = 1e9;

const milliseconds = (time: number) => `${Math.floor(time / 1e4) / 100} ms`;

export const ping: Command = {
  name: "ping",
  usage: "HOST [COUNT]",
  help: "sends echo requests to a host",
  least: 1,
  most: 2,
  run: async ({ open, pause, terminal }, [host = "", many]) => {
    const count = many === undefined ? COUNT : Number(many);
    if (!Number.isInteger(count) || count < 1 || count > COUNT_MOST)
      return refuse(failures.INVALID, `give a count from 1 to ${COUNT_MOST}`);
    const net = await open(Net, "/svc/net");
    if (net instanceof Failure) return net;
    const cancel = new CancelToken();
    terminal.onInterrupt = () => cancel.cancel();
    let sent = 0;
    let received = 0;
    while (sent < count && !terminal.interrupted) {
      sent += 1;
      const echo = await net.ping({ host, length: LENGTH, timeout: TIMEOUT }, { cancel });
      if (terminal.interrupted) break;
      if (echo instanceof Failure) {
        net.close();
        return echo;
      }
      if (echo.outcome === "reply") {
        received += 1;
        terminal.print(
          `${echo.length} bytes from ${echo.from}: seq=${sent} ttl=${echo.timeToLive} ` +
            `time=${milliseconds(echo.roundTrip)}\n`,
        );
      } else if (echo.outcome === "timeout") terminal.print(`no answer: seq=${sent}\n`);
      else terminal.print(`${echo.outcome}: seq=${sent} from ${echo.from || "this host"}\n`);
      if (sent < count) await pause(PAUSE);
    }
    net.close();
    terminal.print(`${sent} sent, ${received} received\n`);
    return undefined;
  },
};
