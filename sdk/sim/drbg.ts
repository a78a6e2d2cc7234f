// HMAC_DRBG with SHA-256 (NIST SP 800-90A Rev. 1, §10.1.2), as the runtime has it natively.
import { createHmac } from "node:crypto";

const OUTPUT_BYTES = 32;

export class Drbg {
  #key = new Uint8Array(OUTPUT_BYTES);
  #value = new Uint8Array(OUTPUT_BYTES).fill(1);

  /** `entropy`: at least 32 bytes. */
  constructor(entropy: Uint8Array) {
    this.#update(entropy);
  }

  reseed(entropy: Uint8Array): void {
    this.#update(entropy);
  }

  fill(into: Uint8Array): void {
    for (let at = 0; at < into.length; at += OUTPUT_BYTES) {
      this.#value = this.#hmac(this.#value);
      into.set(this.#value.subarray(0, Math.min(OUTPUT_BYTES, into.length - at)), at);
    }
    this.#update(new Uint8Array(0));
  }

  #update(data: Uint8Array): void {
    for (const round of data.length > 0 ? [0, 1] : [0]) {
      this.#key = this.#hmac(this.#value, new Uint8Array([round]), data);
      this.#value = this.#hmac(this.#value);
    }
  }

  #hmac(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
    const h = createHmac("sha256", this.#key);
    for (const part of parts) h.update(part);
    return new Uint8Array(h.digest());
  }
}
