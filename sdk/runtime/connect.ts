// Named services: opened through init, which checks the manifest; reconnected when the server restarts.
import { type ClientOf, client } from "../contract/client.ts";
import type { Contract, Methods } from "../contract/contract.ts";
import { Failure, failures } from "../contract/failure.ts";
import { closedChannel } from "./closed-channel.ts";
import { log } from "./log.ts";
import { open } from "./open.ts";
import { supervisor } from "./supervisor.ts";
import { MILLISECOND } from "./time.ts";
import { after } from "./timers.ts";

/** A client of a named service that outlives its server. */
export interface Connection<M extends Methods> {
  /** the present client; after a restart a new one. While there is none its calls end with PEER_CLOSED. */
  readonly client: ClientOf<M>;
  /** called after each reconnection: state on the server's side is gone, subscribe again */
  onRestarted(handler: (client: ClientOf<M>) => void): void;
  close(): void;
}

/** Pause before a service that could not be opened is tried again. */
const PAUSE = 250 * MILLISECOND;

/** Opens a service once: the client, or REFUSED / NOT_FOUND / UNAVAILABLE. */
export async function connect<M extends Methods>(
  contract: Contract<M>,
  name: string,
): Promise<ClientOf<M> | Failure> {
  const init = supervisor();
  if (init === undefined)
    return new Failure(failures.UNAVAILABLE, "this process has no `bootstrap` grant");
  const opened = await init.open({ name });
  return opened instanceof Failure ? opened : open(contract, opened.channel);
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
  const again = async (): Promise<void> => {
    const opened = await connect(contract, name);
    if (opened instanceof Failure) {
      if (ended) return;
      if (opened.code === failures.REFUSED || opened.code === failures.NOT_FOUND) refused(opened);
      else after(PAUSE, () => void again());
      return;
    }
    if (ended) return opened.close();
    present = opened;
    opened.onClosed(() => {
      if (!ended) void again();
    });
    attach(opened, times > 0);
    if (times++ > 0 && restarted !== undefined) restarted(opened);
  };
  void again();
  return {
    get client() {
      return present;
    },
    onRestarted(handler) {
      restarted = handler;
    },
    close() {
      ended = true;
      present.close();
    },
  };
}

function unconnected<M extends Methods>(contract: Contract<M>): ClientOf<M> {
  return client(contract, { ...closedChannel });
}
