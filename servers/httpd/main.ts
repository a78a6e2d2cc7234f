// Serves the files of its folder over HTTP at port 80, to at most MOST connections at a time, and one more that waits for a place.
// Invariant: a connection is taken from the network only when at most MOST are there; who is silent for long makes room (make-room.ts). New code takes over the port and all
// connections, wherever each of them stands (kept.ts).
import { CancelToken } from "../../sdk/contract/client.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { dispose, onStopping } from "../../sdk/hot/accept.ts";
import { listen, TcpListener } from "../../sdk/net/listen.ts";
import { Network } from "../../sdk/net/network.ts";
import { processWorld } from "../../sdk/net/open-network.ts";
import { TcpStream } from "../../sdk/net/tcp-stream.ts";
import { stayConnected } from "../../sdk/runtime/connect.ts";
import { openFiles } from "../../sdk/runtime/files.ts";
import { run } from "../../sdk/runtime/run.ts";
import { exit, log, onTerminating, ready } from "../../sdk/runtime/supervisor.ts";
import { clock, now, SECOND } from "../../sdk/runtime/time.ts";
import { after } from "../../sdk/runtime/timers.ts";
import { Net } from "../netd/contract.ts";
import { type Place, Talk } from "./conversation.ts";
import { kept, type SavedTalk } from "./kept.ts";
import { makeRoom } from "./make-room.ts";

const PORT = 80;
const MOST = 32;
const BACKLOG = 32;
/** How often silent connections are looked for where there is no room. */
const LOOK = SECOND / 4;
/** Pause before a port that could not be had is tried again. */
const PAUSE = 2 * SECOND;

run(() => {
  const files = openFiles();
  if (files instanceof Failure) {
    log(files.sentence, "error");
    return;
  }
  const ending = new CancelToken();
  let pause: Promise<void> | undefined;
  let goOn: (() => void) | undefined;
  const place: Place = { files, now, clock, ending, pause: () => pause };
  const talks: Talk[] = [];
  let wake: (() => void) | undefined;
  let present: TcpListener | undefined;

  const begin = (talk: Talk): void => {
    talks.push(talk);
    void talk.run().finally(() => {
      talks.splice(talks.indexOf(talk), 1);
      wake?.();
      wake = undefined;
      if (ending.cancelled && talks.length === 0) exit(0);
    });
  };

  /** Takes connections until the listener ends. */
  const serve = async (listener: TcpListener): Promise<void> => {
    present = listener;
    for (;;) {
      while (talks.length > MOST) {
        makeRoom(talks, now());
        await new Promise<void>((resolve) => {
          const look = after(LOOK, resolve);
          wake = () => {
            look.cancel();
            resolve();
          };
        });
      }
      const accepted = await listener.accept();
      if (accepted instanceof Failure) return;
      begin(new Talk(accepted.stream, place));
    }
  };

  const listenAt = async (network: Network): Promise<void> => {
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

  const { listener, talks: moved } = kept.data;
  kept.data = { talks: [] };
  for (const talk of moved)
    begin(Talk.restore(talk, TcpStream.restore(processWorld, talk.stream), place));
  const inherited = listener && TcpListener.restore(processWorld, listener);
  let serving = inherited === undefined ? undefined : serve(inherited);

  dispose(() => {
    const all: SavedTalk[] = [];
    for (const talk of talks) {
      const saved = talk.save();
      if (saved !== undefined) all.push(saved);
    }
    kept.data = { listener: present?.save(), talks: all };
  });
  // Requests that come meanwhile are the new code's: each answer is a call to netd.
  onStopping((stops) => {
    goOn?.();
    pause = stops ? new Promise((resolve) => (goOn = resolve)) : undefined;
  });
  // Whoever has asked is answered; `stopWithin` is the longest that this may take.
  onTerminating(() => {
    ending.cancel();
    present?.close();
    if (talks.length === 0) exit(0);
  });
  stayConnected(Net, "/svc/net", (net) => {
    const before = serving;
    serving = undefined;
    const network = new Network(net, processWorld);
    // A port that came with the state is this netd's, or ends at once.
    void (before ?? Promise.resolve()).then(() => {
      if (!net.closed) void listenAt(network);
    });
  });
  ready();
});
