// The DHCP client (RFC 2131 section 4.4): a pure function from state and event to state and effects.
//
// Invariant: a lease is held exactly in the phases bound, renewing and rebinding; outside "off" and an
// endless lease some deadline is set. Messages go out only in answer to an event, never faster than
// the back-off says.

import { type Lease, leaseFrom } from "./dhcp-lease.ts";
import {
  ACK,
  type ClientMessage,
  DECLINE,
  DISCOVER,
  NAK,
  OFFER,
  REQUEST,
  type ServerMessage,
} from "./dhcp-message.ts";
import { LIMITED_BROADCAST } from "./ip-address.ts";
import { type Refusal, refusal } from "./refusal.ts";
import { NEVER, type Turn, randomBetween } from "./turn.ts";

/** RFC 2131 figure 5; "waiting" is INIT with a start delay. */
export type DhcpPhase =
  | "off"
  | "waiting"
  | "selecting"
  | "requesting"
  | "bound"
  | "renewing"
  | "rebinding";

/** The client's whole state. */
export interface DhcpClient {
  readonly phase: DhcpPhase;
  readonly mac: number;
  readonly transaction: number;
  /** When this acquisition began (milliseconds). */
  readonly since: number;
  /** `seconds` of the DISCOVER that was answered; its REQUEST repeats it. */
  readonly seconds: number;
  /** Messages sent in this phase. */
  readonly sent: number;
  /** When the first REQUEST of this exchange was sent (milliseconds). */
  readonly requestedAt: number;
  /** When to be called next (milliseconds), or NEVER. */
  readonly deadline: number;
  readonly offered: { readonly address: number; readonly server: number } | undefined;
  readonly lease: Lease | undefined;
}

/** What happens to the client. `check`: the wire may be another one than it was; `delay`: wait as RFC 2131 section 4.4.1 says before the first message. */
export type DhcpEvent =
  | { readonly kind: "start"; readonly mac: number; readonly delay: boolean }
  | { readonly kind: "stop" }
  | { readonly kind: "message"; readonly message: ServerMessage }
  | { readonly kind: "deadline" }
  | { readonly kind: "check" }
  | { readonly kind: "conflict" };

/** Why an address is given up. */
export type UnboundReason = "nak" | "expired" | "conflict" | "stopped";

/** What the client wants done. */
export type DhcpEffect =
  | { readonly kind: "send"; readonly to: number; readonly message: ClientMessage }
  | { readonly kind: "bound"; readonly lease: Lease; readonly renewed: boolean }
  | { readonly kind: "unbound"; readonly lease: Lease; readonly reason: UnboundReason };

/** A step's result; a refused message changes nothing. */
export interface DhcpStep {
  readonly client: DhcpClient;
  readonly effects: readonly DhcpEffect[];
  readonly refused: Refusal | undefined;
}

const otherClient = refusal("dhcp.other-client");
const otherTransaction = refusal("dhcp.transaction");
const unexpected = refusal("dhcp.unexpected");
const badAddress = refusal("dhcp.address");

/** RFC 2131 section 4.1: 4 s, doubled up to 64 s, each up to 1 s more or less. */
const FIRST_RETRY_MS = 4_000;
const LAST_RETRY_MS = 64_000;
const RETRY_JITTER_MS = 1_000;
/** Four REQUESTs take a minute (RFC 2131 section 3.1); then another server gets its chance. */
const MAX_REQUESTS = 4;
/** RFC 2131 section 4.4.5: no oftener than once a minute while renewing and rebinding. */
const MIN_RENEW_RETRY_MS = 60_000;
/** RFC 2131 section 4.4.1. */
const START_DELAY_MS = { low: 1_000, high: 10_000 };
/** RFC 2131 section 3.1: at least this long after a DECLINE. */
const DECLINE_DELAY_MS = 10_000;

/** A client that is off. */
export function createDhcpClient(): DhcpClient {
  return {
    phase: "off",
    mac: 0,
    transaction: 0,
    since: 0,
    seconds: 0,
    sent: 0,
    requestedAt: 0,
    deadline: NEVER,
    offered: undefined,
    lease: undefined,
  };
}

/** One step of the client. */
export function stepDhcp(client: DhcpClient, event: DhcpEvent, turn: Turn): DhcpStep {
  switch (event.kind) {
    case "start": {
      const fresh = { ...createDhcpClient(), mac: event.mac };
      const left = giveUp(client, "stopped");
      const next = event.delay
        ? waitFor(fresh, randomBetween(turn, START_DELAY_MS.low, START_DELAY_MS.high), turn)
        : discover(fresh, turn);
      return done(next.client, [...left, ...next.effects]);
    }
    case "stop":
      return done(createDhcpClient(), giveUp(client, "stopped"));
    case "message":
      return messageArrived(client, event.message, turn);
    case "deadline":
      return turn.now < client.deadline ? done(client, []) : deadlinePassed(client, turn);
    case "check":
      return check(client, turn);
    case "conflict":
      return decline(client, turn);
  }
}

function messageArrived(client: DhcpClient, message: ServerMessage, turn: Turn): DhcpStep {
  if (message.clientMac !== client.mac) return refuse(client, otherClient);
  if (message.transaction !== client.transaction) return refuse(client, otherTransaction);
  if (message.type === OFFER) {
    return client.phase === "selecting"
      ? request(client, message, turn)
      : refuse(client, unexpected);
  }
  const phase = client.phase;
  if (phase !== "requesting" && phase !== "renewing" && phase !== "rebinding") {
    return refuse(client, unexpected);
  }
  const expected = phase === "requesting" ? client.offered : client.lease;
  const unnamed = message.type === NAK && message.server === 0;
  if (phase !== "rebinding" && message.server !== expected?.server && !unnamed) {
    return refuse(client, unexpected);
  }
  if (message.type === NAK) {
    const wait = randomBetween(turn, START_DELAY_MS.low, START_DELAY_MS.high);
    const next = waitFor(client, wait, turn);
    return done(next.client, giveUp(client, "nak"));
  }
  if (message.type !== ACK) return refuse(client, unexpected);
  if (message.yourAddress !== expected?.address) return refuse(client, badAddress);
  const lease = leaseFrom(message, client.requestedAt, turn);
  if (typeof lease === "number") return refuse(client, lease);
  const bound: DhcpClient = {
    ...client,
    phase: "bound",
    sent: 0,
    deadline: lease.renewAt,
    offered: undefined,
    lease,
  };
  return done(bound, [{ kind: "bound", lease, renewed: client.lease !== undefined }]);
}

function deadlinePassed(client: DhcpClient, turn: Turn): DhcpStep {
  switch (client.phase) {
    case "off":
      return done(client, []);
    case "waiting":
      return discover(client, turn);
    case "selecting":
      return sendDiscover(client, turn);
    case "requesting":
      return client.sent < MAX_REQUESTS ? sendRequest(client, turn) : discover(client, turn);
    case "bound":
    case "renewing":
    case "rebinding":
      return leaseDeadline(client, turn);
  }
}

function leaseDeadline(client: DhcpClient, turn: Turn): DhcpStep {
  const lease = client.lease;
  if (lease === undefined) return discover(client, turn);
  if (turn.now >= lease.expiresAt) {
    const next = discover(client, turn);
    return done(next.client, [...giveUp(client, "expired"), ...next.effects]);
  }
  if (turn.now >= lease.rebindAt) return renew(client, lease, "rebinding", turn);
  return renew(client, lease, "renewing", turn);
}

/** INIT: begins an acquisition with a new transaction. */
function discover(client: DhcpClient, turn: Turn): DhcpStep {
  const fresh = { ...createDhcpClient(), mac: client.mac };
  return sendDiscover(
    { ...fresh, phase: "selecting", transaction: turn.random32(), since: turn.now },
    turn,
  );
}

function sendDiscover(client: DhcpClient, turn: Turn): DhcpStep {
  const seconds = Math.min(65_535, Math.floor((turn.now - client.since) / 1000));
  const next = { ...client, seconds, sent: client.sent + 1, deadline: retryAt(client.sent, turn) };
  return done(next, [broadcast(next, DISCOVER, 0, undefined, undefined)]);
}

/** Takes the first offer that can be used; later ones are refused as unexpected. */
function request(client: DhcpClient, offer: ServerMessage, turn: Turn): DhcpStep {
  const lease = leaseFrom(offer, turn.now, turn);
  if (typeof lease === "number") return refuse(client, lease);
  const offered = { address: lease.address, server: lease.server };
  return sendRequest(
    { ...client, phase: "requesting", sent: 0, requestedAt: turn.now, offered },
    turn,
  );
}

function sendRequest(client: DhcpClient, turn: Turn): DhcpStep {
  const next = { ...client, sent: client.sent + 1, deadline: retryAt(client.sent, turn) };
  const { address, server } = client.offered ?? { address: undefined, server: undefined };
  return done(next, [broadcast(next, REQUEST, 0, address, server)]);
}

/** Asks the granting server (renewing) or any server (rebinding) to extend the lease. */
function renew(
  client: DhcpClient,
  lease: Lease,
  phase: "renewing" | "rebinding",
  turn: Turn,
): DhcpStep {
  const limit = phase === "renewing" ? lease.rebindAt : lease.expiresAt;
  const pause = Math.max(MIN_RENEW_RETRY_MS, (limit - turn.now) / 2);
  const first = client.phase !== phase;
  const begins = client.phase === "bound";
  const next: DhcpClient = {
    ...client,
    phase,
    transaction: begins ? turn.random32() : client.transaction,
    since: begins ? turn.now : client.since,
    seconds: begins ? 0 : Math.min(65_535, Math.floor((turn.now - client.since) / 1000)),
    requestedAt: begins ? turn.now : client.requestedAt,
    sent: first ? 1 : client.sent + 1,
    deadline: Math.min(limit, turn.now + pause),
  };
  const message = clientMessage(next, REQUEST, lease.address, undefined, undefined);
  const to = phase === "renewing" ? lease.server : LIMITED_BROADCAST;
  return done(next, [{ kind: "send", to, message }]);
}

/**
 * Asks all servers whether the lease still holds (RFC 2131 section 3.7, with the address in use, as in rebinding): one that does not know it
 * may say so by a NAK. Without an answer it holds.
 */
function check(client: DhcpClient, turn: Turn): DhcpStep {
  const { lease } = client;
  if (lease === undefined) return discover(client, turn);
  return renew({ ...client, phase: "bound" }, lease, "rebinding", turn);
}

/** Another host uses the address: says so to the server and starts over later. */
function decline(client: DhcpClient, turn: Turn): DhcpStep {
  const lease = client.lease;
  if (lease === undefined) return done(client, []);
  const declining = { ...client, transaction: turn.random32() };
  const next = waitFor(client, DECLINE_DELAY_MS, turn);
  return done(next.client, [
    ...giveUp(client, "conflict"),
    broadcast(declining, DECLINE, 0, lease.address, lease.server),
  ]);
}

function waitFor(client: DhcpClient, milliseconds: number, turn: Turn): DhcpStep {
  const fresh = { ...createDhcpClient(), mac: client.mac };
  return done({ ...fresh, phase: "waiting", deadline: turn.now + milliseconds }, []);
}

function giveUp(client: DhcpClient, reason: UnboundReason): DhcpEffect[] {
  return client.lease === undefined ? [] : [{ kind: "unbound", lease: client.lease, reason }];
}

function retryAt(sent: number, turn: Turn): number {
  const pause = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(sent, 10));
  return turn.now + pause + randomBetween(turn, -RETRY_JITTER_MS, RETRY_JITTER_MS);
}

function broadcast(
  client: DhcpClient,
  type: number,
  clientAddress: number,
  requestedAddress: number | undefined,
  server: number | undefined,
): DhcpEffect {
  const message = clientMessage(client, type, clientAddress, requestedAddress, server);
  return { kind: "send", to: LIMITED_BROADCAST, message };
}

function clientMessage(
  client: DhcpClient,
  type: number,
  clientAddress: number,
  requestedAddress: number | undefined,
  server: number | undefined,
): ClientMessage {
  return {
    type,
    transaction: client.transaction,
    seconds: client.seconds,
    clientAddress,
    clientMac: client.mac,
    requestedAddress,
    server,
  };
}

function refuse(client: DhcpClient, refused: Refusal): DhcpStep {
  return { client, effects: [], refused };
}

function done(client: DhcpClient, effects: readonly DhcpEffect[]): DhcpStep {
  return { client, effects, refused: undefined };
}
