// What the random server gives: bytes that nobody can predict.
import { call, contract } from "../../sdk/contract/contract.ts";
import { bytes, secret, u16 } from "../../sdk/contract/field.ts";

export const Random = contract("random", 1, {
  /** `count` random bytes, at most 2,048; UNAVAILABLE while the machine has given no entropy. */
  bytes: call({ count: u16 }, { bytes: secret(bytes) }),
});
