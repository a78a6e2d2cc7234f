// The command line of QEMU for one machine, as a pure function of what is asked for.
// Invariant: every device that can does DMA through the IOMMU's rules, and nothing is implied.
import { firmware } from "../setup/debian.mjs";

/** How the processor is emulated. */
export type Accelerator = "kvm" | "tcg";

/** The network card's other end. */
export type Network =
  | { kind: "none" }
  | { kind: "user"; options: readonly string[] }
  /** `offloads` false: the card makes and checks no sums, and takes no packets longer than frames */
  | { kind: "tap"; interface: string; offloads?: boolean }
  /** frames in datagrams: taken at a port of loopback, sent to a host and port */
  | { kind: "dgram"; port: number; host: string; to: number }
  /** a unix socket on which a test plays the wire (wire.ts) */
  | { kind: "wire"; path: string };

/** A machine to start. */
export interface MachineOptions {
  cpus: number;
  /** as QEMU takes it: `512M`, `2G` */
  memory: string;
  accelerator: Accelerator;
  network: Network;
  /** the network card, of virtio unless it says another */
  card?: "virtio" | "e1000e";
  /** what a second card, of the other kind, is connected to */
  second?: Network;
  /** address of the network card; machines on one wire need different ones */
  mac?: string;
  /** exact instruction counts (shift=0,sleep=off), with "idle" beside peers outside, for whom time goes on while it waits; TCG only */
  icount: boolean | "idle";
  /** the network namespace that QEMU runs in, where its tap is (ip-netns(8)) */
  namespace?: string;
  /** the disk image; never written to */
  disk: string;
  /** disks that the firmware tries in turn when the first does not start; never written to */
  moreDisks?: readonly string[];
  display: "none" | "vnc" | "window";
  /** whether the machine has a serial port */
  serial: boolean;
  /**
   * whether the machine has a line to the host, on a socket in the run's folder (docs/dev-channel.md); with "serial" that is its
   * second serial port, with "pty" on a pseudo-terminal of this host
   */
  channel?: boolean | "serial" | "pty";
  /** whether a reset ends QEMU instead of starting the firmware again */
  exitOnReset: boolean;
  /** a file that gets every frame of the network, in pcap form */
  capture?: string;
  /** whether the machine has an IOMMU, as it has by default */
  iommu?: boolean;
  /** whether the host can read and write its memory while it runs (guest-memory.ts) */
  sharedMemory?: boolean;
  /** the processor model, `max` by default */
  processor?: string;
  /** a saved state to start from */
  incoming?: string;
}

/** The files of one run: sockets that the driver listens on, and the run's firmware variables. */
export interface RunFiles {
  serial: string;
  /** QEMU itself listens here, so that hosts may come and go */
  channel: string;
  qmp: string;
  variables: string;
}

/** What lets the IOMMU see a virtio device's DMA. */
const virtio = "iommu_platform=on,disable-legacy=on";

/** QEMU takes a comma inside a value as two. */
const value = (text: string) => text.replaceAll(",", ",,");

function networkBackend(
  network: Exclude<Network, { kind: "none" }>,
  captured: boolean,
  id: string,
): string {
  if (network.kind === "user") return [`user,id=${id}`, ...network.options].join(",");
  if (network.kind === "tap")
    // A tap's own header (offloads) would stand before each frame of a capture.
    return `tap,id=${id},ifname=${value(network.interface)},script=no,downscript=no${captured || network.offloads === false ? ",vnet_hdr=off" : ""}`;
  if (network.kind === "dgram") {
    const near = `local.type=inet,local.host=${network.host === "127.0.0.1" ? network.host : "0.0.0.0"},local.port=${network.port}`;
    return `dgram,id=${id},${near},remote.type=inet,remote.host=${value(network.host)},remote.port=${network.to}`;
  }
  return `stream,id=${id},server=off,addr.type=unix,addr.path=${value(network.path)}`;
}

/** The card's address unless the machine has one of its own. */
const standardMac = "52:54:00:12:34:56";

/** The address of a second card: the next one. */
function nextMac(mac: string): string {
  const last = (Number.parseInt(mac.slice(-2), 16) + 1) & 255;
  return mac.slice(0, -2) + last.toString(16).padStart(2, "0");
}

function cardArguments(
  network: Network,
  id: string,
  card: "virtio" | "e1000e",
  mac: string,
  captured: boolean,
): string[] {
  if (network.kind === "none") return [];
  return [
    "-netdev",
    networkBackend(network, captured, id),
    "-device",
    card === "e1000e"
      ? `e1000e,netdev=${id},mac=${mac},romfile=`
      : `virtio-net-pci,netdev=${id},mac=${mac},romfile=,${virtio}`,
  ];
}

function networkArguments(machine: MachineOptions): string[] {
  const { network, second = { kind: "none" }, capture, card = "virtio" } = machine;
  const { mac = standardMac } = machine;
  const other = card === "virtio" ? "e1000e" : "virtio";
  const filter = `filter-dump,id=capture0,netdev=net0,file=${value(capture ?? "")}`;
  return [
    ...cardArguments(network, "net0", card, mac, capture !== undefined),
    ...cardArguments(second, "net1", other, nextMac(mac), false),
    ...(capture === undefined || network.kind === "none" ? [] : ["-object", filter]),
  ];
}

function displayArguments(display: MachineOptions["display"]): string[] {
  if (display === "window") return ["-display", "gtk,zoom-to-fit=off"];
  if (display === "vnc") return ["-display", "none", "-vnc", "127.0.0.1:0,to=99"];
  return ["-display", "none"];
}

function acceleratorArguments({ accelerator, icount, cpus }: MachineOptions): string[] {
  if (accelerator === "kvm") return ["-machine", "q35,kernel-irqchip=split", "-accel", "kvm"];
  const threads = icount || cpus === 1 ? "single" : "multi";
  const sleep = icount === "idle" ? "on" : "off";
  const counting = icount ? ["-icount", `shift=0,sleep=${sleep}`] : [];
  return ["-machine", "q35", "-accel", `tcg,thread=${threads}`, ...counting];
}

/**
 * The line to the host: port 0 of a virtio console device. Without multiport, since a UART has no ports either; a host that
 * does not listen costs the guest nothing.
 */
function channelArguments(path: string): string[] {
  return [
    "-chardev",
    `socket,id=channel0,server=on,wait=off,path=${value(path)}`,
    "-device",
    `virtio-serial-pci,id=host0,max_ports=1,${virtio}`,
    "-device",
    "virtconsole,bus=host0.0,chardev=channel0",
    // For commands that look at the machine from outside (uusi capture); hosts may come and go here too.
    "-chardev",
    `socket,id=monitor0,server=on,wait=off,path=${value(path)}-monitor`,
    "-mon",
    "chardev=monitor0,mode=control",
  ];
}

/** The line to the host as a real machine has it: its second serial port. */
function serialChannelArguments(kind: "serial" | "pty", path: string): string[] {
  const socket = `socket,id=channel0,server=on,wait=off,path=${value(path)}`;
  return [
    "-chardev",
    kind === "pty" ? "pty,id=channel0" : socket,
    "-device",
    "isa-serial,index=1,chardev=channel0",
  ];
}

/** Memory in a file without a name, which the host finds among QEMU's open files. */
function sharedMemoryArguments({ memory }: MachineOptions): string[] {
  return [
    "-object",
    `memory-backend-memfd,id=ram0,share=on,size=${memory.split(",")[0]}`,
    "-machine",
    "memory-backend=ram0",
  ];
}

/** Further disks, as units of one SCSI controller: the firmware's order of trial is theirs. */
function moreDiskArguments(disks: readonly string[]): string[] {
  if (disks.length === 0) return [];
  const units = disks.flatMap((path, i) => [
    "-drive",
    `if=none,id=more${i},format=raw,snapshot=on,file=${value(path)}`,
    "-device",
    `scsi-hd,drive=more${i},bus=scsi0.0,scsi-id=${i},bootindex=${i + 1}`,
  ]);
  return ["-device", `virtio-scsi-pci,id=scsi0,${virtio}`, ...units];
}

/**
 * QEMU's arguments for a machine.
 * @param machine what to start
 * @param files sockets that something listens on already, and a writable copy of the variables
 */
export function machineArguments(machine: MachineOptions, files: RunFiles): string[] {
  const serial = machine.serial
    ? [
        "-chardev",
        `socket,id=serial0,path=${value(files.serial)}`,
        "-device",
        "isa-serial,chardev=serial0",
      ]
    : [];
  return [
    "-nodefaults",
    "-no-user-config",
    ...acceleratorArguments(machine),
    "-cpu",
    machine.processor ?? "max",
    "-smp",
    String(machine.cpus),
    "-m",
    machine.memory,
    ...(machine.sharedMemory === true ? sharedMemoryArguments(machine) : []),
    "-drive",
    `if=pflash,unit=0,format=raw,readonly=on,file=${firmware.code}`,
    "-drive",
    `if=pflash,unit=1,format=raw,snapshot=on,file=${value(files.variables)}`,
    ...(machine.iommu === false ? [] : ["-device", "intel-iommu,intremap=on"]),
    "-drive",
    `if=none,id=disk0,format=raw,snapshot=on,file=${value(machine.disk)}`,
    "-device",
    `virtio-blk-pci,drive=disk0,bootindex=0,${virtio}`,
    ...moreDiskArguments(machine.moreDisks ?? []),
    "-object",
    "rng-builtin,id=rng0",
    "-device",
    `virtio-rng-pci,rng=rng0,${virtio}`,
    "-device",
    "VGA",
    ...networkArguments(machine),
    ...displayArguments(machine.display),
    ...serial,
    ...(machine.channel === true ? channelArguments(files.channel) : []),
    ...(machine.channel === "serial" || machine.channel === "pty"
      ? serialChannelArguments(machine.channel, files.channel)
      : []),
    "-chardev",
    `socket,id=qmp0,path=${value(files.qmp)}`,
    "-mon",
    "chardev=qmp0,mode=control",
    "-device",
    "isa-debug-exit,iobase=0xf4,iosize=4",
    ...(machine.exitOnReset ? ["-no-reboot"] : []),
    ...(machine.incoming === undefined
      ? []
      : ["-incoming", `exec:cat '${machine.incoming.replaceAll("'", "'\\''")}'`]),
  ];
}
