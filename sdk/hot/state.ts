// What a server declares to be its state: plain data with a schema and a version. It moves to new code, through `migrate` where the versions
// differ; everything else (closures, timers without a name, clients it has opened) is made anew by the new code's `run`.
// Invariant: `data` is a value of the schema whenever a turn ends; a hand-over that finds something else is refused with the place.
import "./begin.ts";
import { markDurable } from "./durable.ts";
import type { Fields } from "../contract/field.ts";
import {
  type Data,
  type Declared,
  declared,
  type Migration,
  type State,
  type StateOptions,
} from "./declared.ts";

/** Declares state, once for each name, while the bundle is evaluated. The server can be swapped from then on. */
export function state<const F extends Fields>(options: StateOptions<F>): State<F> {
  const name = options.name ?? "state";
  if (declared.some((each) => each.name === name))
    throw new Error(`state ${name} is declared twice; give each a name of its own`);
  const durable = options.durable !== undefined;
  let data = options.initial;
  const made: State<F> = {
    get data() {
      return data;
    },
    set data(values) {
      data = values;
      if (durable) markDurable();
    },
    changed: markDurable,
  };
  declared.push({ ...options, name, state: made } as unknown as Declared);
  return made;
}

/** A migration from an older schema: `make` gets its values and returns those of the present one. */
export function from<const O extends Fields, T extends object>(
  schema: O,
  make: (old: Data<O>) => T,
): Migration<never, T> {
  return { schema, make };
}

/** A way back to an older schema: `make` gets the present values and returns those that the older code understands. */
export function back<const O extends Fields, P extends object>(
  schema: O,
  make: (present: P) => Data<O>,
): Migration<P, Data<O>> {
  return { schema, make };
}
