// Calls that outlive a server's restart: repeated on the next client where that is safe.
// Invariant: a call that may have run is repeated only if its contract says `retry: "safe"`; one that carried handles never is, since
// they went with the first message.
import type { CallSettings, ClientOf } from "./client.ts";
import { compiledOf } from "./compiled.ts";
import type { CallNames, Contract, Methods, Reply, Request } from "./contract.ts";
import { Failure } from "./failure.ts";

const PEER_CLOSED = -8;
const MAYBE_EXECUTED = -9;
/** Repetitions of one call: a server that dies of a call must not die of it for ever. */
const MOST = 3;

/** The calls of a contract. */
export type Calls<M extends Methods> = {
  readonly [K in CallNames<M>]: (
    request: Request<M[K]>,
    settings?: CallSettings,
  ) => Promise<Reply<M[K]> | Failure>;
};

/** Where clients come from. */
export interface ClientSource<M extends Methods> {
  readonly client: ClientOf<M>;
  /** ns since boot */
  now(): number;
  /** an open client after one on which a call failed; undefined when there will be none, or none by `deadline` (0 never) */
  next(deadline: number): Promise<ClientOf<M> | undefined>;
}

type AnyCall = (request: object, settings?: CallSettings) => Promise<object | Failure>;

/** The calls of `contract` over the source's present client and its successors. */
export function retrying<M extends Methods>(
  contract: Contract<M>,
  source: ClientSource<M>,
): Calls<M> {
  const calls: { [name: string]: AnyCall } = {};
  for (const { name, call, retry, handles } of compiledOf(contract).methods) {
    if (!call) continue;
    calls[name] = async (request, settings) => {
      const deadline = deadlineOf(source.now(), settings);
      const own: CallSettings = { ...settings, timeout: undefined, deadline };
      let client = source.client;
      for (let tries = 0; ; tries++) {
        const result = await (client as unknown as { [name: string]: AnyCall })[name]!(
          request,
          own,
        );
        const again =
          result instanceof Failure &&
          handles === 0 &&
          tries < MOST &&
          (result.code === PEER_CLOSED || (result.code === MAYBE_EXECUTED && retry));
        if (!again) return result;
        const next = await source.next(deadline);
        if (next === undefined || settings?.cancel?.cancelled) return result;
        client = next;
      }
    };
  }
  return calls as unknown as Calls<M>;
}

function deadlineOf(now: number, settings: CallSettings | undefined): number {
  const { timeout, deadline = 0 } = settings ?? {};
  if (timeout === undefined) return deadline;
  return deadline > 0 ? Math.min(deadline, now + timeout) : now + timeout;
}
