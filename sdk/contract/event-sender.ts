// Sends events of one method on one channel and follows its policy when the peer's queue is full:
// "close" closes the channel, "coalesce" keeps the latest, "drop-oldest" the latest 64; both try again a little later.
// Invariant: while something waits, new events go behind it, so that order is kept.
import type { Channel, SendEnd } from "./channel.ts";
import type { CompiledMethod } from "./compiled.ts";
import { Failure, failures } from "./failure.ts";
import { systemFailure } from "./system-failure.ts";

const PEER_CLOSED = -8;
const KEPT = 64;

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
  #waiting: object[] = [];
  #trying = false;
  /** events that were dropped or replaced since the start */
  dropped = 0;

  constructor(channel: Channel, contract: string, method: CompiledMethod) {
    this.#channel = channel;
    this.#contract = contract;
    this.#method = method;
  }

  /** Sends now or keeps for later; a Failure when the fields are outside their types or the channel is closed. */
  send(fields: object): Failure | undefined {
    if (this.#channel.closed) return systemFailure(PEER_CLOSED, this.#name());
    if (this.#waiting.length > 0) {
      this.#keep(fields);
      return undefined;
    }
    return this.#now(fields);
  }

  #name(): string {
    return `${this.#contract}.${this.#method.name}`;
  }

  #now(fields: object): Failure | undefined {
    const method = this.#method;
    const { handles } = method;
    const writer = this.#channel.begin(typeof handles === "number" ? handles : handles(fields));
    const end = method.encode(writer, fields);
    if (end < 0) return new Failure(failures.INVALID, `${this.#name()}: ${writer.problem}`);
    this.#channel.send(end, method.secret, new Sent(this, fields));
    return undefined;
  }

  #keep(fields: object): void {
    const most = this.#method.full === "coalesce" ? 1 : KEPT;
    this.#waiting.push(fields);
    if (this.#waiting.length > most) {
      this.#waiting.shift();
      this.dropped++;
    }
  }

  wasFull(fields: object): void {
    if (this.#channel.closed) return;
    if (this.#method.full === "close") {
      this.#channel.log(`${this.#name()}: the receiver does not keep up; its channel is closed`);
      this.#channel.close();
      this.#channel.receiver?.closedByPeer();
      return;
    }
    this.#keep(fields);
    if (this.#trying) return;
    this.#trying = true;
    this.#channel.later(() => this.#again());
  }

  #again(): void {
    this.#trying = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let i = 0; i < waiting.length && !this.#channel.closed; i++) this.#now(waiting[i]!);
  }
}
