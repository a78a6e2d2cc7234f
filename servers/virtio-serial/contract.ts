// The line to the host, as its driver serves it: a stream of bytes both ways.
// Invariant: nothing is lost and nothing is kept here: bytes stay with the device until somebody reads them.
import { call, contract } from "../../sdk/contract/contract.ts";
import { bytes } from "../../sdk/contract/field.ts";

/** Bytes of one call at most. */
export const STREAM_BYTES = 2048;

/** One client at a time; a second one gets BUSY. */
export const HostStream = contract("host-stream", 1, {
  /** The next bytes from the host, 1 to 2,048; waits until there are some. One call at a time. */
  read: call({}, { bytes: bytes }),
  /** Bytes for the host, 0 to 2,048; answered when the device has room for them. Without a listener there they are lost. */
  write: call({ bytes: bytes }, {}),
});
