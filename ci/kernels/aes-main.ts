// A server whose kernel has a code for processors with AES-NI beside the one for all: says in its log what both worlds must agree on.
import { processorHas, featuresBeyondBase } from "../../sdk/runtime/processor.ts";
import { run } from "../../sdk/runtime/run.ts";
import { log, ready } from "../../sdk/runtime/supervisor.ts";
import { aes128 } from "../../tape/kernels/aes.tape";
import { blocks } from "../../tape/kernels/vectors.ts";

run(() => {
  ready();
  log(`features beyond the base: ${featuresBeyondBase(processorHas())}.`);
  const data = new Uint8Array(16 * blocks.length);
  blocks.forEach(({ keys, plain, cipher }, i) => {
    const own = data.subarray(16 * i, 16 * i + 16);
    own.set(plain);
    aes128(own, keys);
    log(`block ${i}: ${own.every((byte, at) => byte === cipher[at]) ? "right" : "wrong"}`);
  });
});
