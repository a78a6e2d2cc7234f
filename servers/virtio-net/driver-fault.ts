// Why the card cannot be driven: codes and sentences. A fault is a value; main.ts logs it and ends.

/** Stable code to the sentence that says what to do next. */
export const driverFaults = {
  "virtio.capabilities":
    "The card's capability list is cut or loops; look at the device, then restart virtio-net.",
  "virtio.legacy":
    "The card has no modern virtio interface; start it with disable-legacy=on,disable-modern=off.",
  "virtio.region": "A register structure lies outside its region; the card cannot be used.",
  "virtio.reset": "The card does not reset; power the machine off and on.",
  "virtio.version": "The card does not offer VIRTIO_F_VERSION_1; use a virtio 1.x device.",
  "virtio.no-mac": "The card does not offer its hardware address; set one in its configuration.",
  "virtio.mac": "The card's hardware address is zero or a group's; set a station's address.",
  "virtio.features": "The card refused the features that it offered; the card cannot be used.",
  "virtio.queue-size": "A queue's size is no power of two of at least 8; the card cannot be used.",
  "virtio.vector": "The card refused an interrupt vector; the card cannot be used.",
  "virtio.memory": "The card's memory is smaller than its rings; give it more.",
  "virtio.ring": "The card returned a buffer that it does not have; virtio-net starts again.",
} as const;

/** A stable fault code. */
export type DriverFault = keyof typeof driverFaults;
