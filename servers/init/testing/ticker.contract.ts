// What the ticker of the swap tests answers: events to a client that takes them late.
import { call, contract, event } from "../../../sdk/contract/contract.ts";
import { handle, optional, string, u32 } from "../../../sdk/contract/field.ts";

export const Ticker = contract("ticker", 1, {
  /** sends that many ticks to every client, numbered on; which code answers */
  tell: call({ count: u32 }, { code: string }),
  /** `memory`, each tenth time: its first word is `n` */
  tick: event({ n: u32, memory: optional(handle("memory")) }, { full: "drop-oldest" }),
});
