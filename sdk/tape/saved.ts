// The state of a server in Tape as new code takes it over: what its `save` gave, as JSON; "" when there is none.
import { string } from "../contract/field.ts";
import type { State } from "../hot/declared.ts";
import { state } from "../hot/state.ts";

export const savedSchema = { json: string };

/** Declares it; to be called while the bundle is evaluated. */
export const saved = (): State<typeof savedSchema> =>
  state({ name: "tape", version: 1, schema: savedSchema, initial: { json: "" } });
