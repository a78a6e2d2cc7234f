// The same contract with more than it had: a method, and an optional field at the end of an answer.
import { call, contract, event } from "../../../sdk/contract/contract.ts";
import { optional, string, u32 } from "../../../sdk/contract/field.ts";

export const Counter = contract("counter", 1, {
  /** adds and gives the sum; every sum is given once */
  add: call({ by: u32 }, { sum: u32, times: optional(u32) }),
  /** which code answers */
  code: call({}, { code: string }),
  /** answered when the sum has reached that much */
  reach: call({ sum: u32 }, { sum: u32 }),
  /** begins again */
  reset: call({}, {}),
  /** the sum has changed */
  changed: event({ sum: u32 }, { full: "coalesce" }),
});
