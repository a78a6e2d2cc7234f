// The driver of a line to the host over the second serial port of a PC (0x2f8): serves it at /dev/host1.
// Invariant: a machine without that port, and a port that is not answered, cost nothing but this process. New code goes on with the port as it
// is; what the port's FIFO can't hold meanwhile is lost to the frames' checks, which have it sent again.
import { serveLine } from "../../sdk/channel/serve-line.ts";
import { dispose, onceKept } from "../../sdk/hot/accept.ts";
import { Interrupt } from "../../sdk/runtime/interrupt.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { IoPorts } from "../../sdk/runtime/io-ports.ts";
import { run } from "../../sdk/runtime/run.ts";
import { exit, log, ready } from "../../sdk/runtime/supervisor.ts";
import { systemCalls } from "../../sdk/runtime/system-call.ts";
import { after, type Timer } from "../../sdk/runtime/timers.ts";
import { receiveAt, uart, uartPresent, uartTaken } from "../../sdk/uart/uart.ts";
import { kept } from "./kept.ts";
import { SerialPort } from "./port.ts";

const BASE = 0x2f8;
/** A send interrupt that does not come within this is not waited for. */
const LOST = 50e6;

run(({ grants }) => {
  const ports = new IoPorts(grants["device:serial2/ports"] ?? 0);
  const registers = {
    read: (offset: number) => ports.read8(BASE + offset) & 0xff,
    write: (offset: number, value: number) => {
      ports.write8(BASE + offset, value);
    },
  };
  const { started } = kept.data;
  if (!started && !uartPresent(registers)) {
    log("no line to a host: no serial port answers at 0x2f8");
    return exit(0);
  }
  const port = started
    ? new SerialPort(uartTaken(registers), kept.data)
    : new SerialPort(uart(registers, receiveAt[8]));
  let watch: Timer | undefined;
  const look = (): void => {
    if (port.look()) after(0, look);
    line.arrived();
    if (port.idle) line.room();
    wait();
  };
  const wait = (): void => {
    if (port.idle) {
      watch?.cancel();
      watch = undefined;
    } else
      watch ??= after(LOST, () => {
        watch = undefined;
        look();
      });
  };
  const line = serveLine<never>(
    "/dev/host1",
    {
      receive: () => port.receive(),
      transmit: (bytes) => {
        const taken = port.transmit(bytes);
        wait();
        return taken;
      },
    },
    () => undefined,
  );
  dispose(() => {
    kept.data = { started: true, ...port.save() };
  });
  const interrupt = grants["device:serial2/interrupt"] ?? 0;
  // The line is edge-triggered: unmasked first and emptied then, no edge can be missed.
  new Interrupt(interrupt).listen(() => {
    uusi.sys(systemCalls.interrupt_acknowledge, interrupt);
    look();
  });
  // What is read is gone, so nothing is read before there is no way back to the code before.
  onceKept(look);
  ready();
  if (!started) log("line to the host at the second serial port, 115,200 baud");
});
