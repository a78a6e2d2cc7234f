// Why the card cannot be driven: codes and sentences. A fault is a value; main.ts logs it and ends.
import { deviceFaults } from "../../sdk/virtio/device-fault.ts";

/** Stable code to the sentence that says what to do next. */
export const driverFaults = {
  ...deviceFaults,
  "virtio.no-mac": "The card does not offer its hardware address; set one in its configuration.",
  "virtio.mac": "The card's hardware address is zero or a group's; set a station's address.",
} as const;

/** A stable fault code. */
export type DriverFault = keyof typeof driverFaults;
