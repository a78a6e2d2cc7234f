// Spoken by init (as client) to a server that can hand over, and to the new code that is to take over (docs/hot-swap.md).
import { call, contract, event } from "../contract/contract.ts";
import { array, duration, handle, optional, string, struct, time, u32 } from "../contract/field.ts";

export const Hot = contract("hot", 1, {
  /**
   * To new code: what it declares, as JSON (`Wanted`), its loop's port and another handle of this very channel, both for `adopt`. From then on
   * it waits for this channel alone.
   */
  prepare: call({}, { wanted: string, port: handle("any"), channel: handle("endpoint") }),
  /** To running code: a copy of its state in the versions that are wanted, as `size` bytes of JSON (`HandOver`). */
  snapshot: call({ wanted: string }, { state: handle("memory"), size: u32 }),
  /** To running code: its state for people, as `size` bytes of JSON without secrets. */
  show: call({}, { text: handle("memory"), size: u32 }),
  /** To new code: tries what it would make of such a copy. */
  trial: call({ state: handle("memory"), size: u32 }, {}),
  /** To running code: stop at a message boundary within that time, else refuse. `since`: from when on no client was served. */
  quiesce: call(
    { wanted: string, within: duration },
    { state: handle("memory"), size: u32, since: time },
  ),
  /**
   * To new code, which has the vault now: take over and begin. Nothing of it has an effect before `commit`. `together`: servers whose code is
   * swapped in the same step. With `why` it can't: the servers `along` speak a contract as it was. `changed`: methods of another shape.
   */
  adopt: call(
    {
      state: handle("memory"),
      size: u32,
      port: handle("any"),
      channel: handle("endpoint"),
      grants: array(struct({ name: string, number: u32 })),
      together: optional(array(string)),
    },
    {
      kept: u32,
      why: optional(string),
      along: optional(array(string)),
      changed: optional(array(string)),
    },
  ),
  /**
   * As `adopt`, from an init to the one that takes its place: handles are numbers of the vault that both have had. New code that can't take
   * over ends, with the reason as its last words.
   */
  succeed: call(
    {
      state: u32,
      size: u32,
      port: u32,
      channel: u32,
      first: array(u32),
      grants: array(struct({ name: string, number: u32 })),
    },
    {},
  ),
  /** To new code: it stands. Methods that changed with it came to its channels in the shape before until their servers say otherwise. */
  commit: event({ changed: optional(array(string)) }, { to: "server" }),
  /** To running code that had stopped: go on, nothing has happened. */
  resume: event({}, { to: "server" }),
});
