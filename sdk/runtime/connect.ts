// Named services: opened through init, which checks the manifest; reconnected when the server restarts.
import { type ClientOf, client } from "../contract/client.ts";
import type { Contract, Methods } from "../contract/contract.ts";
import { Failure, failures } from "../contract/failure.ts";
import type { HandleNumber } from "../contract/field.ts";
import { type Calls, type ClientSource, retrying } from "../contract/retrying.ts";
import { closedChannel } from "./closed-channel.ts";
import { log } from "./log.ts";
import { open } from "./open.ts";
import { supervisor } from "./supervisor.ts";
import { MILLISECOND } from "./time.ts";
import { after, at } from "./timers.ts";
import { turnTime } from "./turn-time.ts";

/** A client of a named service that outlives its server. */
export interface Connection<M extends Methods> {
  /** the present client; after a restart a new one. While there is none its calls end with PEER_CLOSED. */
  readonly client: ClientOf<M>;
  /** the same calls, repeated on the next client where that is safe (sdk/contract/retrying.ts) */
  readonly calls: Calls<M>;
  /** called after each reconnection: state on the server's side is gone, subscribe again */
  onRestarted(handler: (client: ClientOf<M>) => void): void;
  close(): void;
}

/** Pause before a service that could not be opened is tried again; doubled after each failure, up to the longest. */
const PAUSE = 250 * MILLISECOND;
const LONGEST_PAUSE = 32 * PAUSE;
/** Of an `open` that died with its init: its contract says `retry: "safe"`. */
const TRIES = 3;
const MAYBE_EXECUTED = -9;
/** When the news that a channel is closed has arrived for certain. */
const SOON = 5 * MILLISECOND;

/** Who opens names: init, on behalf of a process or of an account's session. */
interface Opener {
  open(request: { readonly name: string }): Promise<{ readonly channel: HandleNumber } | Failure>;
}

/** The channel of a name, asked for again when init ended in the midst of it: a channel too many closes by itself. */
export async function openName(init: Opener, name: string): Promise<HandleNumber | Failure> {
  for (let tries = 0; ; tries++) {
    const opened = await init.open({ name });
    if (!(opened instanceof Failure)) return opened.channel;
    if (opened.code !== MAYBE_EXECUTED || tries === TRIES) return opened;
  }
}

/** Opens a service once: the client, or REFUSED / NOT_FOUND / UNAVAILABLE. */
export async function connect<M extends Methods>(
  contract: Contract<M>,
  name: string,
): Promise<ClientOf<M> | Failure> {
  const init = supervisor();
  if (init === undefined)
    return new Failure(failures.UNAVAILABLE, "this process has no `bootstrap` grant");
  const channel = await openName(init, name);
  return channel instanceof Failure ? channel : open(contract, channel, name);
}

/**
 * Opens a service and reconnects after each restart of its server. `attach` is called with every new client, the first too.
 * REFUSED and NOT_FOUND are final and go to `refused` (default: the log); any other failure is tried again.
 */
export function stayConnected<M extends Methods>(
  contract: Contract<M>,
  name: string,
  attach: (client: ClientOf<M>, restarted: boolean) => void,
  refused: (why: Failure) => void = (why) => log(`${name}: ${why.sentence}`, "error"),
): Connection<M> {
  let present = unconnected(contract);
  let restarted: ((client: ClientOf<M>) => void) | undefined;
  let ended = false;
  let times = 0;
  let pause = PAUSE;
  let waiting: ((next: ClientOf<M> | undefined) => void)[] = [];
  const settle = (next: ClientOf<M> | undefined): void => {
    const all = waiting;
    waiting = [];
    for (let i = 0; i < all.length; i++) all[i]!(next);
  };
  const again = async (): Promise<void> => {
    const opened = await connect(contract, name);
    if (opened instanceof Failure) {
      if (ended) return;
      if (opened.code === failures.REFUSED || opened.code === failures.NOT_FOUND) {
        ended = true;
        settle(undefined);
        refused(opened);
      } else {
        after(pause, () => void again());
        pause = Math.min(2 * pause, LONGEST_PAUSE);
      }
      return;
    }
    pause = PAUSE;
    if (ended) return opened.close();
    present = opened;
    opened.onClosed(() => {
      if (!ended) void again();
    });
    attach(opened, times > 0);
    settle(opened);
    if (times++ > 0 && restarted !== undefined) restarted(opened);
  };
  void again();
  const source: ClientSource<M> = {
    get client() {
      return present;
    },
    now: () => turnTime.now,
    next(deadline) {
      if (ended) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        // the end of a call may come before the news that the channel is closed
        const look = (): void => {
          if (present.closed) waiting.push(resolve);
          else resolve(present);
        };
        if (present.closed) waiting.push(resolve);
        else after(SOON, look);
        if (deadline > 0) at(deadline, () => resolve(undefined));
      });
    },
  };
  return {
    get client() {
      return present;
    },
    calls: retrying(contract, source),
    onRestarted(handler) {
      restarted = handler;
    },
    close() {
      ended = true;
      present.close();
      settle(undefined);
    },
  };
}

function unconnected<M extends Methods>(contract: Contract<M>): ClientOf<M> {
  return client(contract, { ...closedChannel });
}
