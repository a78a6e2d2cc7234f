// The driver of the line to the host: claims the first virtio console device and serves its port at /dev/host0.
// Invariant: the first fault of the device ends the process; init starts it again, and `pci` resets the device in between. New code goes on
// with the device as it is.
import { serveLine } from "../../sdk/channel/serve-line.ts";
import { Failure, failures } from "../../sdk/contract/failure.ts";
import { dispose } from "../../sdk/hot/accept.ts";
import { resumeClaim, saveClaim } from "../../sdk/pci/kept-claim.ts";
import { type ClaimChannel, stayClaimed } from "../../sdk/pci/stay-claimed.ts";
import { connect } from "../../sdk/runtime/connect.ts";
import { run } from "../../sdk/runtime/run.ts";
import { exit, log, onTerminating, ready } from "../../sdk/runtime/supervisor.ts";
import { type ClaimedDevice, claimDevice, resumeDevice } from "../../sdk/virtio/claim.ts";
import { type DeviceFault, deviceFaults } from "../../sdk/virtio/device-fault.ts";
import { Pci } from "../pci/contract.ts";
import { kept } from "./kept.ts";
import { PORT_MEMORY_BYTES, Port, resumePort, startPort, vectors } from "./port.ts";

const WANTED = {
  class: "virtio-serial",
  vectors: 2,
  configBytes: 0,
  memoryBytes: PORT_MEMORY_BYTES,
};

run(() => (kept.data.claim === undefined ? begin() : takeOver(kept.data.claim)));

/** Sets the port up. */
async function begin(): Promise<void> {
  const pci = await connect(Pci, "/dev/pci");
  if (pci instanceof Failure) return stop(pci.sentence);
  const claimed = await claimDevice(pci, WANTED);
  if (claimed instanceof Failure) {
    if (claimed.code !== failures.NOT_FOUND) return stop(claimed.sentence);
    log(`no line to a host: ${claimed.sentence}`);
    return exit(0);
  }
  const { address, memories } = claimed.claim;
  const channel = stayClaimed(pci, address, dmaOf(memories), stop);
  serve(startPort(claimed.parts), claimed, channel);
  log(`line to the host at ${address}`);
}

/** Goes on with the port of the code before, which runs. */
function takeOver(claim: NonNullable<typeof kept.data.claim>): void {
  const resumed = resumeClaim(claim);
  if (resumed instanceof Failure) throw new Error(resumed.sentence);
  const device = resumeDevice(resumed, WANTED);
  if (device instanceof Failure) throw new Error(device.sentence);
  const channel = stayClaimed(resumed.pci, resumed.address, dmaOf(resumed.memories), stop);
  serve(resumePort(device.parts, kept.data.rings), device, channel);
}

const dmaOf = (memories: ClaimedDevice["claim"]["memories"]) => memories.map(({ dma }) => dma);

function serve(port: Port | DeviceFault, { claim }: ClaimedDevice, channel: ClaimChannel): void {
  if (!(port instanceof Port)) {
    stop(deviceFaults[port]);
    return;
  }
  const line = serveLine("/dev/host0", port, (fault) => stop(deviceFaults[fault]));
  claim.interrupts[vectors.RECEIVE]!.listen(() => line.arrived());
  claim.interrupts[vectors.TRANSMIT]!.listen(() => {
    if (port.stopped()) stop("the device has stopped by itself");
    else line.room();
  });
  dispose(() => {
    kept.data = { claim: saveClaim(claim, channel), rings: port.save() };
  });
  onTerminating(() => {
    port.reset();
    exit(0);
  });
  ready();
}

function stop(why: string): void {
  log(why, "error");
  exit(1);
}
