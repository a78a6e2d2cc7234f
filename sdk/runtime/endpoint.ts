// A channel endpoint bound to the loop: the runtime's implementation of sdk/contract/channel.ts.
import { events } from "../abi/table.ts";
import type { CallEnd, Channel, Receiver, SendEnd, Writer } from "../contract/channel.ts";
import type { Failure } from "../contract/failure.ts";
import { systemFailure } from "../contract/system-failure.ts";
import { uusi } from "./binding.ts";
import { closeHandle, Handle } from "./handle.ts";
import { hold } from "./hold.ts";
import { log } from "./log.ts";
import { addSource, forgetSource, received, removeSource, type Source } from "./loop.ts";
import { messageBuffer } from "./message-buffer.ts";
import {
  begin,
  callMessage,
  cancelCall,
  closeAfterMessages,
  replyMessage,
  sendMessage,
} from "./outbox.ts";
import { systemCalls } from "./system-call.ts";
import { MILLISECOND } from "./time.ts";
import { after } from "./timers.ts";
import { turnTime } from "./turn-time.ts";

/** How long a full queue of the peer is left alone before the next try. */
const AGAIN = 2 * MILLISECOND;

export class Endpoint extends Handle implements Channel, Source {
  receiver: Receiver | undefined;
  service?: string;
  declare begin: (handles: number) => Writer;
  declare call: (end: number, secret: boolean, deadline: number, done: CallEnd) => number;
  declare reply: (reply: number, end: number, secret: boolean) => void;
  #slot: number;

  /** Binds the endpoint `number`, owned from now on, to the loop. A number that is no endpoint gives a closed one. */
  constructor(number: number) {
    super(number);
    this.#slot = number === 0 ? -1 : addSource(number, this);
    if (this.#slot < 0) super.close();
  }

  /** Its key at the loop's port, below 0 when it is closed. */
  get slot(): number {
    return this.#slot;
  }

  /** Two connected endpoints as handle numbers, to be wrapped here or sent away. */
  static pair(): { readonly near: number; readonly far: number } | Failure {
    const near = uusi.sys(systemCalls.channel_create);
    if (near < 0) return systemFailure(near, "creating a channel");
    return { near, far: uusi.second() };
  }

  /** The key of its events on any port. */
  get key(): number {
    return this.#slot;
  }

  now(): number {
    return turnTime.now;
  }

  later(f: () => void): void {
    after(AGAIN, f);
  }

  log(text: string): void {
    log(text, "warning");
  }

  send(end: number, secret: boolean, told: SendEnd | undefined): void {
    sendMessage(this.number, end, secret, told);
  }

  cancel(cookie: number): void {
    cancelCall(cookie);
  }

  drop(handle: number): void {
    closeHandle(handle);
  }

  /** From the loop, which takes calls and messages to a receiver itself. */
  event(type: number, _at: number, _length: number, event: number): void {
    const { receiver } = this;
    if (type === events.CLOSED) {
      this.close();
      if (receiver !== undefined) receiver.closedByPeer();
      return;
    }
    for (let i = 0; i < received.handleCount; i++) closeHandle(received.handles[i]!);
    if (type === events.CALL) closeHandle(messageBuffer.words[(event >> 2) + 3]!);
  }

  /** Gives the endpoint up, unbound. */
  override take(): number {
    if (this.#slot > 0) {
      removeSource(this.#slot);
      this.#slot = -1;
      if (!hold.on) uusi.sys(systemCalls.bind, this.number, 0, 0);
    }
    return super.take();
  }

  /** Binds it to a port, 0 to none: what arrives waits in the nucleus until it is bound to the loop's port again (hot swap). */
  bindTo(port: number): void {
    if (this.#slot > 0) uusi.sys(systemCalls.bind, this.number, port, this.#slot);
  }

  /** Closes the endpoint once the messages sent before have left. */
  override close(): void {
    if (this.number === 0) return;
    const slot = this.#slot;
    forgetSource(slot);
    this.#slot = -1;
    closeAfterMessages(super.take(), slot);
  }
}

// Not methods that hand over: a function call for each message would take as long as encoding a field.
Endpoint.prototype.begin = begin;
Endpoint.prototype.call = callMessage;
Endpoint.prototype.reply = replyMessage;
