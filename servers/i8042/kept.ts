// What the keyboard's server hands over to new code: that the controller is set up, keys that are down or locked, and bytes of a key that is
// half told.
import { bool, struct, u8 } from "../../sdk/contract/field.ts";
import { state } from "../../sdk/hot/state.ts";
import { modifiers } from "./layout-us.ts";
import { scanDecoder } from "./scan-code.ts";

export const kept = state({
  version: 1,
  schema: {
    started: bool,
    decoder: struct({ state: u8 }),
    modifiers: struct({ shift: u8, control: u8, alt: u8, capsLock: bool, numLock: bool }),
  },
  initial: { started: false, decoder: scanDecoder(), modifiers: modifiers() },
});

/** A client's session: whether it listens. */
export const movingSession = {
  schema: { listens: bool },
  save: (listens: boolean) => ({ listens }),
  load: ({ listens }: { listens: boolean }) => listens,
};
