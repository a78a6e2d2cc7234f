// Golden frames of each layer, and each way to be malformed, as one table.
import test from "ava";
import { arrive, boundHost, createHost, refused, SERVER_IP, SERVER_MAC } from "./testing/host.ts";
import {
  arpPacket,
  ethernetFrame,
  hex,
  icmpMessage,
  ipPacket,
  join,
  toHex,
  udpDatagram,
} from "./testing/frames.ts";
import { malformed } from "./testing/malformed.ts";
import { type RefusalCode, refusalCodes } from "./refusal.ts";
import { openUdp, sendUdp } from "./udp-operation.ts";
import { dequeue, findSocket } from "./udp-sockets.ts";

const OWN_IP = 0x0a00020f;
const OWN_MAC = 0x525400123456;

const ip = (payload: Uint8Array, protocol = 1, options: number[] = []) =>
  ipPacket(protocol, SERVER_IP, OWN_IP, payload, options);
const frame = (packet: Uint8Array, type = 0x0800) =>
  ethernetFrame(OWN_MAC, SERVER_MAC, type, packet);
const echo = icmpMessage(8, 0, 0xbeef0001, hex("616263"));
const udp = udpDatagram(SERVER_IP, OWN_IP, 5000, 7000, hex("41"));

for (const [name, [bytes, code]] of Object.entries(malformed)) {
  test(`refused without effect: ${name}`, (t) => {
    const host = boundHost();
    const { loopback, udp, pings, neighbours } = host.stack;
    const before = JSON.stringify([loopback, udp, pings, neighbours, host.stack.dhcp]);
    arrive(host, bytes);
    t.deepEqual(refused(host), [code]);
    t.deepEqual(host.did.frames, []);
    t.deepEqual(host.did.lost, []);
    t.is(JSON.stringify([loopback, udp, pings, neighbours, host.stack.dhcp]), before);
  });
}

test("the table above has a row for every refusal that needs no history", (t) => {
  const tested = new Set(Object.values(malformed).map(([, code]) => code));
  const needHistory = [
    "arp.contested",
    "arp.full",
    "ipv4.fragment-overlap",
    "ipv4.fragment-lost",
    "icmp.rate",
    "udp.closed",
    "udp.long",
    "udp.full",
    "dhcp.unexpected",
    "dhcp.address",
    "dhcp.lease-time",
  ];
  const layers = refusalCodes.filter((code) => /^(ethernet|arp|ipv4|icmp|udp|dhcp)\./.test(code));
  t.deepEqual(
    layers.filter((code) => !tested.has(code)),
    needHistory as RefusalCode[],
  );
});

test("an echo request is answered, padding cut off, options ignored", (t) => {
  const host = boundHost();
  arrive(host, frame(arpPacket(1, SERVER_MAC, SERVER_IP, 0, OWN_IP), 0x0806));
  t.is(
    toHex(host.did.take()[0]),
    "52550a000202 525400123456 0806 0001 0800 06 04 0002 525400123456 0a00020f 52550a000202 0a000202".replace(
      / /g,
      "",
    ),
  );
  host.stack.identifications.fill(1);
  const padding = new Uint8Array(20).fill(0xee);
  arrive(host, frame(join(ip(echo, 1, [1, 1, 1, 0]), padding)));
  // ICMP checksum 7cac and IP checksum 62c2 were computed outside this program.
  t.is(
    toHex(host.did.take()[0]),
    "52550a000202 525400123456 0800 4500001f 00010000 400162cd 0a00020f 0a000202 00007cac beef0001 616263".replace(
      / /g,
      "",
    ),
  );
});

test("a datagram of one byte as it must stand on the wire", (t) => {
  const host = boundHost();
  arrive(host, frame(arpPacket(1, SERVER_MAC, SERVER_IP, 0, OWN_IP), 0x0806));
  host.did.take();
  const socket = openUdp(host.stack, host.turn, { address: 0, port: 0xd903, broadcast: false });
  if (typeof socket === "string") return t.fail(socket);
  host.stack.identifications.fill(0x1234);
  t.is(sendUdp(host.stack, host.turn, socket.id, SERVER_IP, 53, hex("41")), undefined);
  t.is(
    toHex(host.did.take()[0]),
    "52550a000202 525400123456 0800 4500001d 12340000 4011508c 0a00020f 0a000202 d9030035 0009cd92 41".replace(
      / /g,
      "",
    ),
  );
});

test("a datagram without checksum is taken, and one behind which the packet goes on", (t) => {
  const host = boundHost();
  const socket = openUdp(host.stack, host.turn, { address: 0, port: 7000, broadcast: false });
  if (typeof socket === "string") return t.fail(socket);
  arrive(host, frame(ip(join(udp.slice(0, 6), [0, 0], udp.slice(8)), 17)));
  arrive(host, frame(ip(join(udp, [1, 2, 3]), 17)));
  const found = findSocket(host.stack.udp, socket.id);
  if (found === undefined) return t.fail();
  for (let count = 0; count < 2; count++) {
    t.deepEqual(dequeue(found), {
      source: SERVER_IP,
      sourcePort: 5000,
      destination: OWN_IP,
      data: hex("41"),
    });
  }
  t.deepEqual(refused(host), []);
});

test("without a lease nothing but DHCP is let in", (t) => {
  const host = createHost();
  host.stack.link.up = true;
  host.stack.link.mac = OWN_MAC;
  arrive(host, frame(ip(echo)));
  arrive(host, frame(ip(udp, 17)));
  arrive(host, frame(arpPacket(1, SERVER_MAC, SERVER_IP, 0, OWN_IP), 0x0806));
  t.deepEqual(refused(host), ["arp.unasked", "ipv4.not-ours*2"]);
  t.deepEqual(host.did.frames, []);
});
