// What the driver hands over to new code: that the port is set up, and the bytes on their way through this process.
import { bool, bytes } from "../../sdk/contract/field.ts";
import { state } from "../../sdk/hot/state.ts";

export const kept = state({
  version: 1,
  schema: { started: bool, arrived: bytes, leaving: bytes },
  initial: { started: false, arrived: new Uint8Array(0), leaving: new Uint8Array(0) },
});
