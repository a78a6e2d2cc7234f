// What the console hands over to new code: who is logged in at each terminal, what is being typed, what has not gone out yet.
import {
  array,
  bytes,
  handle,
  oneof,
  optional,
  secret,
  string,
  struct,
  u32,
} from "../../sdk/contract/field.ts";
import { state } from "../../sdk/hot/state.ts";

export const kept = state({
  version: 1,
  schema: {
    /** wrong passwords in a row */
    wrong: u32,
    terminals: array(
      struct({
        name: oneof("serial", "screen"),
        unsent: bytes,
        session: struct({
          stage: oneof("account", "password", "shell"),
          account: string,
          prompt: string,
          text: string,
          cursor: u32,
          first: u32,
          history: array(string),
          secret: secret(bytes),
          session: optional(handle("endpoint")),
          interpreter: optional(handle("endpoint")),
        }),
      }),
    ),
  },
  initial: { wrong: 0, terminals: [] },
});
