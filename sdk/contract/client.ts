// The client side of a contract over a channel: typed calls that give one promise each, events by handler.
import type { CallEnd, Channel, OpenCall, Reader, Receiver, Writer } from "./channel.ts";
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
import { EventSender } from "./event-sender.ts";
import { Failure, failures } from "./failure.ts";
import { decodeFailure } from "./failure-codec.ts";
import { newPromise, settle } from "./settling.ts";
import { systemFailure } from "./system-failure.ts";
import { takeTrace, traceHook, type TraceStep, tracing } from "./tracing.ts";

/** Cancels one or more calls: `token.cancel()` ends them with CANCELLED. */
export class CancelToken {
  cancelled = false;
  readonly calls: { cancel(): void }[] = [];

  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    for (const call of this.calls.splice(0)) call.cancel();
  }
}

/** Options of one call. */
export interface CallSettings {
  /** ns from now until the call ends with TIMED_OUT; default none */
  readonly timeout?: number;
  /** absolute, ns since boot; the earlier of the two counts */
  readonly deadline?: number;
  readonly cancel?: CancelToken;
}

/** Calls and events of contract C as its client sees them. Failures are values: look with `instanceof Failure`. */
export type Client<C> = C extends Contract<infer M> ? ClientOf<M> : never;

export type ClientOf<M extends Methods> = {
  readonly [K in CallNames<M>]: (
    request: Request<M[K]>,
    settings?: CallSettings,
  ) => Promise<Reply<M[K]> | Failure>;
} & {
  /** sets the handler of an event: `net.on.link((e) => ...)`; a later handler replaces the earlier one */
  readonly on: {
    readonly [K in EventNames<M, "client">]: (handler: (fields: EventFields<M[K]>) => void) => void;
  };
  /** sends an event to the server; undefined, or why it could not be sent */
  readonly send: {
    readonly [K in EventNames<M, "server">]: (fields: EventFields<M[K]>) => Failure | undefined;
  };
  /** each handler is called once when the channel has closed, after every open call has ended */
  onClosed(handler: () => void): void;
  readonly closed: boolean;
  close(): void;
  [Symbol.dispose](): void;
};

const PEER_CLOSED = -8;
const CANCELLED = -11;

type Anything = object | Failure;

/**
 * One call on its way. Without private methods: in the engine those cost at each construction, which is dear anyway: a few that have ended
 * serve again.
 */
class PendingCall implements CallEnd {
  client: ClientCore;
  method: CompiledMethod;
  promise: Promise<Anything>;
  token: CancelToken | undefined;
  cookie: number;
  /** it began a request that is followed */
  root: boolean;
  /** the next of those that have ended */
  next: PendingCall | undefined;

  constructor(client: ClientCore, method: CompiledMethod, promise: Promise<Anything>) {
    this.client = client;
    this.method = method;
    this.promise = promise;
    this.token = undefined;
    this.cookie = -1;
    this.root = false;
    this.next = undefined;
  }

  ended(status: number, reader: Reader): void {
    let value: Anything | undefined;
    if (status < 0) value = systemFailure(status, nameOf(this));
    // the decoder looks whether the reply is long enough for its first word
    else if (reader.words[reader.at >> 2] === 0) value = this.method.decodeReply!(reader);
    if (value === undefined) value = failedReply(this, reader);
    if (this.token !== undefined) forget(this);
    if (traceHook !== undefined) noteReply(this, value);
    settle(this.promise, value);
    if (spares < SPARE) {
      this.next = spare;
      spare = this;
      spares++;
    }
  }

  cancel(): void {
    this.client.channel.cancel(this.cookie);
  }

  about(): OpenCall {
    const { compiled, channel } = this.client;
    return {
      contract: compiled.name,
      method: this.method.name,
      service: channel.service ?? "",
    };
  }
}

/** Calls that have ended: nobody knows them any more. They keep their client until they serve again. */
let spare: PendingCall | undefined;
let spares = 0;
const SPARE = 4;

/** Notes the end of a call; with that of the call that began a request the request is over. */
function noteReply(call: PendingCall, value: Anything): void {
  note("got reply", call.client, call.method, value, call.method.replySecret);
  if (call.root) tracing.current = 0;
  call.root = false;
}

function note(
  step: TraceStep,
  client: ClientCore,
  method: CompiledMethod,
  fields: object,
  secret: boolean,
): void {
  const { compiled, channel } = client;
  traceHook!.note(step, channel.service ?? "", compiled.name, method.name, fields, secret);
}

function nameOf(call: PendingCall): string {
  return `${call.client.compiled.name}.${call.method.name}`;
}

/** A call has ended that could have been cancelled. */
function forget(call: PendingCall): void {
  const { calls } = call.token!;
  const place = calls.indexOf(call);
  if (place >= 0) calls.splice(place, 1);
  call.token = undefined;
}

/** The failure that a reply holds, or that it is. */
function failedReply(call: PendingCall, reader: Reader): Failure {
  const { at, end } = reader;
  if (end - at >= 4 && reader.words[at >> 2] !== 0) {
    const failure = decodeFailure(reader);
    if (failure !== undefined) return failure;
  }
  dropHandles(call.client.channel, reader);
  return new Failure(
    failures.MALFORMED,
    `${nameOf(call)}: the reply is malformed; the server's contract may differ`,
  );
}

/** Closes the handles of a message that was not understood. */
export function dropHandles(channel: Channel, reader: Reader): void {
  for (let i = 0; i < reader.handleCount; i++)
    if (reader.handles[i] !== 0) channel.drop(reader.handles[i]!);
}

/** The place of the method that the message names, -1 when there is none. */
function placeOf(compiled: Compiled, { at, end, words }: Reader): number {
  return end - at < 4 ? -1 : compiled.find(words[at >> 2]!);
}

class ClientCore implements Receiver {
  readonly compiled: Compiled;
  readonly channel: Channel;
  readonly handlers: ((fields: object) => void)[] = [];
  readonly senders: (EventSender | undefined)[] = [];
  onceClosed: (() => void)[] = [];
  /** places of events that are dropped until the server has answered the hello: they may come in an older shape */
  stale: readonly number[] | undefined;
  #on: object | undefined;
  #send: object | undefined;

  constructor(compiled: Compiled, channel: Channel) {
    this.compiled = compiled;
    this.channel = channel;
    channel.receiver = this;
  }

  get on(): object {
    return (this.#on ??= shapeOf(this.compiled).on(this));
  }

  get send(): object {
    return (this.#send ??= shapeOf(this.compiled).send(this));
  }

  get closed(): boolean {
    return this.channel.closed;
  }

  onClosed(handler: () => void): void {
    this.onceClosed.push(handler);
  }

  close(): void {
    this.channel.close();
    this.#part();
  }

  /** Channel, client, handlers and senders know each other: they would stay until the engine looks for cycles. */
  #part(): void {
    this.channel.receiver = undefined;
    this.handlers.length = 0;
    this.#on = this.#send = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  message(reader: Reader): void {
    const { methods } = this.compiled;
    let place = placeOf(this.compiled, reader);
    if (place < 0 && takeTrace(reader)) place = placeOf(this.compiled, reader);
    // an unknown event comes from a newer server and is of no concern
    if (place < 0 || !methods[place]!.toClient || this.stale?.includes(place)) {
      dropHandles(this.channel, reader);
      return;
    }
    const fields = methods[place]!.decode(reader);
    if (fields === undefined) {
      this.channel.log(
        `${this.compiled.name}.${methods[place]!.name}: a malformed event arrived; the channel is closed`,
      );
      dropHandles(this.channel, reader);
      this.channel.close();
      this.closedByPeer();
      return;
    }
    const handler = this.handlers[place];
    if (handler !== undefined) handler(fields);
    else dropHandles(this.channel, reader);
  }

  call(_reader: Reader, reply: number): void {
    this.channel.drop(reply); // a server never calls
  }

  closedByPeer(): void {
    const handlers = this.onceClosed;
    this.onceClosed = [];
    this.#part();
    for (let i = 0; i < handlers.length; i++) handlers[i]!();
  }
}

/** Makes one call; the promise rejects only for a request that is no object of its type at all. One function, since each costs a twentieth. */
function callMethod(
  client: ClientCore,
  method: CompiledMethod,
  request: object,
  settings: CallSettings | undefined,
): Promise<Anything> {
  const promise = newPromise();
  const channel = client.channel;
  let root = false;
  if (channel.closed || settings !== undefined || traceHook !== undefined) {
    const early = earlyEnd(client, method, settings);
    if (early !== undefined) {
      settle(promise, early);
      return promise;
    }
    root = begins(client, method, request);
  }
  const { handles } = method;
  let writer: Writer;
  let end = 0;
  try {
    writer = channel.begin(handles === 0 ? 0 : handlesIn(handles, request));
    end = method.encode(writer, request);
  } catch (error) {
    if (root) tracing.current = 0;
    return Promise.reject(error);
  }
  if (end < 0) {
    if (root) tracing.current = 0;
    const what = `${client.compiled.name}.${method.name}: ${writer.problem}`;
    settle(promise, new Failure(failures.INVALID, what));
    return promise;
  }
  let pending = spare;
  if (pending === undefined) pending = new PendingCall(client, method, promise);
  else {
    spare = pending.next;
    spares--;
    pending.client = client;
    pending.method = method;
    pending.promise = promise;
  }
  const deadline = settings === undefined ? 0 : deadlineOf(channel, settings);
  pending.cookie = channel.call(end, method.secret, deadline, pending);
  if (root) {
    pending.root = true;
    tracing.current = 0;
  }
  if (settings?.cancel !== undefined) {
    pending.token = settings.cancel;
    pending.token.calls.push(pending);
  }
  return promise;
}

/** Why a call ends before it has begun. */
function earlyEnd(
  client: ClientCore,
  method: CompiledMethod,
  settings: CallSettings | undefined,
): Failure | undefined {
  if (client.channel.closed) return systemFailure(PEER_CLOSED, method.name);
  return settings?.cancel?.cancelled ? systemFailure(CANCELLED, method.name) : undefined;
}

/** Notes a call; whether it begins a request that is followed. */
function begins(client: ClientCore, method: CompiledMethod, request: object): boolean {
  if (traceHook === undefined) return false;
  const root = traceHook.begins(client.compiled.name, method.name) === true;
  note("calls", client, method, request, method.secret);
  return root;
}

function deadlineOf(channel: Channel, settings: CallSettings): number {
  const { timeout, deadline } = settings;
  if (timeout === undefined) return deadline ?? 0;
  const at = channel.now() + Math.max(timeout, 1);
  return deadline !== undefined && deadline > 0 && deadline < at ? deadline : at;
}

interface Shape {
  readonly prototype: object;
  on(client: ClientCore): object;
  send(client: ClientCore): object;
}

// The methods of all clients of one contract stand on one prototype, made once.
function shapeOf(compiled: Compiled): Shape {
  if (compiled.clientShape !== undefined) return compiled.clientShape as Shape;
  const prototype = Object.create(ClientCore.prototype);
  const { methods } = compiled;
  for (let i = 0; i < methods.length; i++) {
    const method = methods[i]!;
    if (method.call)
      prototype[method.name] = function (
        this: ClientCore,
        request: object,
        settings?: CallSettings,
      ) {
        return callMethod(this, method, request, settings);
      };
  }
  const shape: Shape = {
    prototype,
    on(client) {
      const on: { [name: string]: unknown } = {};
      for (let i = 0; i < methods.length; i++)
        if (methods[i]!.toClient)
          on[methods[i]!.name] = (handler: (fields: object) => void) => {
            client.handlers[i] = handler;
          };
      return on;
    },
    send(client) {
      const send: { [name: string]: unknown } = {};
      for (let i = 0; i < methods.length; i++) {
        const method = methods[i]!;
        if (method.call || method.toClient) continue;
        const sender = new EventSender(client.channel, compiled.name, method);
        send[method.name] = (fields: object) => sender.send(fields);
      }
      return send;
    },
  };
  compiled.clientShape = shape;
  return shape;
}

/** Clients whose server has not answered their hello yet. */
const greeting: ClientCore[] = [];

/** Of those, what comes of these methods (`contract.method`) up to the answer is dropped. */
export function dropStaleEvents(changed: readonly string[]): void {
  if (changed.length === 0) return;
  for (const each of greeting) {
    const { name, methods } = each.compiled;
    const places = methods.map((method, i) =>
      changed.includes(`${name}.${method.name}`) ? i : -1,
    );
    each.stale = places.filter((place) => place >= 0);
  }
}

/** Tells the server which schemas the client speaks; methods it serves in another shape end with UNKNOWN_METHOD there. */
class Hello implements CallEnd {
  readonly client: ClientCore;
  constructor(client: ClientCore) {
    this.client = client;
  }
  ended(status: number, reader: Reader): void {
    const place = greeting.indexOf(this.client);
    if (place >= 0) greeting.splice(place, 1);
    this.client.stale = undefined;
    if (status < 0) return; // the channel's own events say so
    const { at, end, words } = reader;
    if (end - at >= 4 && words[at >> 2] === 0) return;
    const why = decodeFailure(reader)?.sentence ?? "the reply to hello is malformed";
    this.client.channel.log(`${this.client.compiled.name}: refused by its server: ${why}`);
    this.client.channel.close();
    this.client.closedByPeer();
  }
}

/** Makes a client over a channel; the hello exchange goes first in the same batch. */
export function client<M extends Methods>(contract: Contract<M>, channel: Channel): ClientOf<M> {
  const compiled = compiledOf(contract);
  const core = new ClientCore(compiled, channel);
  Object.setPrototypeOf(core, shapeOf(compiled).prototype);
  const writer = channel.begin(0);
  const { hello } = compiled;
  let at = writer.start >> 2;
  writer.words[at++] = 0;
  for (let i = 0; i < hello.length; i++) writer.words[at++] = hello[i]!;
  if (!channel.closed) greeting.push(core);
  channel.call(at * 4, false, 0, new Hello(core));
  return core as unknown as ClientOf<M>;
}
