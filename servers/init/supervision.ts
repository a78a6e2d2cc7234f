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

/** What follows the end that a server was asked for. */
export type Afterwards =
  /** started again at once, history forgotten */
  | "launch"
  /** stays ended */
  | "stop"
  /** it failed: pause or hold, as its rule says */
  | "failure";

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
  /** told to end; killed at `at`; then `afterwards` */
  | "ending"
  /** ended while a server that it needs was away: it waits for that one */
  | "lacking"
  | "stopped";

/** The policy's knowledge of one server. */
export interface Supervised {
  readonly name: string;
  readonly restart: RestartRule;
  /** Time from start to `ready`. */
  readonly startDeadline: Time;
  /** Time between the word that it must end and the kill. */
  readonly stopWithin: Time;
  phase: Phase;
  afterwards: Afterwards;
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
  /** `lacks`: a server that it needs and that does not run */
  | { readonly kind: "ended"; readonly ending: Ending; readonly lacks?: string }
  /** a server that it needs runs again */
  | { readonly kind: "needs-met" }
  /** it did not answer init for that long */
  | { readonly kind: "silent"; readonly time: Time }
  /** init could not start it: no memory, a wrong digest, ... */
  | { readonly kind: "start-failed"; readonly reason: string }
  | { readonly kind: "time" }
  /** an operator wants it running afresh, history forgotten */
  | { readonly kind: "restart" }
  /** it ends and stays ended */
  | { readonly kind: "stop"; readonly reason?: string }
  /** forgets the history; ends a pause */
  | { readonly kind: "clear" };

export type Effect =
  | { readonly kind: "launch" }
  /** it learns that it will be killed after `within` */
  | { readonly kind: "terminate"; readonly reason: string; readonly within: Time }
  | { readonly kind: "kill"; readonly reason: string }
  | { readonly kind: "log"; readonly text: string };

/** Time to flush when the manifest names none. */
export const STOP_WITHIN = 100 * MILLISECOND;

/** A server that was not started yet. */
export function supervised(
  name: string,
  restart: RestartRule,
  startDeadline: Time,
  stopWithin: Time = STOP_WITHIN,
): Supervised {
  return {
    name,
    restart,
    startDeadline,
    stopWithin,
    phase: "waiting",
    afterwards: "failure",
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

/** Tells the server that it must end, and says what comes after its end. */
function end(server: Supervised, now: Time, reason: string, afterwards: Afterwards): Effect[] {
  server.phase = "ending";
  server.afterwards = afterwards;
  server.at = now + server.stopWithin;
  return [{ kind: "terminate", reason, within: server.stopWithin }];
}

function ended(server: Supervised, now: Time, ending: Ending, lacks: string | undefined): Effect[] {
  const asked = server.phase === "ending" ? server.afterwards : undefined;
  if (asked === "launch") return launch(server, now);
  if (asked === "stop") {
    server.phase = "stopped";
    server.at = Infinity;
    return [{ kind: "log", text: `${server.name}: stopped` }];
  }
  const failed = ending === "failure" || asked === "failure";
  const again = server.restart.when === "always" || (server.restart.when === "failure" && failed);
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
  if (lacks !== undefined) {
    server.phase = "lacking";
    server.at = now + HOLD;
    return [{ kind: "log", text: `${server.name}: ended; it waits for ${lacks}` }];
  }
  if (now - server.readySince >= STABLE) server.exponent = 0;
  return pause(server, now, "ended");
}

/** No timer of a machine that runs is seen so late. */
const LATE = 10e9;

function time(server: Supervised, now: Time): Effect[] {
  if (now < server.at) return [];
  if (server.phase === "starting") {
    // seen so late, the clock has leapt (a machine that was suspended): the server had no more of the time than init
    if (now - server.at > LATE) {
      server.at = now + server.startDeadline;
      return [];
    }
    const reason = `not ready ${milliseconds(server.startDeadline)} after its start`;
    return end(server, now, reason, "failure");
  }
  if (server.phase === "ending") {
    server.at = Infinity;
    return [
      { kind: "kill", reason: `not ended ${milliseconds(server.stopWithin)} after the word` },
    ];
  }
  if (server.phase === "back-off" || server.phase === "held" || server.phase === "lacking") {
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
      return ended(server, now, event.ending, event.lacks);
    case "needs-met":
      return server.phase === "lacking" ? launch(server, now) : [];
    case "silent":
      if (server.phase !== "running") return [];
      return end(server, now, `it did not answer for ${milliseconds(event.time)}`, "failure");
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
      if (server.phase === "starting" || server.phase === "running")
        return end(server, now, "restart was asked for", "launch");
      if (server.phase === "ending") {
        server.afterwards = "launch";
        return [];
      }
      return launch(server, now);
    case "stop":
      if (server.phase === "starting" || server.phase === "running")
        return end(server, now, event.reason ?? "stop was asked for", "stop");
      if (server.phase === "ending") {
        server.afterwards = "stop";
        return [];
      }
      server.phase = "stopped";
      server.at = Infinity;
      return [];
    case "clear":
      forget(server);
      if (server.phase === "held" || server.phase === "back-off" || server.phase === "lacking")
        return launch(server, now);
      return [];
  }
}
