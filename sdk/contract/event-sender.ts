// Sends events of one method on one channel and follows its policy when the peer's queue is full:
// "close" closes the channel, "coalesce" keeps the latest, "drop-oldest" the latest 64; both try again a little later.
// Invariant: while something waits, new events go behind it, so that order is kept; handles of what is dropped are closed.
import type { Channel, SendEnd } from "./channel.ts";
import { type CompiledMethod, handlesIn } from "./compiled.ts";
import { EncodedEvent, encodedEvent } from "./encoded-event.ts";
import { Failure, failures } from "./failure.ts";
import { systemFailure } from "./system-failure.ts";
import { tracing } from "./tracing.ts";

const PEER_CLOSED = -8;
const KEPT = 64;
const AT_ONCE = 16;

/** Senders that wait for a slow receiver. */
export const sendersWaiting: EventSender[] = [];

/** One event that was handed to the channel in this turn; comes back when the queue was full. */
class Sent implements SendEnd {
  readonly sender: EventSender;
  readonly fields: object;
  constructor(sender: EventSender, fields: object) {
    this.sender = sender;
    this.fields = fields;
  }
  full(): void {
    this.sender.wasFull(this.fields);
  }
}

export class EventSender {
  readonly #channel: Channel;
  readonly #contract: string;
  readonly #method: CompiledMethod;
  /** the client's name; undefined for a client's own sender */
  readonly client: string | undefined;
  #waiting: object[] = [];
  /** whether there may be encoded ones in the line */
  #inherits = false;
  #trying = false;
  /** how many of `#waiting` have come back since the last try */
  #returned = 0;
  /** events that were dropped or replaced since the start */
  dropped = 0;

  constructor(channel: Channel, contract: string, method: CompiledMethod, client?: string) {
    this.client = client;
    this.#channel = channel;
    this.#contract = contract;
    this.#method = method;
  }

  /** Sends now or keeps for later; a Failure when the fields are outside their types or the channel is closed. */
  send(fields: object): Failure | undefined {
    if (this.#channel.closed) return systemFailure(PEER_CLOSED, this.#name());
    if (this.#waiting.length > 0) {
      this.#keep(fields, this.#waiting.length);
      return undefined;
    }
    return this.#now(fields);
  }

  /** What waits, for a hand-over. */
  get line(): {
    readonly channel: Channel;
    readonly method: CompiledMethod;
    readonly name: string;
    readonly waiting: readonly object[];
  } {
    return {
      channel: this.#channel,
      method: this.#method,
      name: this.#name(),
      waiting: this.#waiting,
    };
  }

  /** What waited in the code before goes first. */
  inherit(waiting: readonly EncodedEvent[]): void {
    this.#inherits = true;
    this.#waiting.unshift(...waiting);
    if (waiting.length > 0) this.#tryLater();
  }

  #name(): string {
    return `${this.#contract}.${this.#method.name}`;
  }

  #now(fields: object): Failure | undefined {
    const method = this.#method;
    const { hook } = tracing;
    if (hook !== undefined && !(this.#inherits && fields.constructor === EncodedEvent)) {
      const { service = "" } = this.#channel;
      hook.note("sends", service, this.#contract, method.name, fields, method.secret);
    }
    if (this.#inherits && fields.constructor === EncodedEvent) return this.#encoded(fields);
    const { handles } = method;
    const writer = this.#channel.begin(handles === 0 ? 0 : handlesIn(handles, fields));
    const end = method.encode(writer, fields);
    if (end < 0) return new Failure(failures.INVALID, `${this.#name()}: ${writer.problem}`);
    this.#channel.send(end, method.secret, new Sent(this, fields));
    return undefined;
  }

  #encoded(event: EncodedEvent): undefined {
    const { bytes, handles } = event;
    const writer = this.#channel.begin(handles.length);
    writer.bytes.set(bytes, writer.start);
    for (const each of handles) writer.handles[writer.handleCount++] = each;
    this.#channel.send(writer.start + bytes.length, this.#method.secret, new Sent(this, event));
    return undefined;
  }

  /** `place`: where in the line; the oldest goes when it is too long. */
  #keep(fields: object, place: number): void {
    const most = this.#method.full === "coalesce" ? 1 : KEPT;
    this.#waiting.splice(place, 0, fields);
    if (this.#waiting.length <= most) return;
    this.#drop(this.#waiting.shift()!);
    this.dropped++;
    if (this.#returned > 0) this.#returned--;
  }

  /** It goes nowhere: its handles are closed. */
  #drop(fields: object): void {
    if (this.#method.handles === 0) return;
    const { handles } = encodedEvent(this.#method, fields);
    for (let i = 0; i < handles.length; i++) this.#channel.drop(handles[i]!);
  }

  wasFull(fields: object): void {
    const channel = this.#channel;
    if (channel.closed) {
      this.#drop(fields);
      return;
    }
    if (this.#method.full === "close") {
      this.#drop(fields);
      channel.log(`${this.#name()}: the receiver does not keep up; its channel is closed`);
      channel.close();
      channel.receiver?.closedByPeer();
      return;
    }
    // those that come back are older than those that wait
    this.#keep(fields, this.#returned++);
    this.#tryLater();
  }

  #tryLater(): void {
    if (this.#trying) return;
    this.#trying = true;
    sendersWaiting.push(this);
    this.#channel.later(() => {
      this.#trying = false;
      sendersWaiting.splice(sendersWaiting.indexOf(this), 1);
      this.#again();
    });
  }

  // A few at a time: each that finds the queue full again has been encoded in vain.
  #again(): void {
    this.#returned = 0;
    const some = this.#waiting.splice(0, AT_ONCE);
    if (this.#channel.closed) {
      for (const each of some.concat(this.#waiting.splice(0))) this.#drop(each);
      return;
    }
    for (let i = 0; i < some.length; i++) this.#now(some[i]!);
    if (this.#waiting.length > 0) this.#tryLater();
  }
}
