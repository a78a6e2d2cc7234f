// What each call of `Net` does: first what the client may, then the service that does it.
// Invariant: nothing reaches a service before the client's policy has agreed.
import type { Reply } from "../../sdk/contract/contract.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { MOST_RULES, readDoor, readReach } from "../../sdk/contract/net-rules.ts";
import type { Handlers, Service } from "../../sdk/contract/server.ts";
import type { Net } from "./contract.ts";
import type { DnsService } from "./dns-service.ts";
import { parseIpAddress } from "./ip-address.ts";
import { neighbourList } from "./neighbour-list.ts";
import type { PingReply, PingService } from "./ping-service.ts";
import { type NetSession, sessionOf } from "./session.ts";
import type { StackHost } from "./stack-host.ts";
import { statusOf } from "./status.ts";
import type { TcpService } from "./tcp-service.ts";
import type { MakeChannel, UdpService } from "./udp-service.ts";

/** The parts of netd that calls reach. */
export interface NetParts {
  readonly host: StackHost;
  readonly pings: PingService;
  readonly sockets: UdpService;
  readonly tcp: TcpService;
  readonly names: DnsService;
  readonly makeChannel: MakeChannel;
  /** the service that these handlers are of, for networks that clients narrow */
  service(): Service<typeof Net.methods, NetSession>;
}

type ConnectRequest = {
  host: string;
  port: number;
  timeout: number;
  only?: "read" | "write" | undefined;
};
type ConnectReply = Reply<(typeof Net.methods)["connect"]>;

/** How often a network can be narrowed. */
const MOST_NARROWINGS = 8;

/** The addresses of a name, one at least. */
async function addressesOf(
  { names }: NetParts,
  name: string,
  timeout: number,
  { counts }: NetSession,
): Promise<readonly string[] | Failure> {
  const found = await names.resolve({ name, kind: "a", timeout }, counts);
  if (found instanceof Failure || found.answers.length > 0)
    return found instanceof Failure ? found : found.answers;
  const what = found.outcome === "no-name" ? "there is no such name" : "it has no IPv4 address";
  return refuse(failures.NOT_FOUND, `\`${name.slice(0, 64)}\`: ${what}; check how it is written`);
}

/** What is all digits and points was meant as an address; the services say what is wrong with it. */
const isNumeric = (host: string) => /^[0-9.]*$/.test(host);

/** Asks a host, or the first address of a name, for an echo. */
async function echo(
  parts: NetParts,
  request: { host: string; length: number; timeout: number; hops?: number },
  session: NetSession,
): Promise<PingReply | Failure> {
  const { policy, counts } = session;
  let { host } = request;
  if (!isNumeric(host)) {
    const found = policy.know(host) ?? (await addressesOf(parts, host, request.timeout, session));
    if (found instanceof Failure) return found;
    host = found[0]!;
  }
  const address = parseIpAddress(host);
  const refused = address === undefined ? undefined : policy.reach("icmp", host, 0);
  return refused ?? parts.pings.ping({ ...request, host }, counts);
}

/** Connects to a name: to each of its addresses in turn, with an equal part of the time that is left. */
async function connectByName(
  parts: NetParts,
  { host, port, timeout, only }: ConnectRequest,
  session: NetSession,
): Promise<ConnectReply | Failure> {
  const { host: stack, tcp } = parts;
  const { counts } = session;
  const deadline = stack.now() + timeout;
  const answers = await addressesOf(parts, host, timeout, session);
  if (answers instanceof Failure) return answers;
  let failure: Failure | undefined;
  for (let i = 0; i < answers.length; i++) {
    const part = Math.max(0, deadline - stack.now()) / (answers.length - i);
    const opened = await tcp.connect({ host: answers[i]!, port, timeout: part, only }, counts);
    if (!(opened instanceof Failure)) return opened;
    failure = opened;
  }
  return failure as Failure;
}

/** The handlers, but for `opened`. */
export function netHandlers(
  parts: NetParts,
): Omit<Handlers<typeof Net.methods, NetSession>, "opened" | "closed"> {
  const { host, sockets, tcp, names } = parts;
  return {
    status: () => statusOf(host.stack, host.now()),
    ping: (request, peer) => echo(parts, request, sessionOf(peer)),
    trace: (request, peer) => echo(parts, { ...request, length: 32 }, sessionOf(peer)),
    neighbours: () => ({ list: neighbourList(host.stack, host.now()) }),
    udp: (options, peer) => {
      const { policy, counts } = sessionOf(peer);
      const refused = options.port === 0 ? policy.datagrams() : policy.open("udp", options.port);
      return refused ?? sockets.open(options, counts, policy);
    },
    connect: (request, peer) => {
      const session = sessionOf(peer);
      const refused = session.policy.reach("tcp", request.host, request.port);
      if (refused !== undefined) return refused;
      if (isNumeric(request.host)) return tcp.connect(request, session.counts);
      return connectByName(parts, request, session);
    },
    listen: (request, peer) => {
      const { policy, counts } = sessionOf(peer);
      return policy.open("tcp", request.port) ?? tcp.listen(request, counts);
    },
    // What the stream may reach was asked when it was opened, and who has the token had it.
    resume: (request, peer) => tcp.resume(request, sessionOf(peer).counts),
    connections: ({ after }) => tcp.list(after),
    resolve: (request, peer) => {
      const { policy, counts } = sessionOf(peer);
      return policy.know(request.name) ?? names.resolve(request, counts);
    },
    narrow: ({ connect, listen }, peer) => {
      const wrong =
        connect.find((each) => readReach(each) === undefined) ??
        listen.find((each) => readDoor(each) === undefined);
      if (wrong !== undefined)
        return refuse(failures.INVALID, `"${wrong.slice(0, 64)}" is no rule, as tcp:10.0.2.2:80`);
      if (connect.length > MOST_RULES || listen.length > MOST_RULES)
        return refuse(failures.LIMIT, `at most ${MOST_RULES} rules of a kind; use wider ones`);
      const { policy, counts } = sessionOf(peer);
      if (policy.depth > MOST_NARROWINGS)
        return refuse(failures.LIMIT, "this network was narrowed too often; narrow an earlier one");
      const channel = parts.makeChannel();
      if (channel instanceof Failure) return channel;
      const narrowed = parts.service().accept(channel.near, peer.name, peer.badge, peer.terms);
      narrowed.session = { counts, policy: policy.narrowed({ connect, listen }) };
      return { network: channel.far };
    },
  };
}
