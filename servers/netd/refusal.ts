// Why a frame or a message was refused: one table of stable codes and sentences.
//
// Invariant: a parser returns either its filled header or a Refusal, never a throw; a refused frame
// has no effect but one count under its code. A Refusal is the code's row number, so that counting
// it is one array access.

/** Stable code to the sentence that says what was wrong with the bytes and what to look at. */
export const refusalSentences = {
  "ethernet.short": "The frame is shorter than its 14-byte header; look at the driver's lengths.",
  "ethernet.long": "The frame is longer than 1,514 bytes; set the peer's MTU to 1,500.",
  "ethernet.source": "The source is a group or zero address; look at the sender's configuration.",
  "ethernet.not-ours": "The frame is for another station; nothing is to be done.",
  "ethernet.type": "Neither IPv4 nor ARP is inside; nothing is to be done.",
  "arp.short": "The ARP packet is shorter than 28 bytes; look at the sender.",
  "arp.format": "The ARP packet is not about Ethernet and IPv4 addresses; look at the sender.",
  "arp.operation": "The ARP operation is neither request nor reply; look at the sender.",
  "arp.sender": "The ARP sender claims a group, zero or loopback address; look at the sender.",
  "arp.unasked": "The ARP packet is neither for this host nor about a known neighbour.",
  "arp.contested": "Another station is known to have that address and was asked; see `arp`.",
  "arp.full": "The neighbour table has no free slot; wait for open requests to end.",
  "ipv4.short": "The packet is shorter than its header; look at the sender.",
  "ipv4.version": "The IP version is not 4; look at the sender.",
  "ipv4.header-length": "The IP header length is below 20 or past the packet's end.",
  "ipv4.total-length": "The IP total length is below the header's or past the frame's end.",
  "ipv4.checksum": "The IP header checksum is wrong; look at the path for corruption.",
  "ipv4.flags": "The reserved IP flag is set or the fragment fields contradict each other.",
  "ipv4.options": "An IP option's length runs past the header.",
  "ipv4.source-route": "The packet asks for source routing; this host refuses it always.",
  "ipv4.source": "The IP source cannot be a sender's address here; look at the sender.",
  "ipv4.not-ours": "The packet is for another host; this host does not forward.",
  "ipv4.link-broadcast": "A unicast packet came in a broadcast frame; look at the sender.",
  "ipv4.fragment": "A fragment's length is no multiple of 8, or it ends past 65,535 bytes.",
  "ipv4.fragment-overlap": "Fragments contradict each other: all of their packet is dropped.",
  "ipv4.fragment-lost": "A packet's fragments did not all come within 30 s, or too many wait.",
  "ipv4.protocol": "The IP protocol is not ICMP, TCP or UDP.",
  "icmp.short": "The ICMP message is shorter than its header.",
  "icmp.checksum": "The ICMP checksum is wrong; look at the path for corruption.",
  "icmp.code": "The ICMP code has no meaning for this type.",
  "icmp.type": "The ICMP type is not one that this host handles.",
  "icmp.broadcast": "An echo request to a broadcast address is never answered.",
  "icmp.rate": "Too many ICMP messages would have been sent; slow the sender down.",
  "icmp.quoted": "The ICMP error quotes a packet that this host did not send.",
  "icmp.unmatched": "The echo reply answers no open request, or came from another host.",
  "udp.short": "The datagram is shorter than its 8-byte header.",
  "udp.length": "The UDP length is below 8 or past the IP packet's end.",
  "udp.checksum": "The UDP checksum is wrong; look at the path for corruption.",
  "udp.port": "The destination port is 0.",
  "udp.closed": "No socket is open at the port; open one, or stop the sender.",
  "udp.long": "The datagram is longer than 4,000 bytes, which is what a socket takes.",
  "udp.full": "The socket's queue is full; receive faster or open it with a larger queue.",
  "tcp.short": "The TCP segment is shorter than its 20-byte header.",
  "tcp.offset": "The TCP header length is below 20 or past the segment's end.",
  "tcp.checksum": "The TCP checksum is wrong; look at the path for corruption.",
  "tcp.port": "A TCP port is 0.",
  "tcp.flags": "The TCP flags contradict each other; somebody probes this host.",
  "tcp.option-length": "A TCP option's length runs past the header or does not fit its kind.",
  "tcp.option-twice": "A TCP option came twice.",
  "tcp.option-value": "The peer's largest TCP segment is too small to work with.",
  "tcp.broadcast": "A TCP segment to a group of hosts is never answered.",
  "tcp.closed": "Nobody listens at the port, and no connection is there.",
  "tcp.backlog": "The listener's backlog is full; accept faster.",
  "tcp.syn": "A SYN is missing, or came where the connection stands already.",
  "tcp.reset": "A reset without the expected number has no effect; somebody may forge it.",
  "tcp.acknowledgment": "The segment acknowledges nothing, or what was never sent.",
  "tcp.flood": "Too many ask for connections at once; who asks again after a second is heard.",
  "tcp.awaited": "The connection's user has not come back after netd's end; the peer repeats it.",
  "tcp.window": "The segment lies outside the receive window; it is old, or forged.",
  "tcp.timestamp": "The segment lacks the timestamp that both sides agreed on.",
  "tcp.old": "The segment's timestamp is older than what came before.",
  "dhcp.short": "The DHCP message is shorter than 240 bytes.",
  "dhcp.operation": "The DHCP message is not a server's reply.",
  "dhcp.hardware": "The DHCP hardware type or address length is not Ethernet's.",
  "dhcp.cookie": "The DHCP magic cookie is wrong.",
  "dhcp.option-length": "A DHCP option's length runs past its field or does not fit its kind.",
  "dhcp.option-end": "A DHCP options field has no end option.",
  "dhcp.option-twice": "A DHCP option that holds one value came twice.",
  "dhcp.option-value": "A DHCP option's value has no meaning.",
  "dhcp.type": "The DHCP message type is absent or not one a server sends.",
  "dhcp.server": "The DHCP server identifier is absent or no host's address.",
  "dhcp.other-client": "The DHCP message is for another hardware address.",
  "dhcp.transaction": "The DHCP transaction is not the open one.",
  "dhcp.unexpected": "The DHCP message does not fit the client's state or the chosen server.",
  "dhcp.address": "The offered address is no host's address in its subnet.",
  "dhcp.lease-time": "The lease time is absent or below 10 s; set it to a minute or more.",
  "loopback.full": "Too many packets wait in the loopback queue; send slower.",
  "neighbour.full": "Too many packets wait for one neighbour's address; send slower.",
  "neighbour.silent": "A neighbour did not answer ARP; its waiting packets are dropped.",
} as const;

/** A stable refusal code. */
export type RefusalCode = keyof typeof refusalSentences;

/** A refusal in its compact form: the row of its code in `refusalCodes`. */
export type Refusal = number & { readonly refusal: unique symbol };

/** All codes, in table order; a Refusal indexes this. */
export const refusalCodes = Object.keys(refusalSentences) as readonly RefusalCode[];

/** The Refusal of a code. Call it once per module, not per frame: it searches the table. */
export function refusal(code: RefusalCode): Refusal {
  return refusalCodes.indexOf(code) as Refusal;
}
