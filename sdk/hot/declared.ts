// The states that a server's code has declared, for the hand-over.
import type { Fields, Values } from "../contract/field.ts";

/** The mutable form of a schema's values. */
export type Data<F extends Fields> = { -readonly [K in keyof Values<F>]: Values<F>[K] };

/** From another version to the present one, or back: the other's schema, and the function that makes one of the other. */
export interface Migration<I, O> {
  readonly schema: Fields;
  readonly make: (values: I) => O;
}

export interface StateOptions<F extends Fields> {
  /** tells several states of one server apart; default "state" */
  readonly name?: string;
  readonly version: number;
  readonly schema: F;
  readonly initial: Data<F>;
  /**
   * With it, the state survives a crash: at most that many bytes of values (as JSON, and what `bytes` fields hold). What `data` was set to,
   * or changed to and said so by `changed`, is kept before the messages of the turn leave.
   */
  readonly durable?: number;
  /**
   * Objects and lists within `data` are never changed, only replaced by others: then what is the same object as before is not written again, and
   * not handed over twice.
   */
  readonly immutable?: boolean;
  /** by the version that is found: made with `from` */
  readonly migrate?: { readonly [version: number]: Migration<never, Data<F>> };
  /** by the version that the code to go back to has: made with `back` */
  readonly revert?: { readonly [version: number]: Migration<Data<F>, object> };
}

/** State as the server's code uses it. */
export interface State<F extends Fields> {
  /** The values; a new object after a hand-over, so reach it through the state each time. */
  data: Data<F>;
  /** Something within `data` has changed: for durable states, which are kept at the end of the turn. */
  changed(): void;
}

/** A declared state, for the hand-over. */
export interface Declared extends StateOptions<Fields> {
  readonly name: string;
  readonly state: State<Fields>;
}

export const declared: Declared[] = [];
