// The driver of the line to the host: claims the first virtio console device and serves its port at /dev/host0.
// Invariant: the first fault of the device ends the process; init starts it again, and `pci` resets the device in between.
import { Line } from "../../sdk/channel/line.ts";
import { serveLine } from "../../sdk/channel/serve-line.ts";
import { Failure, failures } from "../../sdk/contract/failure.ts";
import { stayClaimed } from "../../sdk/pci/stay-claimed.ts";
import { connect } from "../../sdk/runtime/connect.ts";
import { run } from "../../sdk/runtime/run.ts";
import { exit, log, onTerminating, ready } from "../../sdk/runtime/supervisor.ts";
import { claimDevice } from "../../sdk/virtio/claim.ts";
import { deviceFaults } from "../../sdk/virtio/device-fault.ts";
import { resetDevice } from "../../sdk/virtio/registers.ts";
import { Pci } from "../pci/contract.ts";
import { PORT_MEMORY_BYTES, Port, startPort, vectors } from "./port.ts";

run(async () => {
  const pci = await connect(Pci, "/dev/pci");
  if (pci instanceof Failure) return stop(pci.sentence);
  const claimed = await claimDevice(pci, {
    class: "virtio-serial",
    vectors: 2,
    configBytes: 0,
    memoryBytes: PORT_MEMORY_BYTES,
  });
  if (claimed instanceof Failure) {
    if (claimed.code !== failures.NOT_FOUND) return stop(claimed.sentence);
    log(`no line to a host: ${claimed.sentence}`);
    return exit(0);
  }
  const { parts, claim } = claimed;
  const { address, interrupts } = claim;
  stayClaimed(
    pci,
    address,
    claim.memories.map(({ dma }) => dma),
    stop,
  );
  const port = startPort(parts);
  if (!(port instanceof Port)) return stop(deviceFaults[port]);
  const line = new Line(port, (fault) => stop(deviceFaults[fault]));

  serveLine("/dev/host0", line);
  interrupts[vectors.RECEIVE]!.listen(() => line.arrived());
  interrupts[vectors.TRANSMIT]!.listen(() => {
    if (port.stopped()) stop("the device has stopped by itself");
    else line.room();
  });
  onTerminating(() => {
    resetDevice(parts.common);
    exit(0);
  });
  ready();
  log(`line to the host at ${address}`);
});

function stop(why: string): void {
  log(why, "error");
  exit(1);
}
