// Reads a capture of the wire (pcap, version 2.4, as QEMU's filter-dump writes it) and names its frames.

/** The frames in order. A cut last record is left out: the machine may end while it is written. */
export function captureFrames(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  if (view.getUint32(0, true) !== 0xa1b2c3d4) throw new Error("this is no capture of this machine");
  const frames: Uint8Array[] = [];
  for (let at = 24; at + 16 <= file.length; ) {
    const bytes = view.getUint32(at + 8, true);
    if (at + 16 + bytes > file.length) break;
    frames.push(file.subarray(at + 16, at + 16 + bytes));
    at += 16 + bytes;
  }
  return frames;
}

/** `arp`, `dhcp`, or the frame's protocol in words. */
export function frameKind(frame: Uint8Array): string {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const type = view.getUint16(12);
  if (type === 0x0806) return "arp";
  if (type !== 0x0800) return `type ${type.toString(16)}`;
  const protocol = frame[23];
  if (protocol !== 17) return `ip protocol ${protocol}`;
  const header = 14 + (frame[14]! & 15) * 4;
  const ports = [view.getUint16(header), view.getUint16(header + 2)].sort((a, b) => a - b);
  return ports.join() === "67,68" ? "dhcp" : `udp ${ports.join(" ")}`;
}
