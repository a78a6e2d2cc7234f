// The command line of QEMU, and keys of the keyboard, as pure functions.
import test from "ava";
import { keysFor } from "./keys.ts";
import { type MachineOptions, machineArguments } from "./machine.ts";

const files = { serial: "/t/serial", channel: "/t/channel", qmp: "/t/qmp", variables: "/t/vars" };
const machine: MachineOptions = {
  cpus: 4,
  memory: "512M",
  accelerator: "tcg",
  network: { kind: "user", options: ["hostfwd=tcp::8080-:80"] },
  icount: false,
  disk: "/t/a,b.img",
  display: "none",
  serial: true,
  exitOnReset: false,
};
const line = (changes: Partial<MachineOptions> = {}) =>
  machineArguments({ ...machine, ...changes }, files).join(" ");

test("every virtio device obeys the IOMMU", (t) => {
  const devices = line().match(/\bvirtio-[a-z]+-pci\S*/g)!;
  t.is(devices.length, 3);
  for (const device of devices) t.regex(device, /iommu_platform=on,disable-legacy=on/);
  t.regex(line(), /-device intel-iommu,/);
  t.notRegex(line({ iommu: false }), /intel-iommu/);
});

test("disk and firmware variables are never written, and the disk boots first", (t) => {
  t.regex(line(), /format=raw,snapshot=on,file=\/t\/a,,b\.img/);
  t.regex(line(), /unit=1,format=raw,snapshot=on,file=\/t\/vars/);
  t.regex(line(), /virtio-blk-pci,drive=disk0,bootindex=0/);
});

test("networks", (t) => {
  t.regex(line(), /-netdev user,id=net0,hostfwd=tcp::8080-:80 /);
  t.notRegex(line({ network: { kind: "none" } }), /net0/);
  const wire = line({ network: { kind: "wire", path: "/tmp/a,b" } });
  t.regex(wire, /stream,id=net0,server=off,addr\.type=unix,addr\.path=\/tmp\/a,,b/);
  const tap = line({ network: { kind: "tap", interface: "tap3" } });
  t.regex(tap, /-netdev tap,id=net0,ifname=tap3,script=no/);
  const dgram = line({ network: { kind: "dgram", port: 5001, host: "127.0.0.1", to: 5002 } });
  t.regex(
    dgram,
    /-netdev dgram,id=net0,local\.type=inet,local\.host=127\.0\.0\.1,local\.port=5001,/,
  );
  t.regex(dgram, /remote\.type=inet,remote\.host=127\.0\.0\.1,remote\.port=5002 /);
  t.regex(line({ mac: "52:54:00:00:00:02" }), /netdev=net0,mac=52:54:00:00:00:02,/);
  t.regex(line({ capture: "/t/x.pcap" }), /filter-dump,id=capture0,netdev=net0,file=\/t\/x\.pcap/);
});

test("a second card is of the other kind, on a network of its own", (t) => {
  const second = { kind: "user", options: ["net=10.1.0.0/24"] } as const;
  const two = line({ second });
  t.regex(
    two,
    /-netdev user,id=net0,\S* -device virtio-net-pci,netdev=net0,mac=52:54:00:12:34:56,/,
  );
  t.regex(two, /-netdev user,id=net1,net=10\.1\.0\.0\/24 -device e1000e,netdev=net1,/);
  t.regex(two, /netdev=net1,mac=52:54:00:12:34:57,/);
  t.regex(line({ second, card: "e1000e" }), /-device virtio-net-pci,netdev=net1,/);
  t.notRegex(line(), /net1/);
});

test("one processor and counted instructions run on one thread", (t) => {
  t.regex(line(), /tcg,thread=multi/);
  t.regex(line({ cpus: 1 }), /tcg,thread=single/);
  t.regex(line({ icount: true }), /tcg,thread=single -icount shift=0,sleep=off/);
  t.regex(line({ icount: "idle" }), /tcg,thread=single -icount shift=0,sleep=on/);
  t.regex(line({ accelerator: "kvm" }), /-accel kvm/);
});

test("without a serial port there is none", (t) => {
  t.notRegex(line({ serial: false }), /serial/);
});

test("keys: plain, shifted and named", (t) => {
  t.deepEqual(keysFor("a"), ["a"]);
  t.deepEqual(keysFor("A"), ["shift", "a"]);
  t.deepEqual(keysFor("_"), ["shift", "minus"]);
  t.deepEqual(keysFor("\n"), ["ret"]);
  for (let code = 32; code < 127; code++) t.true(keysFor(String.fromCharCode(code)).length > 0);
  t.throws(() => keysFor("ä"), { message: /no key/ });
});
