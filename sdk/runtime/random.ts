// Random numbers of this process: an HMAC-DRBG in the engine, seeded at start.
import { Failure, failures } from "../contract/failure.ts";
import { uusi } from "./binding.ts";

/** `length` random bytes, or a failure when this process got no entropy. */
export function randomBytes(length: number): Uint8Array | Failure {
  const bytes = new Uint8Array(length);
  if (uusi.random(bytes)) return bytes;
  return new Failure(
    failures.UNAVAILABLE,
    "no entropy was given at start; the machine has no source",
  );
}

/** A random integer from 0 to 2^32 - 1, for jitter and identifiers; 0 without entropy. Not for keys. */
export function random32(): number {
  const bytes = new Uint8Array(4);
  uusi.random(bytes);
  return new DataView(bytes.buffer).getUint32(0, true);
}
