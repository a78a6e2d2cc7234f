// The server side of a contract over channels: validated calls reach typed handlers, replies leave with the turn.
import type { Channel, Reader, Receiver } from "./channel.ts";
import { dropHandles } from "./client.ts";
import { type Compiled, type CompiledMethod, compiledOf, handlesIn } from "./compiled.ts";
import type {
  CallNames,
  Contract,
  EventFields,
  EventNames,
  Methods,
  Reply,
  Request,
} from "./contract.ts";
import { errorText } from "./error-text.ts";
import { EventSender } from "./event-sender.ts";
import { Failure, failures } from "./failure.ts";
import { replyFailure } from "./failure-codec.ts";
import { helloAnswer, helloWords, SAME } from "./hello.ts";
import { handled, type Parked, PARKED } from "./parked.ts";
import { refusals } from "./refusals.ts";
import { takeTrace, traceHook, type TraceStep } from "./tracing.ts";

/** One connected client, as the server sees it. `session` is the server's own, undefined at first. */
export interface Peer<M extends Methods, S = unknown> {
  session: S | undefined;
  /** name that init gave with the connection (the client's server or account), "" on a private channel */
  readonly name: string;
  readonly badge: number;
  /** what init said of its grants over this contract (terms.ts) */
  readonly terms: readonly string[];
  /** sends an event to this client */
  readonly send: {
    readonly [K in EventNames<M, "client">]: (fields: EventFields<M[K]>) => Failure | undefined;
  };
  readonly closed: boolean;
  close(): void;
}

type Answer<R> = R | Failure | Parked | Promise<R | Failure>;

/**
 * Handlers of a contract: one for each call and each event to the server. A call's handler returns the reply's fields, a
 * Failure, a promise of either, or PARKED (parked.ts); what it throws becomes SERVER_FAULT and a log line.
 */
export type Handlers<M extends Methods, S = unknown> = {
  readonly [K in CallNames<M>]: (request: Request<M[K]>, peer: Peer<M, S>) => Answer<Reply<M[K]>>;
} & {
  readonly [K in EventNames<M, "server">]: (fields: EventFields<M[K]>, peer: Peer<M, S>) => void;
} & {
  /** a client has connected / its channel has closed */
  readonly opened?: (peer: Peer<M, S>) => void;
  readonly closed?: (peer: Peer<M, S>) => void;
};

/** A served contract. */
export interface Service<M extends Methods, S = unknown> {
  readonly peers: readonly Peer<M, S>[];
  /** adds a connected channel */
  accept(channel: Channel, name?: string, badge?: number, terms?: readonly string[]): Peer<M, S>;
  /** sends an event to every client */
  readonly broadcast: {
    readonly [K in EventNames<M, "client">]: (fields: EventFields<M[K]>) => void;
  };
  close(): void;
}

type AnyHandler = (fields: object, peer: object) => object | Promise<object>;
type Hooks = { opened?: (peer: object) => void; closed?: (peer: object) => void };

/** Contracts that this process serves or served. */
export const served: Compiled[] = [];

/** What all objects made of fields have, in a variable, which is read faster than the global one. */
const Fields = Object;

/** By what only they have, since `instanceof` costs 1,500 instructions. No reply has a field `then`: it could not be awaited. */
function isPromise(answer: object | undefined): answer is Promise<object> {
  return typeof (answer as { then?: unknown } | undefined)?.then === "function";
}

function isFailure(value: object | undefined): value is Failure {
  return value?.constructor === Failure;
}

/** The place of the method that the message names, -1 when it is not served in the client's shape. */
function findMethod(peer: PeerCore, reader: Reader, call: boolean): number {
  const { compiled } = peer.service;
  const place = reader.end - reader.at < 4 ? -1 : compiled.find(reader.words[reader.at >> 2]!);
  if (place < 0) return -1;
  const method = compiled.methods[place]!;
  if (method.call !== call || method.toClient) return -1;
  return peer.refused?.includes(place) ? -1 : place;
}

/** One client's channel. */
class PeerCore implements Receiver {
  session: unknown = undefined;
  readonly name: string;
  readonly badge: number;
  readonly terms: readonly string[];
  readonly channel: Channel;
  readonly service: ServiceCore;
  /** the method of the last call and its handler: most calls are of the same */
  last: CompiledMethod | undefined;
  lastHandler: AnyHandler | undefined;
  lastId = -1;
  /** places of methods that the client speaks in another shape, from its hello */
  refused: readonly number[] | undefined;
  /** what the client said of its schemas; the service's own hello when it is the same, undefined before it has said it */
  hello: readonly number[] | undefined;
  #send: { [name: string]: (fields: object) => Failure | undefined } | undefined;
  /** by the place of their method, once `send` was asked for */
  readonly senders: (EventSender | undefined)[] = [];

  constructor(
    service: ServiceCore,
    channel: Channel,
    name: string,
    badge: number,
    terms: readonly string[],
  ) {
    this.service = service;
    this.channel = channel;
    this.name = name;
    this.badge = badge;
    this.terms = terms;
    channel.receiver = this;
    this.last = undefined;
    this.lastHandler = undefined;
  }

  get send(): { [name: string]: (fields: object) => Failure | undefined } {
    if (this.#send !== undefined) return this.#send;
    const send: { [name: string]: (fields: object) => Failure | undefined } = {};
    const { methods, name } = this.service.compiled;
    for (let i = 0; i < methods.length; i++) {
      const method = methods[i]!;
      if (!method.toClient) continue;
      const sender = new EventSender(this.channel, name, method, this.name);
      this.senders[i] = sender;
      send[method.name] = (fields) => sender.send(fields);
    }
    this.#send = send;
    return send;
  }

  /** The sender of the event that is at that place in the contract. */
  senderOf(place: number): EventSender | undefined {
    void this.send;
    return this.senders[place];
  }

  get closed(): boolean {
    return this.channel.closed;
  }

  close(): void {
    if (this.channel.closed) return;
    this.channel.close();
    this.closedByPeer();
  }

  closedByPeer(): void {
    const { peers } = this.service;
    const place = peers.indexOf(this);
    if (place < 0) return;
    peers.splice(place, 1);
    this.channel.close();
    // channel, peer and senders know each other: they would stay until the engine looks for cycles
    this.channel.receiver = undefined;
    this.#send = undefined;
    const { hooks } = this.service;
    if (hooks.closed !== undefined) hooks.closed(this);
  }

  message(reader: Reader): void {
    let place = findMethod(this, reader, false);
    if (place < 0 && takeTrace(reader)) place = findMethod(this, reader, false);
    if (place < 0) {
      dropHandles(this.channel, reader);
      return;
    }
    const method = this.service.compiled.methods[place]!;
    const fields = method.decode(reader);
    if (fields === undefined) {
      this.channel.log(
        `${this.service.compiled.name}.${method.name}: a malformed event from ${this.name || "a client"}; its channel is closed`,
      );
      dropHandles(this.channel, reader);
      this.close();
      return;
    }
    if (traceHook !== undefined) this.note("got event", method, fields, method.secret);
    try {
      this.service.handlers[place]!(fields, this);
    } catch (error) {
      this.service.fault(method, error);
    }
  }

  call(reader: Reader, reply: number): void {
    if (reader.words[reader.at >> 2] !== this.lastId && !this.find(reader)) {
      this.unknown(reader, reply);
      return;
    }
    const method = this.last!;
    const request = method.decode(reader);
    if (request === undefined) {
      this.malformed(method, reader, reply);
      return;
    }
    if (traceHook !== undefined) {
      traceHook.begins(this.service.compiled.name, method.name);
      this.note("got call", method, request, method.secret);
    }
    let answer: object | Promise<object>;
    handled.reply = reply;
    try {
      answer = this.lastHandler!(request, this);
    } catch (error) {
      if (handled.reply !== 0) this.fault(method, reply, error);
      else this.service.fault(method, error);
      return;
    }
    handled.reply = 0;
    // fields, as most answers are: neither a promise, nor a Failure, nor PARKED
    if (answer?.constructor !== Fields || traceHook !== undefined) {
      this.answerOther(method, reply, answer);
      return;
    }
    const channel = this.channel;
    const handles = method.replyHandles;
    const writer = channel.begin(handles === 0 ? 0 : handlesIn(handles, answer));
    const end = method.encodeReply!(writer, answer);
    if (end >= 0) channel.reply(reply, end, method.replySecret);
    else this.fault(method, reply, new Error(`the reply's ${writer.problem}`));
  }

  /** Makes the method that the message names `last`; false when it is not served in the client's shape. */
  find(reader: Reader): boolean {
    let place = findMethod(this, reader, true);
    if (place < 0 && takeTrace(reader)) place = findMethod(this, reader, true);
    if (place < 0) return false;
    this.last = this.service.compiled.methods[place]!;
    this.lastHandler = this.service.handlers[place]!;
    this.lastId = this.last.id;
    return true;
  }

  malformed(method: CompiledMethod, reader: Reader, reply: number): void {
    // what stood in the place of the method's name was of an earlier message
    if (reader.end - reader.at < 4) {
      this.unknown(reader, reply);
      return;
    }
    dropHandles(this.channel, reader);
    const what = `${this.service.compiled.name}.${method.name}: the request is malformed`;
    replyFailure(this.channel, reply, new Failure(failures.MALFORMED, what));
  }

  answerOther(method: CompiledMethod, reply: number, answer: object | Promise<object>): void {
    if (answer === PARKED) return;
    if (!isPromise(answer)) {
      this.answer(method, reply, answer);
      return;
    }
    method.suspended = (method.suspended ?? 0) + 1;
    answer.then(
      (value) => {
        method.suspended!--;
        this.answer(method, reply, value);
      },
      (error) => {
        method.suspended!--;
        this.fault(method, reply, error);
      },
    );
  }

  note(step: TraceStep, method: CompiledMethod, fields: object, secret: boolean): void {
    traceHook!.note(step, this.name, this.service.compiled.name, method.name, fields, secret);
  }

  unknown(reader: Reader, reply: number): void {
    const { at, end, words } = reader;
    if (end - at >= 4 && words[at >> 2] === 0) {
      const answer = helloAnswer(this.service.compiled, reader);
      if (answer instanceof Failure) {
        replyFailure(this.channel, reply, answer);
        return;
      }
      this.hello = answer === SAME ? this.service.compiled.hello : helloWords(reader);
      this.lastId = -1;
      this.refused =
        answer.length > 0 ? answer.map((id) => this.service.compiled.find(id)) : undefined;
      const writer = this.channel.begin(0);
      let place = writer.start;
      writer.view.setUint32(place, 0, true);
      writer.view.setUint16(place + 4, answer.length, true);
      place += 6;
      for (let i = 0; i < answer.length; i++, place += 4)
        writer.view.setUint32(place, answer[i]!, true);
      this.channel.reply(reply, place, false);
      return;
    }
    dropHandles(this.channel, reader);
    const { name } = this.service.compiled;
    replyFailure(
      this.channel,
      reply,
      new Failure(failures.UNKNOWN_METHOD, `${name} does not serve this method in this shape`),
    );
  }

  /** Encodes the handler's answer, be it fields or a Failure. The channel may have closed meanwhile: the reply object still works. */
  answer(method: CompiledMethod, reply: number, value: object): void {
    if (traceHook !== undefined) this.note("replies", method, value ?? {}, method.replySecret);
    if (isFailure(value)) {
      if (value.code === failures.REFUSED && refusals.heard !== undefined) {
        const what = `${this.service.compiled.name}.${method.name}`;
        refusals.heard({ who: this.name, what, failure: value });
      }
      replyFailure(this.channel, reply, value);
      return;
    }
    this.reply(method, reply, value ?? {});
  }

  /** Encodes the fields of an answer. */
  reply(method: CompiledMethod, reply: number, value: object): void {
    const channel = this.channel;
    const handles = method.replyHandles;
    const writer = channel.begin(handles === 0 ? 0 : handlesIn(handles, value));
    const end = method.encodeReply!(writer, value);
    if (end < 0) {
      this.fault(method, reply, new Error(`the reply's ${writer.problem}`));
      return;
    }
    channel.reply(reply, end, method.replySecret);
  }

  fault(method: CompiledMethod, reply: number, error: unknown): void {
    this.service.fault(method, error);
    const what = `${this.service.compiled.name}.${method.name} failed inside the server; its log says why`;
    replyFailure(this.channel, reply, new Failure(failures.SERVER_FAULT, what));
  }
}

class ServiceCore {
  readonly compiled: Compiled;
  readonly handlers: AnyHandler[] = [];
  readonly hooks: Hooks;
  readonly peers: PeerCore[] = [];
  #lastChannel: Channel | undefined;
  #broadcast: { [name: string]: (fields: object) => void } | undefined;

  constructor(compiled: Compiled, handlers: { [name: string]: unknown }) {
    this.compiled = compiled;
    if (!served.includes(compiled)) served.push(compiled);
    this.hooks = handlers as Hooks;
    for (let i = 0; i < compiled.methods.length; i++) {
      const { name, toClient } = compiled.methods[i]!;
      if (toClient) continue;
      const handler = handlers[name];
      if (typeof handler !== "function")
        throw new Error(`the handlers of ${compiled.name} lack ${name}`);
      this.handlers[i] = handler.bind(handlers) as AnyHandler;
    }
  }

  /** A client whose channel was open before. */
  adopt(channel: Channel, name: string, badge: number, terms: readonly string[] = []): PeerCore {
    const peer = new PeerCore(this, channel, name, badge, terms);
    this.peers.push(peer);
    this.#lastChannel = channel;
    return peer;
  }

  accept(channel: Channel, name = "", badge = 0, terms: readonly string[] = []): PeerCore {
    const peer = this.adopt(channel, name, badge, terms);
    if (this.hooks.opened !== undefined) this.hooks.opened(peer);
    return peer;
  }

  get broadcast(): { [name: string]: (fields: object) => void } {
    if (this.#broadcast !== undefined) return this.#broadcast;
    const all: { [name: string]: (fields: object) => void } = {};
    const { peers } = this;
    for (const { name, toClient } of this.compiled.methods)
      if (toClient)
        all[name] = (fields) => {
          // a copy: a peer that is full may be closed, and leave the list, meanwhile
          const now = peers.slice();
          for (let i = 0; i < now.length; i++) now[i]!.send[name]!(fields);
        };
    this.#broadcast = all;
    return all;
  }

  /** One log line with the place of the fault. */
  fault(method: CompiledMethod, error: unknown): void {
    this.#lastChannel?.log(`${this.compiled.name}.${method.name} failed: ${errorText(error)}`);
  }

  close(): void {
    const all = this.peers.slice();
    for (let i = 0; i < all.length; i++) all[i]!.close();
  }
}

/** Makes a service; channels are added by `accept` (`serve` of sdk/runtime does it for named services). */
export function service<M extends Methods, S = unknown>(
  contract: Contract<M>,
  handlers: Handlers<M, S>,
): Service<M, S> {
  const core = new ServiceCore(compiledOf(contract), handlers as { [name: string]: unknown });
  return core as unknown as Service<M, S>;
}
