// The second version of the contract: a method and an optional field more.
import { call, contract, event } from "../../../sdk/contract/contract.ts";
import { optional, string, u32 } from "../../../sdk/contract/field.ts";

export const Counter = contract("counter", 2, {
  /** adds and gives the sum; every sum is given once. `generation`: of the code that has answered */
  add: call({ by: u32 }, { sum: u32, generation: optional(u32) }),
  /** which code answers */
  code: call({}, { code: string }),
  /** answered when the sum has reached that much */
  reach: call({ sum: u32 }, { sum: u32 }),
  /** how often its state was changed to this version */
  generation: call({}, { generation: u32 }),
  /** the sum has changed */
  changed: event({ sum: u32 }, { full: "coalesce" }),
});
