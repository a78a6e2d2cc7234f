// HMAC_DRBG with SHA-256 (NIST SP 800-90A rev. 1, §10.1.2), security strength 256 bits.
// Invariant: there is no generator without a seed of at least 48 bytes (entropy and nonce); after each request the state
// is replaced, so that what was given out cannot be computed from a later state.
import { hmac, type Sha256 } from "./hmac.ts";

/** Bytes that one request gives at most (the standard allows 65,536). */
export const REQUEST_LIMIT = 2048;
/** Requests between reseeds (SP 800-90A, table 2). */
export const RESEED_INTERVAL = 2 ** 48;
/** Least bytes of a seed: 256 bits of entropy and a nonce of half of that. */
export const SEED_LEAST = 48;

/** The state; opaque to users. */
export interface Drbg {
  readonly sha256: Sha256;
  key: Uint8Array;
  value: Uint8Array;
  requests: number;
}

const empty = new Uint8Array(0);
const zero = new Uint8Array([0]);
const one = new Uint8Array([1]);

function update(drbg: Drbg, data: Uint8Array): void {
  drbg.key = hmac(drbg.sha256, drbg.key, [drbg.value, zero, data]);
  drbg.value = hmac(drbg.sha256, drbg.key, [drbg.value]);
  if (data.length === 0) return;
  drbg.key = hmac(drbg.sha256, drbg.key, [drbg.value, one, data]);
  drbg.value = hmac(drbg.sha256, drbg.key, [drbg.value]);
}

/** A generator from `seed` (entropy, nonce, personalization, in this order), or undefined when the seed is too short. */
export function drbg(sha256: Sha256, seed: Uint8Array): Drbg | undefined {
  if (seed.length < SEED_LEAST) return undefined;
  const state: Drbg = {
    sha256,
    key: new Uint8Array(32),
    value: new Uint8Array(32).fill(1),
    requests: 1,
  };
  update(state, seed);
  return state;
}

/** Mixes fresh entropy in. */
export function drbgReseed(state: Drbg, entropy: Uint8Array): void {
  update(state, entropy);
  state.requests = 1;
}

/** `count` bytes (at most REQUEST_LIMIT), or undefined when a reseed is due or too much was asked for. */
export function drbgBytes(state: Drbg, count: number): Uint8Array | undefined {
  if (count > REQUEST_LIMIT || state.requests > RESEED_INTERVAL) return undefined;
  const out = new Uint8Array(count);
  for (let at = 0; at < count; at += 32) {
    state.value = hmac(state.sha256, state.key, [state.value]);
    out.set(count - at < 32 ? state.value.subarray(0, count - at) : state.value, at);
  }
  update(state, empty);
  state.requests += 1;
  return out;
}
