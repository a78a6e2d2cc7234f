import test from "ava";
import {
  address,
  dotted,
  ethernet,
  internetChecksum,
  ipv4,
  parseIpv4,
  parseUdp,
  udp,
} from "./frames.ts";
import { Gateway } from "./gateway.ts";

const MAC = new Uint8Array([2, 0, 0, 0, 0, 1]);
const ALL = new Uint8Array(6).fill(0xff);

function wire() {
  const got: Uint8Array[] = [];
  const gateway = new Gateway((f) => void got.push(f));
  return { gateway, got };
}

function dhcp(type: number, options: number[] = []): Uint8Array {
  const m = new Uint8Array(300);
  m.set([1, 1, 6, 0, 0xca, 0xfe, 0, 1]);
  m.set(MAC, 28);
  new DataView(m.buffer).setUint32(236, 0x63825363);
  m.set([53, 1, type, ...options, 255], 240);
  const payload = udp(0, 0xffffffff, { from: 68, to: 67, payload: m });
  const packet = ipv4({ source: 0, destination: 0xffffffff, protocol: 17, payload }, 1);
  return ethernet(ALL, MAC, 0x0800, packet);
}

function reply(frame: Uint8Array | undefined) {
  const packet = parseIpv4((frame as Uint8Array).subarray(14));
  const datagram = packet && parseUdp(packet);
  const body = datagram?.payload as Uint8Array;
  return { type: body[242], client: dotted(new DataView(body.buffer).getUint32(16)) };
}

test("the checksum of RFC 1071's example", (t) => {
  t.is(internetChecksum(new Uint8Array([0, 1, 0xf2, 3, 0xf4, 0xf5, 0xf6, 0xf7])), 0x220d);
});

test("discover, offer, request, acknowledge", (t) => {
  const { gateway, got } = wire();
  gateway.receive(dhcp(1));
  t.deepEqual(reply(got[0]), { type: 2, client: "10.0.2.15" });
  gateway.receive(dhcp(3, [50, 4, 10, 0, 2, 15, 54, 4, 10, 0, 2, 2]));
  t.deepEqual(reply(got[1]), { type: 5, client: "10.0.2.15" });
  t.is(gateway.dhcp.state, "bound");
});

test("a request for another address is refused, one for another server ignored", (t) => {
  const { gateway, got } = wire();
  gateway.receive(dhcp(3, [50, 4, 10, 0, 2, 99]));
  t.is(reply(got[0]).type, 6);
  gateway.receive(dhcp(3, [50, 4, 10, 0, 2, 15, 54, 4, 9, 9, 9, 9]));
  t.is(got.length, 1);
});

test("ARP is answered for the gateway's addresses alone", (t) => {
  const { gateway, got } = wire();
  const ask = (ip: string) => {
    const m = new Uint8Array(28);
    m.set([0, 1, 8, 0, 6, 4, 0, 1]);
    m.set(MAC, 8);
    new DataView(m.buffer).setUint32(24, address(ip));
    gateway.receive(ethernet(ALL, MAC, 0x0806, m));
  };
  ask("10.0.2.2");
  t.deepEqual([...(got[0] as Uint8Array).subarray(22, 28)], [...gateway.mac]);
  ask("10.0.2.77");
  t.is(got.length, 1);
});

test("echo comes back, a damaged one does not", (t) => {
  const { gateway, got } = wire();
  const body = new Uint8Array([8, 0, 0, 0, 1, 2, 0, 9, 42]);
  const sum = internetChecksum(body);
  body.set([sum >> 8, sum & 255], 2);
  const send = () => {
    const source = address("10.0.2.15");
    const packet = ipv4(
      { source, destination: address("10.0.2.2"), protocol: 1, payload: body },
      7,
    );
    gateway.receive(ethernet(gateway.mac, MAC, 0x0800, packet));
  };
  send();
  const packet = parseIpv4((got[0] as Uint8Array).subarray(14));
  t.is(packet?.payload[0], 0);
  t.is(internetChecksum(packet?.payload as Uint8Array), 0);
  body[8] = 43;
  send();
  t.is(got.length, 1);
});

test("short and odd frames are passed over", (t) => {
  const { gateway, got } = wire();
  for (let n = 0; n < 60; n++) gateway.receive(dhcp(1).slice(0, n));
  t.is(got.length, 0);
});
