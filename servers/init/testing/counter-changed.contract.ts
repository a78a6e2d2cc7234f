// The same contract with another shape of `add`.
import { call, contract, event } from "../../../sdk/contract/contract.ts";
import { string, u32 } from "../../../sdk/contract/field.ts";

export const Counter = contract("counter", 1, {
  /** adds and gives the sum; every sum is given once */
  add: call({ by: u32, times: u32 }, { sum: u32 }),
  /** which code answers */
  code: call({}, { code: string }),
  /** answered when the sum has reached that much */
  reach: call({ sum: u32 }, { sum: u32 }),
  /** the sum has changed */
  changed: event({ sum: u32 }, { full: "coalesce" }),
});
