// The simulated machine's network card (sdk/sim/devices), and what a driver would get of it.

import { VirtioNet } from "../../../sdk/sim/devices/virtio-net.ts";
import { deviceMachine } from "../../../sdk/virtio/testing/device-machine.ts";
import { CARD_CONFIG_BYTES, CARD_MEMORY_BYTES, CARD_POOL_BYTES } from "../start-card.ts";

/** A machine with one card; its pool lies behind the memory of its rings. */
export function machine(mac: readonly number[] = [0x52, 0x54, 0, 0x12, 0x34, 0x56]) {
  const sent: Uint8Array[] = [];
  const { device, ...rest } = deviceMachine(
    (bus, vectorsAt, registersAt) =>
      new VirtioNet(bus, {
        mac: Uint8Array.from(mac),
        vectorsAt,
        registersAt,
        transmit: (frame) => void sent.push(frame),
      }),
    CARD_MEMORY_BYTES,
    CARD_CONFIG_BYTES,
    CARD_POOL_BYTES,
  );
  return { ...rest, card: device, sent };
}
