// What reaches hardware: interrupts, I/O ports, device memory, DMA memory. No device is touched; port 0x80 takes any byte.
import { interruptSources, layouts, protections, rights } from "../../../sdk/abi/table.ts";
import { uusi } from "../../../sdk/runtime/binding.ts";
import { type Case, equal, is, refused, test } from "../case.ts";
import { TestPort } from "../port.ts";
import { close, must, restricted, second, sys, without } from "../system.ts";

const POST_CODE = 0x80;
const DEVICE = 0x0710;

function quarantined(system: number): number {
  must("system_info", system);
  return new DataView(uusi.buffer).getUint32(layouts.systemInfo.quarantinedPages, true);
}

const COM1 = { ports: 0x3f8, line: 4, enable: 1, identify: 2, modem: 4 };

/**
 * The serial port's "transmitter empty" interrupt, raised at will. While the case holds the ports the nucleus's log does not come out, so
 * they are given back whatever happens.
 */
function withSerial(
  name: string,
  run: (port: TestPort, line: number, raise: () => void) => Promise<void>,
): Case {
  return test(name, async (facts) => {
    const port = new TestPort();
    const ports = must("io_ports_create", facts.ioPorts, COM1.ports, 8);
    const line = must("interrupt_create", facts.interrupts, COM1.line);
    const write = (register: number, value: number) =>
      must("io_write", ports, COM1.ports + register, 1, value);
    try {
      write(COM1.enable, 0);
      write(COM1.modem, 8);
      port.bind(line, 4);
      await run(port, line, () => {
        write(COM1.enable, 0);
        must("io_read", ports, COM1.ports + COM1.identify, 1);
        write(COM1.enable, 2);
      });
    } finally {
      write(COM1.enable, 0);
      close(line, ports);
      port.close();
    }
  });
}

export const deviceCases: Case[] = [
  withSerial(
    "an interrupt arrives with its key, once until it is acknowledged",
    async (port, line, raise) => {
      must("interrupt_acknowledge", line);
      raise();
      equal((await port.next("INTERRUPT")).key, 4, "key");
      raise();
      raise();
      await port.wait(sys("clock") + 2_000_000);
      await port.quiet();
      must("interrupt_acknowledge", line);
      await port.next("INTERRUPT", 4);
    },
  ),
  withSerial("an interrupt that was never acknowledged is masked", async (port, line, raise) => {
    raise();
    await port.wait(sys("clock") + 2_000_000);
    await port.quiet();
    must("interrupt_acknowledge", line);
    raise();
    await port.next("INTERRUPT", 4);
  }),
  withSerial("an acknowledged interrupt comes again, many times", async (port, line, raise) => {
    for (let i = 0; i < 20; i++) {
      must("interrupt_acknowledge", line);
      raise();
      await port.next("INTERRUPT", 4);
    }
  }),
  test("an interrupt source beyond the table is BAD_ARGUMENT", (facts) => {
    for (const source of [16, 255, 257, 2 ** 31]) {
      refused(
        sys("interrupt_create", facts.interrupts, source),
        "BAD_ARGUMENT",
        `source ${source}`,
      );
    }
  }),
  test("an ISA line has one owner", (facts) => {
    const line = must("interrupt_create", facts.interrupts, 7);
    refused(sys("interrupt_create", facts.interrupts, 7), "BUSY", "a second");
    close(line);
    close(must("interrupt_create", facts.interrupts, 7));
  }),
  test("message-signalled interrupts have addresses and data of their own", (facts) => {
    const one = must("interrupt_create", facts.interrupts, interruptSources.MSI);
    const two = must("interrupt_create", facts.interrupts, interruptSources.MSI);
    const first = [must("interrupt_message", one), second()];
    const other = [must("interrupt_message", two), second()];
    is((first[0] as number) > 0, "an address");
    is(first[0] !== other[0] || first[1] !== other[1], "they differ");
    close(one, two);
  }),
  test("an ISA line has no message", (facts) => {
    const line = must("interrupt_create", facts.interrupts, 7);
    refused(sys("interrupt_message", line), "BAD_STATE", "interrupt_message");
    close(line);
  }),
  test("an idle interrupt is silent, acknowledged or not", async (facts) => {
    const port = new TestPort();
    const msi = must("interrupt_create", facts.interrupts, interruptSources.MSI);
    port.bind(msi, 1);
    must("interrupt_acknowledge", msi);
    must("interrupt_acknowledge", msi);
    await port.quiet();
    close(msi);
    port.close();
  }),
  test("ranges of I/O ports do not overlap", (facts) => {
    const ports = must("io_ports_create", facts.ioPorts, POST_CODE, 4);
    for (const [base, count] of [
      [0x80, 1],
      [0x7f, 2],
      [0x83, 8],
      [0x70, 0x40],
    ] as [number, number][]) {
      refused(sys("io_ports_create", facts.ioPorts, base, count), "BUSY", `${base} + ${count}`);
    }
    close(ports);
    close(must("io_ports_create", facts.ioPorts, POST_CODE, 4));
  }),
  test("a range of I/O ports lies in the 65,536 and is not empty", (facts) => {
    for (const [base, count] of [
      [0x80, 0],
      [0xffff, 2],
      [0x1_0000, 1],
    ] as [number, number][]) {
      refused(
        sys("io_ports_create", facts.ioPorts, base, count),
        "BAD_ARGUMENT",
        `${base} + ${count}`,
      );
    }
  }),
  test("reading and writing stays within the range and its widths", (facts) => {
    const ports = must("io_ports_create", facts.ioPorts, POST_CODE, 2);
    must("io_write", ports, POST_CODE, 1, 0x55);
    is(must("io_read", ports, POST_CODE, 1) <= 255, "a byte");
    for (const [port, width] of [
      [0x82, 1],
      [0x81, 2],
      [0x80, 4],
      [0x80, 3],
      [0x80, 0],
      [0x7f, 1],
    ] as [number, number][]) {
      refused(sys("io_read", ports, port, width), "BAD_ARGUMENT", `read ${port}/${width}`);
      refused(sys("io_write", ports, port, width, 0), "BAD_ARGUMENT", `write ${port}/${width}`);
    }
    close(ports);
  }),
  test("device memory never covers ordinary memory", (facts) => {
    const badged = must("handle_duplicate", facts.dma, rights.ALL, DEVICE);
    const dma = must("dma_create", badged, 4096);
    must("memory_info", dma);
    const frame = second();
    const bad = sys("device_memory_create", facts.deviceMemory, frame, 4096, 0);
    is(bad < 0, "the frame of a DMA object is refused");
    close(dma, badged);
    must("dma_release", facts.dma, DEVICE);
  }),
  test("device memory is page-aligned and not empty", (facts) => {
    for (const [at, bytes] of [
      [0xfed0_0008, 4096],
      [0xfed0_0000, 0],
      [0xfed0_0000, -4096],
    ] as [number, number][]) {
      is(sys("device_memory_create", facts.deviceMemory, at, bytes, 0) < 0, `${at} + ${bytes}`);
    }
    refused(
      sys("device_memory_create", facts.deviceMemory, 0xfed0_0000, 4096, 2),
      "BAD_ARGUMENT",
      "flags",
    );
  }),
  test("device memory is mapped like memory, and never executable", (facts) => {
    const hpet = must("device_memory_create", facts.deviceMemory, 0xfed0_0000, 4096, 0);
    equal(must("memory_info", hpet), 4096, "size");
    const at = must("memory_map", 0, hpet, 0, 0, 4096, protections.READ);
    must("memory_unmap", 0, at);
    is(
      sys("memory_map", 0, hpet, 0, 0, 4096, protections.EXECUTE | protections.READ) < 0,
      "EXECUTE",
    );
    close(hpet);
  }),
  test("DMA memory is zero and contiguous, and shows its bus address", (facts) => {
    const badged = must("handle_duplicate", facts.dma, rights.ALL, DEVICE);
    const dma = must("dma_create", badged, 3 * 4096);
    must("memory_info", dma);
    is(second() > 0 && second() % 4096 === 0, "bus address");
    const at = must("memory_map", 0, dma, 0, 0, 3 * 4096, protections.READ | protections.WRITE);
    equal([uusi.get32(at), uusi.get32(at + 3 * 4096 - 4)], [0, 0], "words");
    must("memory_unmap", 0, at);
    close(dma, badged);
    must("dma_release", facts.dma, DEVICE);
  }),
  test("frames of DMA memory stay in quarantine until the device is released", (facts) => {
    const badged = must("handle_duplicate", facts.dma, rights.ALL, DEVICE);
    const before = quarantined(facts.system);
    close(must("dma_create", badged, 2 * 4096));
    is(quarantined(facts.system) >= before + 2, "in quarantine");
    equal(must("dma_release", facts.dma, DEVICE + 1), 0, "another device's");
    is(must("dma_release", facts.dma, DEVICE) >= 2, "released");
    equal(quarantined(facts.system), before, "as before");
    close(badged);
  }),
  test("a driver's badged privilege can't release", (facts) => {
    const badged = must("handle_duplicate", facts.dma, rights.ALL, DEVICE);
    is(sys("dma_release", badged, DEVICE) < 0, "refused");
    close(badged);
  }),
  test("an I/O port object without READ still writes", (facts) => {
    const ports = must("io_ports_create", facts.ioPorts, POST_CODE, 1);
    const half = restricted(ports, without(rights.READ));
    must("io_write", half, POST_CODE, 1, 0);
    refused(sys("io_read", half, POST_CODE, 1), "NO_RIGHT", "reading");
    close(ports, half);
  }),
];
