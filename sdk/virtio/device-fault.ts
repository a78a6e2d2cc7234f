// Why a virtio device cannot be driven: codes and sentences. A fault is a value; a driver logs it and ends.

/** Stable code to the sentence that says what to do next. */
export const deviceFaults = {
  "virtio.capabilities":
    "The device's capability list is cut or loops; look at the device, then restart its driver.",
  "virtio.legacy":
    "The device has no modern virtio interface; start it with disable-legacy=on,disable-modern=off.",
  "virtio.region": "A register structure lies outside its region; the device cannot be used.",
  "virtio.reset": "The device does not reset; power the machine off and on.",
  "virtio.version": "The device does not offer VIRTIO_F_VERSION_1; use a virtio 1.x device.",
  "virtio.lacking": "The device lacks a feature that its driver needs; configure it with that.",
  "virtio.features": "The device refused the features that it offered; it cannot be used.",
  "virtio.queue-size":
    "A queue's size is no power of two of at least 8; the device cannot be used.",
  "virtio.vector": "The device refused an interrupt vector; the device cannot be used.",
  "virtio.memory": "The device's memory is smaller than its rings; give it more.",
  "virtio.ring": "The device returned a buffer that it does not have; its driver starts again.",
} as const;

/** A stable fault code. */
export type DeviceFault = keyof typeof deviceFaults;
