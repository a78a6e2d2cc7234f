// `fetch`: a page over HTTP, as text.
// Invariant: what a server sends can't steer the terminal: control characters but tab and line feed are shown as a point.
import { CancelToken } from "../../../sdk/contract/client.ts";
import { Failure } from "../../../sdk/contract/failure.ts";
import { fetch as ask } from "../../../sdk/net/fetch.ts";
import { Network } from "../../../sdk/net/network.ts";
import { open as openEnd } from "../../../sdk/runtime/open.ts";
import { after } from "../../../sdk/runtime/timers.ts";
import { Net } from "../../netd/contract.ts";
import { utf8Stream, utf8Take } from "../utf8-stream.ts";
import type { Command } from "./command.ts";

const TIMEOUT = 15e9;

const shown = (point: number) =>
  (point < 32 && point !== 9 && point !== 10) || (point >= 127 && point < 160) ? 0x2e : point;

export const fetch: Command = {
  name: "fetch",
  usage: "http://HOST[:PORT]/PATH",
  help: "prints a page of the network",
  least: 1,
  most: 1,
  run: async ({ open, terminal }, [url = ""]) => {
    const net = await open(Net, "/svc/net");
    if (net instanceof Failure) return net;
    const cancel = new CancelToken();
    terminal.onInterrupt = () => cancel.cancel();
    const network = new Network(net, { open: openEnd, after });
    const answer = await ask(network, url.includes("://") ? url : `http://${url}`, {
      timeout: TIMEOUT,
      cancel,
    });
    if (answer instanceof Failure) {
      net.close();
      return terminal.interrupted ? undefined : answer;
    }
    if (answer.status !== 200) terminal.print(`${answer.status} ${answer.phrase}\n`);
    const utf8 = utf8Stream();
    let last = 10;
    let failure: Failure | undefined;
    while (failure === undefined && !terminal.interrupted) {
      const part = await answer.read({ timeout: TIMEOUT, cancel });
      if (part instanceof Failure) failure = part;
      else if (part.done) break;
      else {
        let text = "";
        for (let at = 0; at < part.value.length; at++) {
          const point = utf8Take(utf8, part.value[at]!);
          if (point < 0 || point === 13) continue;
          last = shown(point);
          text += String.fromCodePoint(last);
        }
        terminal.print(text);
        await terminal.room();
      }
    }
    if (last !== 10) terminal.print("\n");
    answer.close();
    net.close();
    return terminal.interrupted ? undefined : failure;
  },
};
