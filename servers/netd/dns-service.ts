// `Net.resolve`: the resolver over the stack's sockets and connections.
// Invariant: a call that was taken is answered exactly once; datagrams reach the resolver outside of the stack only.
import type { Reply } from "../../sdk/contract/contract.ts";
import type { Failure } from "../../sdk/contract/failure.ts";
import type { Net } from "./contract.ts";
import { DnsStreams } from "./dns-stream.ts";
import { findOverride, parseOverrides } from "./dns/overrides.ts";
import { TYPE_A, TYPE_AAAA, TYPE_MX, TYPE_PTR, TYPE_SRV, TYPE_TXT } from "./dns/record-type.ts";
import { reverseName } from "./dns/name.ts";
import {
  type DnsResult,
  type Resolver,
  createResolver,
  datagramCame,
  dnsDeadline,
  resolveName,
  serverLost,
  streamAnswered,
} from "./dns/resolver.ts";
import { hosts } from "./hosts.ts";
import { netFailure } from "./failures.ts";
import { parseIpAddress } from "./ip-address.ts";
import type { NetErrorCode } from "./net-error.ts";
import type { StackHost } from "./stack-host.ts";
import type { Connection } from "./tcp/connection.ts";
import { NEVER } from "./turn.ts";
import { openUdp, sendUdp } from "./udp-operation.ts";
import { type Datagram, closeSocket, dequeue, findSocket } from "./udp-sockets.ts";
import { firstWire } from "./wires.ts";

type ResolveReply = Reply<(typeof Net.methods)["resolve"]>;
type Kind = "a" | "aaaa" | "ptr" | "mx" | "srv" | "txt";

/** How many names a client is asking for; one for each client of `Net`. */
export interface ResolveCount {
  names: number;
}

const types: { readonly [kind in Kind]: number } = {
  a: TYPE_A,
  aaaa: TYPE_AAAA,
  ptr: TYPE_PTR,
  mx: TYPE_MX,
  srv: TYPE_SRV,
  txt: TYPE_TXT,
};
const MAX_EACH = 16;
/** Longest timeout, in milliseconds. */
const MAX_TIMEOUT = 60_000;
const NS_PER_MS = 1_000_000;
const NS_PER_SECOND = 1_000_000_000;
const DNS_PORT = 53;
/** Answers, and characters of them, that one reply holds for sure. */
const MAX_ANSWERS = 12;
const MAX_CHARACTERS = 3000;
/** What is known without asking. */
const overrides = parseOverrides(hosts);

const errors: { readonly [result in Extract<DnsResult, string>]: NetErrorCode } = {
  "bad-name": "net.bad-name",
  "no-server": "net.no-name-server",
  timeout: "net.names-silent",
  failed: "net.names-failed",
  loop: "net.name-loop",
};

/** Whom a datagram did not reach. */
interface Lost {
  readonly address: number;
  readonly port: number;
}

/** The names that clients ask for. */
export class DnsService {
  readonly #host: StackHost;
  readonly #resolver: Resolver;
  readonly #streams: DnsStreams;
  readonly #sockets: number[] = [];
  readonly #waiting: {
    readonly question: number;
    readonly owner: ResolveCount;
    answer(reply: ResolveReply | Failure): void;
  }[] = [];
  /** What came for the sockets and has not been looked at: a datagram, or where one was lost. */
  readonly #inbox: { readonly socket: number; readonly came: Datagram | Lost }[] = [];
  #timer: { cancel(): void } | undefined;
  #timerAt = NEVER;

  constructor(host: StackHost) {
    this.#host = host;
    this.#streams = new DnsStreams(host, (question, data) => {
      host.act((_stack, turn) => streamAnswered(this.#resolver, turn, question, data));
      this.#arm();
    });
    this.#resolver = createResolver({
      send: (server, data) => this.#send(server, data),
      release: (socket) => this.#release(socket),
      ask: (question, server, data) => void this.#streams.ask(question, server, data),
      forget: (question) => this.#streams.forget(question),
      answered: (question, result) => this.#answered(question, result),
    });
  }

  /** Looks a name up for a client, or says why not. */
  resolve(
    request: { name: string; kind: Kind; timeout: number },
    owner: ResolveCount,
  ): ResolveReply | Failure | Promise<ResolveReply | Failure> {
    const { name, kind } = request;
    const address = parseIpAddress(name);
    if (kind === "ptr" && address === undefined) return netFailure("net.bad-address");
    if (kind === "a" && address !== undefined) return reply(name, [name], 0);
    // RFC 6761 section 6.3: never asked for.
    if (/^(.*\.)?localhost\.?$/i.test(name)) {
      return reply("localhost", kind === "a" ? ["127.0.0.1"] : [], 0);
    }
    if (owner.names >= MAX_EACH) return netFailure("net.too-many-names");
    const asked = kind === "ptr" ? reverseName(address ?? 0) : name;
    const known = findOverride(overrides, asked, types[kind]);
    if (known !== undefined) return outcomeOf(known);
    const servers = firstWire(this.#host.stack).local.lease?.nameServers ?? [];
    const result = this.#host.act((_stack, turn) => {
      const until = turn.now + Math.min(request.timeout / NS_PER_MS, MAX_TIMEOUT);
      return resolveName(this.#resolver, turn, servers, asked, types[kind], until);
    });
    this.#arm();
    if (typeof result !== "number") return outcomeOf(result);
    owner.names += 1;
    return new Promise((answer) => {
      this.#waiting.push({ question: result, owner, answer });
    });
  }

  /** A datagram lies in a socket's queue; false when the socket is none of these. */
  arrived(socket: number): boolean {
    if (!this.#sockets.includes(socket)) return false;
    const open = findSocket(this.#host.stack.udp, socket);
    const datagram = open === undefined ? undefined : dequeue(open);
    if (datagram !== undefined) this.#inbox.push({ socket, came: datagram });
    return true;
  }

  /** A datagram did not get to its server; false when the socket is none of these. */
  lost(socket: number, address: number, port: number): boolean {
    if (!this.#sockets.includes(socket)) return false;
    this.#inbox.push({ socket, came: { address, port } });
    return true;
  }

  /** Something happened to a connection; false when it is none of these. */
  events(connection: Connection, events: number): boolean {
    return this.#streams.events(connection, events);
  }

  /** Looks at what came. To be called outside of the stack, after each entry. */
  outside(): void {
    if (this.#inbox.length === 0) return;
    const inbox = this.#inbox.splice(0);
    this.#host.act((_stack, turn) => {
      for (const { socket, came } of inbox) {
        if (!("data" in came)) serverLost(this.#resolver, turn, socket, came.address, came.port);
        else {
          const { source, sourcePort, data } = came;
          datagramCame(this.#resolver, turn, socket, source, sourcePort, data);
        }
      }
    });
    this.#arm();
  }

  #send(server: number, data: Uint8Array): number {
    return this.#host.act((stack, turn) => {
      const socket = openUdp(stack, turn, { address: 0, port: 0, broadcast: false });
      if (typeof socket === "string") return 0;
      if (sendUdp(stack, turn, socket.id, server, DNS_PORT, data) !== undefined) {
        closeSocket(stack.udp, socket.id);
        return 0;
      }
      this.#sockets.push(socket.id);
      return socket.id;
    });
  }

  #release(socket: number): void {
    const place = this.#sockets.indexOf(socket);
    if (place >= 0) this.#sockets.splice(place, 1);
    closeSocket(this.#host.stack.udp, socket);
  }

  #answered(question: number, result: DnsResult): void {
    const place = this.#waiting.findIndex((each) => each.question === question);
    if (place < 0) return;
    const [{ owner, answer }] = this.#waiting.splice(place, 1);
    owner.names -= 1;
    answer(outcomeOf(result));
  }

  #arm(): void {
    const { deadline } = this.#resolver;
    if (deadline === this.#timerAt) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = deadline;
    if (deadline === NEVER) return;
    this.#timer = this.#host.at(deadline, () => {
      this.#timerAt = NEVER;
      this.#host.act((_stack, turn) => dnsDeadline(this.#resolver, turn));
      this.#arm();
    });
  }
}

function reply(canonical: string, answers: readonly string[], seconds: number): ResolveReply {
  const outcome = answers.length > 0 ? "found" : "no-data";
  return { outcome, canonical, answers: [...answers], validFor: seconds * NS_PER_SECOND };
}

function outcomeOf(result: DnsResult): ResolveReply | Failure {
  if (typeof result === "string") {
    return netFailure(errors[result]);
  }
  const { outcome, canonical, values, ttl } = result;
  let characters = 0;
  const answers = values.slice(0, MAX_ANSWERS).filter((each) => {
    characters += each.length;
    return characters <= MAX_CHARACTERS;
  });
  return {
    outcome,
    canonical,
    answers,
    validFor: ttl * NS_PER_SECOND,
  };
}
