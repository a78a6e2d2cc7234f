// `Net.ping`: one call, one echo request, one answer.
// Invariant: a call that was taken is answered exactly once, since its request ends exactly once.
import { type Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { netFailure } from "./failures.ts";
import { formatIpAddress, parseIpAddress } from "./ip-address.ts";
import { startPing } from "./ping-operation.ts";
import type { PingResult } from "./stack.ts";
import type { StackHost } from "./stack-host.ts";

/** A reply of `Net.ping`. */
export interface PingReply {
  outcome: PingResult["outcome"];
  from: string;
  roundTrip: number;
  timeToLive: number;
  length: number;
}

/** How many requests a client has open; one for each client of `Net`. */
export interface PingCount {
  pings: number;
}

/** Of the stack's 64, so that one client cannot take them all. */
const MAX_EACH = 16;
/** Longest timeout, in nanoseconds. */
const MAX_TIMEOUT = 60_000_000_000;
const NS_PER_MS = 1_000_000;

/** The calls that wait for their request's end. */
export class PingService {
  readonly #host: StackHost;
  readonly #open: { token: number; owner: PingCount; answer(reply: PingReply): void }[] = [];

  constructor(host: StackHost) {
    this.#host = host;
  }

  /** Sends the request for a client, or says why not. `hops`: how many hosts may have it. */
  ping(
    request: { host: string; length: number; timeout: number; hops?: number },
    owner: PingCount,
  ): Failure | Promise<PingReply> {
    if (owner.pings >= MAX_EACH) return netFailure("net.too-many-pings");
    const { host, length, hops } = request;
    const destination = parseIpAddress(host);
    if (destination === undefined) {
      return refuse(
        failures.INVALID,
        `\`${host.slice(0, 64)}\` is no IPv4 address; give four numbers as in 10.0.2.2`,
      );
    }
    if (hops === 0) return refuse(failures.INVALID, "no host may have it: give 1 to 255 hops");
    const timeout = Math.min(request.timeout, MAX_TIMEOUT) / NS_PER_MS;
    const token = this.#host.act((stack, turn) =>
      startPing(stack, turn, destination, length, timeout, hops),
    );
    if (typeof token === "string") return netFailure(token);
    owner.pings += 1;
    return new Promise((answer) => {
      this.#open.push({ token, owner, answer });
    });
  }

  /** A request has ended. */
  ended(result: PingResult): void {
    const index = this.#open.findIndex((each) => each.token === result.token);
    if (index < 0) return;
    const [open] = this.#open.splice(index, 1);
    open.owner.pings -= 1;
    open.answer({
      outcome: result.outcome,
      from: result.source === 0 ? "" : formatIpAddress(result.source),
      roundTrip: Math.round(result.milliseconds * NS_PER_MS),
      timeToLive: result.timeToLive,
      length: result.length,
    });
  }
}
