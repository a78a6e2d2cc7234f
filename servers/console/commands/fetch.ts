// `fetch`: a page over HTTP, as text.
import { CancelToken } from "../../../sdk/contract/client.ts";
import { Failure } from "../../../sdk/contract/failure.ts";
import { fetch as ask } from "../../../sdk/net/fetch.ts";
import { openNetwork } from "../../../sdk/net/open-network.ts";
import { Net } from "../../netd/contract.ts";
import type { Command } from "./command.ts";
import { ShownText } from "./shown-text.ts";

const TIMEOUT = 15e9;

export const fetch: Command = {
  name: "fetch",
  usage: "http://HOST[:PORT]/PATH",
  help: "prints a page of the network",
  least: 1,
  most: 1,
  run: async ({ open, terminal }, [url = ""]) => {
    const network = await openNetwork(() => open(Net, "/svc/net"));
    if (network instanceof Failure) return network;
    const cancel = new CancelToken();
    terminal.onInterrupt = () => cancel.cancel();
    const answer = await ask(network, url.includes("://") ? url : `http://${url}`, {
      timeout: TIMEOUT,
      cancel,
    });
    if (answer instanceof Failure) {
      network.close();
      return terminal.interrupted ? undefined : answer;
    }
    if (answer.status !== 200) terminal.print(`${answer.status} ${answer.phrase}\n`);
    const shown = new ShownText();
    let failure: Failure | undefined;
    while (failure === undefined && !terminal.interrupted) {
      const part = await answer.read({ timeout: TIMEOUT, cancel });
      if (part instanceof Failure) failure = part;
      else if (part.done) break;
      else {
        terminal.print(shown.take(part.value));
        await terminal.room();
      }
    }
    if (!shown.lineEnded) terminal.print("\n");
    answer.close();
    network.close();
    return terminal.interrupted ? undefined : failure;
  },
};
