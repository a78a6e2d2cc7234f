// What a line to the host hands over to new code: the calls that wait for it. Who has it is in the clients' sessions.
import { array, bool, bytes, optional, struct } from "../contract/field.ts";
import { parked } from "../hot/park.ts";
import { state } from "../hot/state.ts";

export const keptLine = state({
  name: "line",
  version: 1,
  schema: { reader: optional(parked), writes: array(struct({ reply: parked, bytes })) },
  initial: { writes: [] },
});

/** A client's session: whether the line is its own. */
export const lineSession = { owns: bool };
