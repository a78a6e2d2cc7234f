// The stub resolver: asks the lease's name servers in turn, with a fresh id, port and case for each try (RFC 5452).
//
// Invariant: each question ends exactly once, at its deadline at the latest; only the server that was asked last, at the socket it
// was asked from, is believed.

import type { Turn } from "../turn.ts";
import { NEVER } from "../turn.ts";
import { type Chain, type Finding, findAnswer } from "./answer.ts";
import { type DnsCache, createDnsCache, keep, lookUp } from "./cache.ts";
import { FORMAT_ERROR, NOT_IMPLEMENTED, parseResponse, writeQuery } from "./message.ts";
import { encodeName, randomCase } from "./name.ts";

/** How a question ended. */
export type DnsResult = Finding | "bad-name" | "no-server" | "timeout" | "failed" | "loop";

/** What the resolver does to the world. */
export interface DnsEffects {
  /** Sends from a socket of its own at a random port; its id, or 0 when that is not possible now. */
  send(server: number, data: Uint8Array): number;
  /** Closes such a socket. */
  release(socket: number): void;
  /** Asks by TCP; `streamAnswered` brings what comes of it. */
  ask(question: number, server: number, data: Uint8Array): void;
  /** Ends an unfinished `ask`. */
  forget(question: number): void;
  answered(question: number, result: DnsResult): void;
}

interface Question {
  readonly id: number;
  readonly type: number;
  readonly key: string;
  /** When the asker's patience ends (milliseconds). */
  readonly until: number;
  readonly servers: readonly number[];
  chain: Chain;
  tries: number;
  query: Uint8Array;
  server: number;
  socket: number;
  byStream: boolean;
  /** The server that was asked last knows no EDNS. */
  plain: boolean;
  /** When the next try is due. */
  nextAt: number;
  /** A server said that it failed: worth more than silence. */
  failed: boolean;
}

/** The state. */
export interface Resolver {
  readonly cache: DnsCache;
  readonly questions: Question[];
  readonly effects: DnsEffects;
  nextId: number;
  deadline: number;
}

const FIRST_WAIT = 1500;
const MAX_WAIT = 6000;
const STREAM_WAIT = 5000;
const MAX_TRIES = 6;
const MAX_QUESTIONS = 64;
/** No alias has been followed yet: the answer alone says how long it holds. */
const UNLIMITED = 86_400;

/** A resolver that knows nothing. */
export function createResolver(effects: DnsEffects): Resolver {
  return { cache: createDnsCache(), questions: [], effects, nextId: 1, deadline: NEVER };
}

/** Asks for a name; the result, or the question's number, for which `answered` comes. `until` in milliseconds. */
export function resolveName(
  resolver: Resolver,
  turn: Turn,
  servers: readonly number[],
  name: string,
  type: number,
  until: number,
): DnsResult | number {
  const wire = encodeName(name);
  if (wire === undefined) return "bad-name";
  const text = (name.endsWith(".") ? name.slice(0, -1) : name).toLowerCase();
  const key = `${type} ${text}`;
  const known = lookUp(resolver.cache, key, turn.now);
  if (known !== undefined) return known;
  if (servers.length === 0 || resolver.questions.length >= MAX_QUESTIONS) return "no-server";
  const question: Question = {
    id: resolver.nextId++,
    type,
    key,
    until,
    servers,
    chain: { names: [text], ttl: UNLIMITED },
    tries: 0,
    query: wire,
    server: 0,
    socket: 0,
    byStream: false,
    plain: false,
    nextAt: 0,
    failed: false,
  };
  resolver.questions.push(question);
  tryNext(resolver, turn, question);
  arm(resolver);
  return question.id;
}

/** A datagram came to one of the resolver's sockets. */
export function datagramCame(
  resolver: Resolver,
  turn: Turn,
  socket: number,
  source: number,
  port: number,
  data: Uint8Array,
): void {
  const question = resolver.questions.find((each) => each.socket === socket);
  if (question === undefined || source !== question.server || port !== 53) return;
  takeResponse(resolver, turn, question, data);
  arm(resolver);
}

/** What came of an `ask`: a whole message, or undefined when the connection failed. */
export function streamAnswered(
  resolver: Resolver,
  turn: Turn,
  id: number,
  data: Uint8Array | undefined,
): void {
  const question = resolver.questions.find((each) => each.id === id && each.byStream);
  if (question === undefined) return;
  question.byStream = false;
  if (data === undefined) tryNext(resolver, turn, question);
  else if (!takeResponse(resolver, turn, question, data)) tryNext(resolver, turn, question);
  arm(resolver);
}

/** It is said that nobody listens at `port` of `server`, to which this socket has sent: true only of the server that was asked. */
export function serverLost(
  resolver: Resolver,
  turn: Turn,
  socket: number,
  server: number,
  port: number,
): void {
  const question = resolver.questions.find((each) => each.socket === socket);
  if (question === undefined || server !== question.server || port !== 53) return;
  question.failed = true;
  tryNext(resolver, turn, question);
  arm(resolver);
}

/** Does what is due; an early call does nothing. */
export function dnsDeadline(resolver: Resolver, turn: Turn): void {
  if (turn.now < resolver.deadline) return;
  const { questions } = resolver;
  for (let index = questions.length - 1; index >= 0; index--) {
    const question = questions[index];
    if (turn.now >= question.until) end(resolver, question, question.failed ? "failed" : "timeout");
    else if (turn.now >= question.nextAt) tryNext(resolver, turn, question);
  }
  arm(resolver);
}

/** True when the message was the awaited answer. */
function takeResponse(
  resolver: Resolver,
  turn: Turn,
  question: Question,
  data: Uint8Array,
): boolean {
  const response = parseResponse(data, question.query);
  if (response === undefined) return false;
  if (response.truncated && question.socket !== 0) {
    quiet(resolver, question);
    question.byStream = true;
    question.nextAt = turn.now + STREAM_WAIT;
    resolver.effects.ask(question.id, question.server, question.query);
    return true;
  }
  const { code } = response;
  if (!question.plain && (code === FORMAT_ERROR || code === NOT_IMPLEMENTED)) {
    quiet(resolver, question);
    question.plain = true;
    askServer(resolver, turn, question);
    return true;
  }
  const answer = findAnswer(response, question.type, question.chain);
  if (answer === "loop") end(resolver, question, "loop");
  else if (answer === "bad") {
    question.failed = true;
    tryNext(resolver, turn, question);
  } else if (answer.outcome === "alias") {
    question.chain = answer.chain;
    question.tries = 0;
    tryNext(resolver, turn, question);
  } else {
    keep(resolver.cache, question.key, answer, turn.now);
    end(resolver, question, answer);
  }
  return true;
}

/** Asks the next server, or ends the question when all have been tried often enough. */
function tryNext(resolver: Resolver, turn: Turn, question: Question): void {
  quiet(resolver, question);
  const { servers, chain, tries } = question;
  const name = encodeName(chain.names[chain.names.length - 1]);
  if (name === undefined || tries >= mostTries(question)) {
    end(resolver, question, question.failed || name === undefined ? "failed" : "timeout");
    return;
  }
  question.tries = tries + 1;
  question.server = servers[tries % servers.length];
  question.plain = false;
  askServer(resolver, turn, question);
}

/** Asks the question's server, with a fresh id, socket and case. */
function askServer(resolver: Resolver, turn: Turn, question: Question): void {
  const { servers, chain, tries, server } = question;
  const name = encodeName(chain.names[chain.names.length - 1]);
  if (name === undefined) return;
  // The last try is in small letters, for servers that do not repeat the case.
  const asked = tries === mostTries(question) ? name : randomCase(name, () => turn.random32());
  question.query = writeQuery(turn.random32() >>> 16, asked, question.type, !question.plain);
  question.socket = resolver.effects.send(server, question.query);
  const round = Math.floor((tries - 1) / servers.length);
  question.nextAt = turn.now + Math.min(MAX_WAIT, FIRST_WAIT * 2 ** round);
}

function mostTries({ servers }: Question): number {
  return Math.min(MAX_TRIES, Math.max(3, servers.length * 2));
}

function quiet(resolver: Resolver, question: Question): void {
  if (question.socket !== 0) resolver.effects.release(question.socket);
  if (question.byStream) resolver.effects.forget(question.id);
  question.socket = 0;
  question.byStream = false;
}

function end(resolver: Resolver, question: Question, result: DnsResult): void {
  const place = resolver.questions.indexOf(question);
  if (place < 0) return;
  quiet(resolver, question);
  resolver.questions.splice(place, 1);
  resolver.effects.answered(question.id, result);
}

function arm(resolver: Resolver): void {
  let deadline = NEVER;
  for (let index = 0; index < resolver.questions.length; index++) {
    const { nextAt, until } = resolver.questions[index];
    deadline = Math.min(deadline, nextAt, until);
  }
  resolver.deadline = deadline;
}
