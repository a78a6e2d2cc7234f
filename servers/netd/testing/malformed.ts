// Every way in which a frame can be malformed, each with the code of its refusal; for a host that is 10.0.2.15 on 52:54:00:12:34:56,
// and has not spoken with its gateway.

import type { RefusalCode } from "../refusal.ts";
import { type Reply, dhcpReply } from "./dhcp-reply.ts";
import {
  arpPacket,
  ethernetFrame,
  hex,
  icmpMessage,
  ipPacket,
  join,
  plainChecksum,
  udpDatagram,
} from "./frames.ts";
import { type RawSegment, rawSegment } from "../tcp/testing/raw-segment.ts";
import { SERVER_IP, SERVER_MAC } from "./host.ts";

const OWN_IP = 0x0a00020f;
const OWN_MAC = 0x525400123456;
const ALL = 0xffffffffffff;
const none = new Uint8Array(0);

const ip = (payload: Uint8Array, protocol = 1, options: number[] = []) =>
  ipPacket(protocol, SERVER_IP, OWN_IP, payload, options);
const frame = (packet: Uint8Array, type = 0x0800) =>
  ethernetFrame(OWN_MAC, SERVER_MAC, type, packet);
const echo = icmpMessage(8, 0, 0xbeef0001, hex("616263"));

/** Changes one byte, and mends the IP header's checksum. */
function bent(packet: Uint8Array, at: number, value: number): Uint8Array {
  const copy = packet.slice();
  copy[at] = value;
  copy[10] = copy[11] = 0;
  const sum = plainChecksum(copy.subarray(0, 20));
  copy[10] = sum >> 8;
  copy[11] = sum & 255;
  return copy;
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] ^= 0x40;
  return copy;
}

const tcp = (lie: Partial<RawSegment>) =>
  rawSegment(SERVER_IP, OWN_IP, { sourcePort: 5000, destinationPort: 7000, flags: 2, ...lie });
const udp = udpDatagram(SERVER_IP, OWN_IP, 5000, 7000, hex("41"));
const quote = ip(udp).slice(0, 28);

/** A DHCP server's message with a lie in it; `options` replace all. */
function dhcp(lie: Partial<Reply>): Uint8Array {
  const sound = { type: 5, transaction: 1, mac: OWN_MAC, address: OWN_IP, server: SERVER_IP };
  const data = dhcpReply({ ...sound, leaseTime: 3600, ...lie });
  return frame(ip(udpDatagram(SERVER_IP, OWN_IP, 67, 68, data), 17));
}

/** Options that are sound as far as they go. */
const ack = [53, 1, 5, 54, 4, 10, 0, 2, 2];
const wrongHardware = dhcpReply({ type: 5, transaction: 1, mac: OWN_MAC, server: SERVER_IP });
wrongHardware[1] = 6;

/** Refusals that netd makes only where a card hands such frames on: a card of virtio's is told its address, and its driver refuses lengths that no frame has. */
export const endsAtCard: ReadonlySet<string> = new Set([
  "ethernet.short",
  "ethernet.long",
  "ethernet.not-ours",
]);

/** What is wrong to the frame and its refusal. */
export const malformed: {
  readonly [name: string]: readonly [frame: Uint8Array, code: RefusalCode];
} = {
  "empty frame": [none, "ethernet.short"],
  "13 bytes": [new Uint8Array(13), "ethernet.short"],
  "1,515 bytes": [frame(new Uint8Array(1501)), "ethernet.long"],
  "group source": [ethernetFrame(OWN_MAC, ALL, 0x0800, ip(echo)), "ethernet.source"],
  "zero source": [ethernetFrame(OWN_MAC, 0, 0x0800, ip(echo)), "ethernet.source"],
  "other station": [ethernetFrame(SERVER_MAC, SERVER_MAC, 0x0800, ip(echo)), "ethernet.not-ours"],
  IPv6: [frame(new Uint8Array(40), 0x86dd), "ethernet.type"],
  "802.3 length": [frame(new Uint8Array(40), 40), "ethernet.type"],
  "ARP of 27 bytes": [
    frame(arpPacket(1, SERVER_MAC, SERVER_IP, 0, OWN_IP).slice(0, 27), 0x0806),
    "arp.short",
  ],
  "ARP for token ring": [
    frame(join([0, 6], arpPacket(1, SERVER_MAC, SERVER_IP, 0, OWN_IP).slice(2)), 0x0806),
    "arp.format",
  ],
  "ARP operation 3": [
    frame(arpPacket(3, SERVER_MAC, SERVER_IP, 0, OWN_IP), 0x0806),
    "arp.operation",
  ],
  "ARP from a group": [frame(arpPacket(1, ALL, SERVER_IP, 0, OWN_IP), 0x0806), "arp.sender"],
  "ARP from 127.0.0.1": [
    frame(arpPacket(1, SERVER_MAC, 0x7f000001, 0, OWN_IP), 0x0806),
    "arp.sender",
  ],
  "ARP reply from nobody": [frame(arpPacket(2, SERVER_MAC, 0, 0, OWN_IP), 0x0806), "arp.sender"],
  "ARP for another host": [
    frame(arpPacket(1, SERVER_MAC, SERVER_IP, 0, 0x0a000203), 0x0806),
    "arp.unasked",
  ],
  "ARP reply to no question": [
    frame(arpPacket(2, SERVER_MAC, SERVER_IP, OWN_MAC, OWN_IP), 0x0806),
    "arp.unasked",
  ],
  "IP of 19 bytes": [frame(ip(none).slice(0, 19)), "ipv4.short"],
  "IP version 6": [frame(bent(ip(echo), 0, 0x65)), "ipv4.version"],
  "header of 16 bytes": [frame(bent(ip(echo), 0, 0x44)), "ipv4.header-length"],
  "header past the end": [frame(bent(ip(none), 0, 0x4f)), "ipv4.header-length"],
  "total length below the header": [frame(bent(ip(echo), 3, 19)), "ipv4.total-length"],
  "total length past the end": [frame(bent(ip(echo), 2, 1)), "ipv4.total-length"],
  "header checksum": [frame(flipped(ip(echo), 8)), "ipv4.checksum"],
  "reserved flag": [frame(bent(ip(echo), 6, 0x80)), "ipv4.flags"],
  "first fragment of odd length": [frame(bent(ip(echo), 6, 0x20)), "ipv4.fragment"],
  "fragment past 65,535 bytes": [frame(bent(bent(ip(echo), 6, 0x1f), 7, 0xfe)), "ipv4.fragment"],
  "fragment without bytes": [frame(bent(ip(none), 7, 1)), "ipv4.fragment"],
  "fragment that must not be one": [frame(bent(ip(echo), 6, 0x60)), "ipv4.flags"],
  "option of length 0": [frame(ip(echo, 1, [7, 0, 0, 0])), "ipv4.options"],
  "option past the header": [frame(ip(echo, 1, [7, 5, 0, 0])), "ipv4.options"],
  "option without length": [frame(ip(echo, 1, [1, 1, 1, 7])), "ipv4.options"],
  "source route": [frame(ip(echo, 1, [131, 3, 4, 0])), "ipv4.source-route"],
  "from a broadcast": [frame(ipPacket(1, 0xffffffff, OWN_IP, echo)), "ipv4.source"],
  "from the subnet's broadcast": [frame(ipPacket(1, 0x0a0002ff, OWN_IP, echo)), "ipv4.source"],
  "from a group": [frame(ipPacket(1, 0xe0000001, OWN_IP, echo)), "ipv4.source"],
  "from 127.0.0.1": [frame(ipPacket(1, 0x7f000001, OWN_IP, echo)), "ipv4.source"],
  "from ourselves": [frame(ipPacket(1, OWN_IP, OWN_IP, echo)), "ipv4.source"],
  "from nobody": [frame(ipPacket(1, 0, OWN_IP, echo)), "ipv4.source"],
  "for 127.0.0.1": [frame(ipPacket(1, SERVER_IP, 0x7f000001, echo)), "ipv4.not-ours"],
  "for another host": [frame(ipPacket(1, SERVER_IP, 0x0a000210, echo)), "ipv4.not-ours"],
  "for a group": [
    ethernetFrame(ALL, SERVER_MAC, 0x0800, ipPacket(1, SERVER_IP, 0xe0000001, echo)),
    "ipv4.not-ours",
  ],
  "unicast in a broadcast frame": [
    ethernetFrame(ALL, SERVER_MAC, 0x0800, ip(echo)),
    "ipv4.link-broadcast",
  ],
  GRE: [frame(ip(new Uint8Array(20), 47)), "ipv4.protocol"],
  "TCP of 19 bytes": [frame(ip(tcp({}).slice(0, 19), 6)), "tcp.short"],
  "TCP header of 16 bytes": [
    frame(ip(flipped(tcp({ options: [1, 1, 1, 0] }), 12), 6)),
    "tcp.offset",
  ],
  "TCP checksum": [frame(ip(flipped(tcp({}), 8), 6)), "tcp.checksum"],
  "TCP port 0": [frame(ip(tcp({ destinationPort: 0 }), 6)), "tcp.port"],
  "TCP without flags": [frame(ip(tcp({ flags: 0 }), 6)), "tcp.flags"],
  "TCP SYN and FIN": [frame(ip(tcp({ flags: 3 }), 6)), "tcp.flags"],
  "TCP option of length 0": [frame(ip(tcp({ options: [2, 0, 5, 180] }), 6)), "tcp.option-length"],
  "TCP MSS twice": [
    frame(ip(tcp({ options: [2, 4, 5, 180, 2, 4, 5, 180] }), 6)),
    "tcp.option-twice",
  ],
  "TCP MSS of 1": [frame(ip(tcp({ options: [2, 4, 0, 1] }), 6)), "tcp.option-value"],
  "TCP reset to a closed port": [frame(ip(tcp({ flags: 4 }), 6)), "tcp.closed"],
  "ICMP of 7 bytes": [frame(ip(echo.slice(0, 7))), "icmp.short"],
  "ICMP checksum": [frame(ip(flipped(echo, 9))), "icmp.checksum"],
  "echo with a code": [frame(ip(icmpMessage(8, 1, 1, none))), "icmp.code"],
  redirect: [frame(ip(icmpMessage(5, 1, SERVER_IP, quote))), "icmp.type"],
  "unreachable code 16": [frame(ip(icmpMessage(3, 16, 0, quote))), "icmp.code"],
  "error with half a quote": [frame(ip(icmpMessage(3, 3, 0, quote.slice(0, 27)))), "icmp.quoted"],
  "error about another's packet": [frame(ip(icmpMessage(3, 3, 0, quote))), "icmp.quoted"],
  "echo reply to no request": [frame(ip(icmpMessage(0, 0, 1, none))), "icmp.unmatched"],
  "echo to the subnet": [
    ethernetFrame(ALL, SERVER_MAC, 0x0800, ipPacket(1, SERVER_IP, 0x0a0002ff, echo)),
    "icmp.broadcast",
  ],
  "UDP of 7 bytes": [frame(ip(udp.slice(0, 7), 17)), "udp.short"],
  "UDP length 7": [frame(ip(join(udp.slice(0, 4), [0, 7], udp.slice(6)), 17)), "udp.length"],
  "UDP length past the end": [
    frame(ip(join(udp.slice(0, 4), [0, 10], udp.slice(6)), 17)),
    "udp.length",
  ],
  "UDP checksum": [frame(ip(flipped(udp, 8), 17)), "udp.checksum"],
  "UDP port 0": [frame(ip(udpDatagram(SERVER_IP, OWN_IP, 5000, 0, none), 17)), "udp.port"],
  "DHCP of 239 bytes": [
    frame(ip(udpDatagram(SERVER_IP, OWN_IP, 67, 68, new Uint8Array(239)), 17)),
    "dhcp.short",
  ],
  "DHCP request": [dhcp({ operation: 1 }), "dhcp.operation"],
  "DHCP for token ring": [
    frame(ip(udpDatagram(SERVER_IP, OWN_IP, 67, 68, wrongHardware), 17)),
    "dhcp.hardware",
  ],
  "BOOTP without cookie": [dhcp({ cookie: 0 }), "dhcp.cookie"],
  "DHCP option past the end": [dhcp({ options: [...ack, 12, 9, 65] }), "dhcp.option-length"],
  "DHCP option without length": [dhcp({ options: [...ack, 12] }), "dhcp.option-length"],
  "DHCP lease time of 3 bytes": [
    dhcp({ options: [...ack, 51, 3, 0, 1, 0, 255] }),
    "dhcp.option-length",
  ],
  "DHCP router list of 6 bytes": [
    dhcp({ options: [...ack, 3, 6, 10, 0, 2, 2, 10, 0, 255] }),
    "dhcp.option-length",
  ],
  "DHCP without end": [dhcp({ options: [...ack, 0, 0, 0] }), "dhcp.option-end"],
  "DHCP with overload and no end there": [
    dhcp({ options: [...ack, 52, 1, 3, 255] }),
    "dhcp.option-end",
  ],
  "DHCP with two types": [dhcp({ options: [...ack, ...ack, 255] }), "dhcp.option-twice"],
  "DHCP overload 7": [dhcp({ options: [...ack, 52, 1, 7, 255] }), "dhcp.option-value"],
  "DHCP without type": [dhcp({ options: [54, 4, 10, 0, 2, 2, 255] }), "dhcp.type"],
  "DHCP DISCOVER from a server": [dhcp({ type: 1 }), "dhcp.type"],
  "DHCP without server": [dhcp({ options: [53, 1, 5, 255] }), "dhcp.server"],
  "DHCP from a broadcast server": [dhcp({ server: 0xffffffff }), "dhcp.server"],
  "DHCP for another client": [dhcp({ mac: 0x525400123457 }), "dhcp.other-client"],
  "DHCP of another transaction": [dhcp({}), "dhcp.transaction"],
};
