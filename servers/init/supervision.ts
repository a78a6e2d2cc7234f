// What the supervisor does with one server, as a function of its state and an event.
// Invariant: at most `most` restarts begin within `window`; then the server waits for HOLD, however fast it dies.

/** Nanoseconds. */
export type Time = number;

const MILLISECOND = 1e6;
/** First pause before a restart; it doubles with each one up to BACK_OFF_LIMIT. */
export const BACK_OFF = 100 * MILLISECOND;
export const BACK_OFF_LIMIT = 30_000 * MILLISECOND;
/** Pause of a server that reached the limit; a `clear` ends it at once. */
export const HOLD = 30_000 * MILLISECOND;
/** A server that ran this long without a fault starts again with the shortest pause. */
export const STABLE = 10_000 * MILLISECOND;

/** What the manifest says about restarts. */
export interface RestartRule {
  /** `always`: whatever the reason of its end; `failure`: unless it exited with code 0; `never`. */
  readonly when: "always" | "failure" | "never";
  /** Restarts that may begin within `window`; usually 5 in 10 s. */
  readonly most: number;
  readonly window: Time;
  /** It starts when it is asked for, and its end is no news. */
  readonly demand?: boolean;
}

export type Phase =
  /** not started yet, or waiting for what it needs */
  | "waiting"
  /** started, has not said `ready` */
  | "starting"
  | "running"
  /** will be started at `at` */
  | "back-off"
  /** reached the restart limit; will be tried again at `at` */
  | "held"
  /** asked to end, will not come back by itself */
  | "stopping"
  | "stopped";

/** The policy's knowledge of one server. */
export interface Supervised {
  readonly name: string;
  readonly restart: RestartRule;
  /** Time from start to `ready`. */
  readonly startDeadline: Time;
  phase: Phase;
  /** When `phase` changes by itself: end of a pause, of the start deadline; Infinity otherwise. */
  at: Time;
  /** Exponent of the next pause. */
  exponent: number;
  /** Times of the last restarts, the oldest first, at most `restart.most`. */
  restarts: Time[];
  readySince: Time;
  /** How often it was started. */
  starts: number;
}

/** How a process ended, as far as the policy cares. */
export type Ending = "success" | "failure";

export type SupervisionEvent =
  | { readonly kind: "start" }
  | { readonly kind: "ready" }
  | { readonly kind: "ended"; readonly ending: Ending }
  /** init could not start it: no memory, a wrong digest, ... */
  | { readonly kind: "start-failed"; readonly reason: string }
  | { readonly kind: "time" }
  /** an operator wants it running afresh, history forgotten */
  | { readonly kind: "restart" }
  | { readonly kind: "stop" }
  /** forgets the history; ends a pause */
  | { readonly kind: "clear" };

export type Effect =
  | { readonly kind: "launch" }
  | { readonly kind: "kill"; readonly reason: string }
  | { readonly kind: "log"; readonly text: string };

/** A server that was not started yet. */
export function supervised(name: string, restart: RestartRule, startDeadline: Time): Supervised {
  return {
    name,
    restart,
    startDeadline,
    phase: "waiting",
    at: Infinity,
    exponent: 0,
    restarts: [],
    readySince: Infinity,
    starts: 0,
  };
}

const milliseconds = (time: Time): string => {
  const value = Math.round(time / MILLISECOND);
  return value < 1000 ? `${value} ms` : `${value / 1000} s`;
};

function launch(server: Supervised, now: Time): Effect[] {
  server.phase = "starting";
  server.at = now + server.startDeadline;
  server.readySince = Infinity;
  server.starts += 1;
  return [{ kind: "launch" }];
}

function forget(server: Supervised): void {
  server.exponent = 0;
  server.restarts = [];
}

/** The pause before the next start, or the hold when there were too many. */
function pause(server: Supervised, now: Time, why: string): Effect[] {
  const { most, window } = server.restart;
  while (server.restarts.length > 0 && now - (server.restarts[0] as Time) >= window)
    server.restarts.shift();
  if (server.restarts.length >= most) {
    server.phase = "held";
    server.at = now + HOLD;
    return [
      {
        kind: "log",
        text:
          `${server.name}: ${why}; ${most} restarts in ${milliseconds(window)}, ` +
          `next try in ${milliseconds(HOLD)} (\`clear ${server.name}\` tries at once)`,
      },
    ];
  }
  const wait = Math.min(BACK_OFF * 2 ** server.exponent, BACK_OFF_LIMIT);
  server.exponent += 1;
  server.phase = "back-off";
  server.at = now + wait;
  return [{ kind: "log", text: `${server.name}: ${why}; restart in ${milliseconds(wait)}` }];
}

function ended(server: Supervised, now: Time, ending: Ending): Effect[] {
  if (server.phase === "stopping") {
    server.phase = "stopped";
    server.at = Infinity;
    return [{ kind: "log", text: `${server.name}: stopped` }];
  }
  const again =
    server.restart.when === "always" || (server.restart.when === "failure" && ending === "failure");
  if (!again) {
    server.phase = "stopped";
    server.at = Infinity;
    if (server.restart.demand === true) return [];
    return [
      {
        kind: "log",
        text: `${server.name}: ended; its manifest says restart: "${server.restart.when}"`,
      },
    ];
  }
  if (now - server.readySince >= STABLE) server.exponent = 0;
  return pause(server, now, "ended");
}

function time(server: Supervised, now: Time): Effect[] {
  if (now < server.at) return [];
  if (server.phase === "starting") {
    server.at = Infinity;
    const reason = `not ready ${milliseconds(server.startDeadline)} after its start`;
    return [{ kind: "kill", reason }];
  }
  if (server.phase === "back-off" || server.phase === "held") {
    if (server.phase === "held") forget(server);
    server.restarts.push(now);
    return launch(server, now);
  }
  return [];
}

/** Changes `server` by an event at `now` and returns what is to be done, in order. */
export function supervise(server: Supervised, now: Time, event: SupervisionEvent): Effect[] {
  switch (event.kind) {
    case "start":
      return server.phase === "waiting" || server.phase === "stopped" ? launch(server, now) : [];
    case "ready":
      if (server.phase !== "starting") return [];
      server.phase = "running";
      server.readySince = now;
      server.at = Infinity;
      return [];
    case "ended":
      return ended(server, now, event.ending);
    case "start-failed":
      if (server.restart.when === "never") {
        server.phase = "stopped";
        server.at = Infinity;
        return [{ kind: "log", text: `${server.name}: cannot start: ${event.reason}` }];
      }
      return pause(server, now, `cannot start: ${event.reason}`);
    case "time":
      return time(server, now);
    case "restart":
      forget(server);
      if (server.phase === "starting" || server.phase === "running") {
        server.at = Infinity;
        return [{ kind: "kill", reason: "restart was asked for" }];
      }
      if (server.phase === "stopping") return [];
      return launch(server, now);
    case "stop":
      if (server.phase === "starting" || server.phase === "running") {
        server.phase = "stopping";
        server.at = Infinity;
        return [{ kind: "kill", reason: "stop was asked for" }];
      }
      server.phase = "stopped";
      server.at = Infinity;
      return [];
    case "clear":
      forget(server);
      if (server.phase === "held" || server.phase === "back-off") return launch(server, now);
      return [];
  }
}
