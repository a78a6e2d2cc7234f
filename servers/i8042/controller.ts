// The i8042 controller as a driver's logic over its two registers (IBM PS/2 Technical Reference, "Keyboard and auxiliary
// device controller"). Invariant: every wait is a bounded number of reads, so a missing controller costs little and ends in a sentence.

/** Ports 0x60 (data) and 0x64 (status and command). */
export interface ControllerPorts {
  readData(): number;
  readStatus(): number;
  writeData(value: number): void;
  writeCommand(value: number): void;
}

const OUTPUT_FULL = 1;
const INPUT_FULL = 2;
const FROM_MOUSE = 0x20;

/** Reads of the status before the controller counts as absent; one takes about a microsecond on the bus. */
const PATIENCE = 5_000;
/** Bytes taken in one go. */
const SLICE = 64;

function waitWritable(ports: ControllerPorts): boolean {
  for (let turn = 0; turn < PATIENCE; turn += 1)
    if ((ports.readStatus() & INPUT_FULL) === 0) return true;
  return false;
}

function command(ports: ControllerPorts, value: number): boolean {
  if (!waitWritable(ports)) return false;
  ports.writeCommand(value);
  return true;
}

function answer(ports: ControllerPorts): number {
  for (let turn = 0; turn < PATIENCE; turn += 1)
    if ((ports.readStatus() & OUTPUT_FULL) !== 0) return ports.readData();
  return -1;
}

/**
 * Brings the keyboard up: mouse port off, translation to set 1, interrupt on. Returns a sentence when there is no
 * controller. The keyboard itself is left as the firmware has set it up, scanning.
 */
export function controllerStart(ports: ControllerPorts): string | undefined {
  const absent = "no i8042 controller answers at ports 0x60 and 0x64";
  if (ports.readStatus() === 0xff) return absent;
  if (!command(ports, 0xad) || !command(ports, 0xa7)) return absent;
  for (let turn = 0; turn < SLICE && (ports.readStatus() & OUTPUT_FULL) !== 0; turn += 1)
    ports.readData();
  if (!command(ports, 0x20)) return absent;
  const configuration = answer(ports);
  if (configuration < 0) return absent;
  if (!command(ports, 0x60) || !waitWritable(ports)) return absent;
  // Interrupt of the keyboard on, of the mouse off; keyboard clock on, mouse clock off; translation on.
  ports.writeData((configuration & ~0x12) | 0x61);
  if (!command(ports, 0xae) || !waitWritable(ports)) return absent;
  ports.writeData(0xf4); // the keyboard sends keys; its answer 0xFA is no key
  return undefined;
}

/** Takes what the keyboard has sent into `into`; returns the number of bytes. */
export function controllerReceive(ports: ControllerPorts, into: Uint8Array): number {
  let count = 0;
  for (let turn = 0; turn < SLICE && count < into.length; turn += 1) {
    const status = ports.readStatus();
    if ((status & OUTPUT_FULL) === 0 || status === 0xff) break;
    const byte = ports.readData();
    if ((status & FROM_MOUSE) !== 0) continue;
    into[count] = byte;
    count += 1;
  }
  return count;
}
