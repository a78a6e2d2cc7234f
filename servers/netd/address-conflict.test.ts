import test from "ava";
import {
  arrive,
  boundHost,
  createHost,
  pass,
  serverFrame,
  SERVER_IP,
  SERVER_MAC,
} from "./testing/host.ts";
import { arpPacket, ethernetFrame, toHex } from "./testing/frames.ts";
import { dhcpReply } from "./testing/dhcp-reply.ts";
import { linkChanged } from "./link.ts";

const OWN_IP = 0x0a00020f;
const ALL = 0xffffffffffff;
const claim = ethernetFrame(ALL, SERVER_MAC, 0x0806, arpPacket(1, SERVER_MAC, OWN_IP, 0, OWN_IP));

test("a fresh lease: three probes, two announcements, then silence", (t) => {
  const host = createHost();
  linkChanged(host.stack, host.turn, true, host.mac);
  const answer = { mac: host.mac, address: OWN_IP, server: SERVER_IP, leaseTime: 86_400 };
  for (const type of [2, 5]) {
    const transaction = host.stack.dhcp.transaction;
    arrive(host, serverFrame(dhcpReply({ ...answer, type, transaction })));
  }
  host.did.take();
  const begin = host.turn.now;
  for (let count = 0; count < 5; count++) pass(host);
  const senders = host.did.take().map((frame) => toHex(frame.slice(28, 32)));
  t.deepEqual(senders, ["00000000", "00000000", "00000000", "0a00020f", "0a00020f"]);
  t.true(host.turn.now - begin <= 8_000);
  pass(host);
  t.true(host.turn.now - begin > 40_000_000);
});

test("a conflict while probing ends the address with a DECLINE", (t) => {
  const host = createHost();
  linkChanged(host.stack, host.turn, true, host.mac);
  const answer = { mac: host.mac, address: OWN_IP, server: SERVER_IP, leaseTime: 86_400 };
  for (const type of [2, 5]) {
    const transaction = host.stack.dhcp.transaction;
    arrive(host, serverFrame(dhcpReply({ ...answer, type, transaction })));
  }
  pass(host);
  host.did.take();
  arrive(host, claim);
  t.like(host.did.lost[0], { reason: "conflict" });
  t.is(host.stack.local.address, 0);
  // Ethernet 14, IP 20, UDP 8, BOOTP 240: option 53 says DECLINE.
  t.is(toHex(host.did.take()[0].slice(282, 285)), "350104");
});

test("later one conflict is answered, a second one within 10 s ends the address", (t) => {
  const host = boundHost();
  arrive(host, claim);
  t.is(toHex(host.did.take()[0].slice(28, 32)), "0a00020f");
  t.deepEqual(host.did.lost, []);
  host.turn.now += 10_000;
  arrive(host, claim);
  t.is(host.did.take().length, 1);
  t.deepEqual(host.did.lost, []);
  host.turn.now += 9_999;
  arrive(host, claim);
  t.like(host.did.lost[0], { reason: "conflict" });
});
