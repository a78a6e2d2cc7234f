// Joins hand-overs to the runtime. Whatever declares something to be handed over imports this.
import { firstHandles } from "../abi/table.ts";
import { Failure } from "../contract/failure.ts";
import { PARKED } from "../contract/parked.ts";
import { service } from "../contract/server.ts";
import { Endpoint } from "../runtime/endpoint.ts";
import { hotHooks } from "../runtime/hot-hooks.ts";
import { supervisor, tellAgain } from "../runtime/supervisor.ts";
import { adopt, commit, prepare, trial, waitBeside } from "./beside.ts";
import { restoreDurable } from "./durable.ts";
import { Hot } from "./hot.contract.ts";
import { hooks } from "./hooks.ts";
import { quiesce, resume, snapshot } from "./running.ts";
import { declared } from "./declared.ts";
import { showState } from "./show.ts";
import { tableHooks } from "./table-hooks.ts";

/** Serves init on the hot channel; the same process is new code first, running code later. */
function serveHot(end: Endpoint): void {
  service(Hot, {
    prepare: () => prepare(),
    snapshot: ({ wanted }) => snapshot(wanted, true),
    show: () => showState(),
    trial: ({ state, size }) => trial(state, size),
    quiesce: ({ wanted, within }) => quiesce(end, wanted, within) ?? PARKED,
    adopt: (request) => {
      adopt(request);
      return PARKED;
    },
    succeed: (request) => {
      adopt(request, request.first);
      return PARKED;
    },
    commit: ({ changed = [] }) => commit(changed),
    resume: () => resume(),
  }).accept(end);
}

hotHooks.present = {
  beside(start, begin) {
    const end = new Endpoint(start.grants["hot"] ?? 0);
    waitBeside(start, end, begin);
    serveHot(end);
  },
  restore(start) {
    restoreDurable(start.grants["durable"] ?? start.first[firstHandles.STATE]);
    tableHooks.present?.restore(start.grants);
  },
  started: offer,
};

/** Gives init a channel for hand-overs: at the start, and when there is a new init. */
function offer(): void {
  const init = supervisor();
  const declares = declared.length > 0 || tableHooks.present !== undefined || hooks.accepts;
  if (init === undefined || !declares) return;
  const pair = Endpoint.pair();
  if (pair instanceof Failure) return;
  serveHot(new Endpoint(pair.near));
  init.send.hot({ channel: pair.far });
}

tellAgain(offer);
