// Domain names: text with dots, and labels with lengths as the wire has them (RFC 1035 sections 2.3 and 4.1.4).
//
// Invariant: a wire name is at most 255 bytes with labels of 1 to 63; following pointers always goes backward, so that it ends.

const MAX_WIRE = 255;
const MAX_LABEL = 63;
const POINTER = 0xc0;

/** The wire form of a name such as `www.example.org`, in small letters; undefined when it is no name of a host or service. */
export function encodeName(text: string): Uint8Array | undefined {
  const labels = (text.endsWith(".") ? text.slice(0, -1) : text).split(".");
  // An address that is written wrong is no name.
  if (/^[0-9]+$/.test(labels[labels.length - 1])) return undefined;
  const bytes: number[] = [];
  for (let index = 0; index < labels.length; index++) {
    const label = labels[index];
    if (label.length > MAX_LABEL || !/^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?$/.test(label)) {
      return undefined;
    }
    bytes.push(label.length);
    const small = label.toLowerCase();
    for (let at = 0; at < small.length; at++) bytes.push(small.charCodeAt(at));
  }
  bytes.push(0);
  return bytes.length > MAX_WIRE ? undefined : Uint8Array.from(bytes);
}

/** The same name with its letters in random case: a forger has to guess them as well (the "0x20" bits). */
export function randomCase(name: Uint8Array, random32: () => number): Uint8Array {
  const mixed = name.slice();
  let bits = 0;
  for (let at = 0; at < mixed.length; at++) {
    if ((at & 31) === 0) bits = random32();
    if (mixed[at] >= 0x61 && mixed[at] <= 0x7a && (bits & 1) !== 0) mixed[at] -= 32;
    bits >>>= 1;
  }
  return mixed;
}

/** A name in a message: its text in small letters, and where what follows it begins. */
export interface ReadName {
  readonly text: string;
  readonly end: number;
}

/** Reads the name at `at`; undefined when it runs out of the message, is too long, or its pointers do not go backward. */
export function readName(message: Uint8Array, at: number): ReadName | undefined {
  let text = "";
  let place = at;
  let end = -1;
  let limit = at;
  let total = 1;
  for (;;) {
    if (place >= message.length) return undefined;
    const length = message[place];
    if (length === 0) return { text, end: end < 0 ? place + 1 : end };
    if ((length & POINTER) === POINTER) {
      if (place + 1 >= message.length) return undefined;
      const target = ((length & 0x3f) << 8) | message[place + 1];
      if (end < 0) end = place + 2;
      // Each pointer leads before all that was read of the name so far.
      if (target >= limit) return undefined;
      limit = target;
      place = target;
      continue;
    }
    if (length > MAX_LABEL || place + 1 + length > message.length) return undefined;
    total += length + 1;
    if (total > MAX_WIRE) return undefined;
    if (text !== "") text += ".";
    for (let index = place + 1; index <= place + length; index++) {
      text += letter(message[index]);
    }
    place += length + 1;
  }
}

/** A byte of a label as text; what is no plain letter of a name is written as `\ddd` (RFC 1035 section 5.1). */
function letter(byte: number): string {
  if (byte >= 0x41 && byte <= 0x5a) return String.fromCharCode(byte + 32);
  if (byte > 0x20 && byte < 0x7f && byte !== 0x2e && byte !== 0x5c)
    return String.fromCharCode(byte);
  return `\\${String(byte).padStart(3, "0")}`;
}

/** The name under which an IPv4 address is looked up (RFC 1035 section 3.5). */
export function reverseName(address: number): string {
  const parts = [address & 255, (address >>> 8) & 255, (address >>> 16) & 255, address >>> 24];
  return `${parts.join(".")}.in-addr.arpa`;
}
