// Serves the files of its folder over HTTP at port 80, to at most MOST connections at a time.
// Invariant: a connection is taken from the network only when there is room for it; others wait there.
import { CancelToken } from "../../sdk/contract/client.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { listen, type TcpListener } from "../../sdk/net/listen.ts";
import { Network } from "../../sdk/net/network.ts";
import { processWorld } from "../../sdk/net/open-network.ts";
import { stayConnected } from "../../sdk/runtime/connect.ts";
import { openFiles } from "../../sdk/runtime/files.ts";
import { run } from "../../sdk/runtime/run.ts";
import { exit, log, onTerminating, ready } from "../../sdk/runtime/supervisor.ts";
import { clock, now, SECOND } from "../../sdk/runtime/time.ts";
import { after } from "../../sdk/runtime/timers.ts";
import { Net } from "../netd/contract.ts";
import { converse } from "./conversation.ts";

const PORT = 80;
const MOST = 32;
const BACKLOG = 32;
/** Pause before a port that could not be had is tried again. */
const PAUSE = 2 * SECOND;

run(() => {
  const files = openFiles();
  if (files instanceof Failure) {
    log(files.sentence, "error");
    return;
  }
  const ending = new CancelToken();
  const place = { files, now, clock, ending };
  let talking = 0;
  let wake: (() => void) | undefined;
  let present: TcpListener | undefined;

  /** Takes connections until the listener ends. */
  const serve = async (listener: TcpListener): Promise<void> => {
    present = listener;
    for (;;) {
      while (talking >= MOST) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const accepted = await listener.accept();
      if (accepted instanceof Failure) return;
      talking += 1;
      void converse(accepted.stream, place).finally(() => {
        talking -= 1;
        wake?.();
        wake = undefined;
        if (ending.cancelled && talking === 0) exit(0);
      });
    }
  };

  const begin = async (network: Network): Promise<void> => {
    for (;;) {
      const listener = await listen(network, PORT, { backlog: BACKLOG });
      if (network.net.closed || ending.cancelled) return;
      if (!(listener instanceof Failure)) {
        log(`${files.list.length} files at port ${PORT}`);
        return serve(listener);
      }
      log(`port ${PORT}: ${listener.sentence}`, "warning");
      await new Promise<void>((resolve) => after(PAUSE, resolve));
    }
  };

  // Whoever has asked is answered; `stopWithin` is the longest that this may take.
  onTerminating(() => {
    ending.cancel();
    present?.close();
    if (talking === 0) exit(0);
  });
  stayConnected(Net, "/svc/net", (net) => void begin(new Network(net, processWorld)));
  ready();
});
