// The tape server: runs scripts for whoever opens it, and ends when nobody has it open any more, so that each script or conversation
// has a process of its own as long as one person at a time runs one. New code takes conversations over (saved-place.ts).
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { accept, busyWith } from "../../sdk/hot/accept.ts";
import { open } from "../../sdk/runtime/open.ts";
import { run } from "../../sdk/runtime/run.ts";
import { serve } from "../../sdk/runtime/serve.ts";
import { exit, ready } from "../../sdk/runtime/supervisor.ts";
import { after } from "../../sdk/runtime/timers.ts";
import { Session } from "../init/contract.ts";
import { Tape } from "./contract.ts";
import { Place } from "./place.ts";
import { type SavedPlace, savedPlace } from "./saved-place.ts";

/** Time for the first client to come; init opens for it as soon as this process is ready. */
const LONELY = 5e9;

accept();

run(() => {
  // Whoever arrives in the turn in which this process decides to end is sent away, and opens the next process.
  let leaving = false;
  const leave = () => {
    if (places.peers.length > 0) return;
    leaving = true;
    exit(0);
  };
  const places = serve<typeof Tape.methods, Place>(
    "/svc/tape",
    Tape,
    {
      opened: (peer) => {
        if (leaving) peer.close();
        else peer.session = new Place();
      },
      closed: (peer) => {
        peer.session?.close();
        leave();
      },
      lend: ({ session }, { session: place }) => {
        place?.lent.close();
        if (place !== undefined) place.lent.session = open(Session, session);
        return {};
      },
      source: ({ text }, { session: place }) => place?.add(text) ?? absent,
      run: ({ kind, show, source, limits }, { session: place }) => {
        const added = place?.add(source) ?? absent;
        return added instanceof Failure ? added : (place?.run(kind, show, limits) ?? absent);
      },
      more: (_request, { session: place }) => place?.more() ?? absent,
      stop: (_fields, { session: place }) => place?.stop(),
      forget: (_request, { session: place }) => {
        place?.forget();
        return {};
      },
    },
    {
      session: {
        schema: savedPlace,
        save: (place) => place.save(),
        load: (saved: SavedPlace) => new Place(saved),
      },
    },
  );
  busyWith(() => {
    for (const { session: place, name } of places.peers) {
      const busy = place?.busy();
      if (busy !== undefined) return `${busy} for ${name}`;
    }
    return undefined;
  });
  after(LONELY, leave);
  ready();
});

const absent = refuse(failures.UNAVAILABLE, "this channel has no place; open it again");
