// What a test's server serves: memory that goes there and back, and a word.
import { call, contract, event } from "../../sdk/contract/contract.ts";
import { handle, u32 } from "../../sdk/contract/field.ts";

export const Box = contract("box", 1, {
  put: call({ memory: handle("memory"), value: u32 }, { memory: handle("memory"), value: u32 }),
  note: event({ value: u32 }, { to: "server", full: "drop-oldest" }),
});
