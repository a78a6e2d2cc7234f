# A hostile host on the tap: every kind of bad input, built with scapy and sent as raw frames. Prints `KIND COUNT` for each kind.
#
# Usage: adversary.py INTERFACE GUEST GUEST_MAC PEER SEED SHARE KIND...
# PEER is a host that has a flow with the guest; its frames are watched, as somebody on the same wire can. SHARE: how much of each kind
# is sent, at most 1.
import random
import socket
import sys
import time

from scapy.config import conf

conf.verb = 0
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Raw

interface, guest, guest_mac, peer, seed = sys.argv[1:6]
share = float(sys.argv[6])
kinds = sys.argv[7:]
rng = random.Random(int(seed))
thin = random.Random(int(seed) + 1)
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.bind((interface, 0))
OWN_MAC = "02:00:00:00:66:66"
STRANGER = "10.77.0.66"
sent = 0
# A guest that is flooded faster than it can look loses the flow's frames as well: what is tested is what frames do, not how many.
PACE = 0.0005


def frame_of(packet, source=None, to=None):
    return bytes(Ether(src=source or OWN_MAC, dst=to or guest_mac) / packet)


def some(all_of_them):
    """As many of them as the share says, in their order."""
    return (each for each in all_of_them if thin.random() < share)


def put(frame, pause=PACE):
    """Sends bytes as a frame; whether the interface took it."""
    global sent
    try:
        wire.send(frame)
    except OSError:
        return False  # shorter or longer than the interface takes
    sent += 1
    if pause:
        time.sleep(pause)
    return True


def ip(payload, source=STRANGER, **fields):
    return frame_of(IP(src=source, dst=guest, **fields) / payload)


def samples():
    """A sound frame of each kind that the guest knows."""
    options = [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 0)), ("NOP", None), ("WScale", 7)]
    mac = bytes.fromhex(guest_mac.replace(":", ""))
    ack = DHCP(options=[("message-type", "ack"), ("server_id", peer), ("lease_time", 60), "end"])
    dhcp = UDP(sport=67, dport=68) / BOOTP(op=2, yiaddr=STRANGER, chaddr=mac) / ack
    answer = DNSRR(rrname="a.test", rdata="6.6.6.6")
    dns = UDP(sport=53, dport=40000) / DNS(id=1, qr=1, qd=DNSQR(qname="a.test"), an=answer)
    quoted = IP(src=guest, dst=peer) / TCP(sport=7, dport=1)
    return {
        "arp": frame_of(ARP(op=1, psrc=STRANGER, hwsrc=OWN_MAC, pdst=guest)),
        "echo": ip(ICMP() / Raw(b"x" * 20)),
        "error": ip(ICMP(type=3, code=4, nexthopmtu=576) / quoted),
        "udp": ip(UDP(sport=9, dport=9) / Raw(b"hello")),
        "syn": ip(TCP(sport=9, dport=80, flags="S", options=options)),
        "dhcp": ip(dhcp, source=peer),
        "dns": ip(dns, source=peer),
        "fragment": ip(Raw(b"y" * 64), flags="MF", proto=17, id=7),
    }


def lengths():
    for name, frame in samples().items():
        # Every byte of the headers says something else: lengths and offsets among them.
        for at in some(range(12, min(len(frame), 14 + 60))):
            for value in (0, 1, 0x45, 0x7F, 0xFF, frame[at] ^ (1 << rng.randrange(8))):
                put(frame[:at] + bytes([value]) + frame[at + 1 :], 0.0002)
    for ihl in range(16):
        for length in some((0, 19, 20, 21, 40, 1500, 65535)):
            put(ip(UDP(sport=9, dport=9) / Raw(b"z" * 30), ihl=ihl, len=length))
    for length in (0, 1, 7, 8, 9, 100, 65535):
        put(ip(UDP(sport=9, dport=9, len=length) / Raw(b"z")))
    for offset in range(16):
        put(ip(TCP(sport=9, dport=80, dataofs=offset) / Raw(b"z" * 8)))
    for kind in range(0, 40):
        for length in some((0, 1, 2, 3, 10, 41, 255)):
            option = bytes([kind, length]) + b"\0" * 6
            segment = bytes(IP(src=STRANGER, dst=guest) / TCP(sport=9, dport=80, flags="S", dataofs=7))
            put(frame_of(Raw(segment[:40] + option)))


def truncation():
    for frame in samples().values():
        for length in some(range(14, len(frame))):
            put(frame[:length], 0.0002)


def fragments():
    # Teardrop, overlaps in every way, a packet beyond 65,535 bytes, ones that never end.
    for first, second in ((0, 1), (0, 2), (1, 0), (3, 2), (0, 0)):
        identification = rng.randrange(65536)
        for offset, last in ((first, False), (second, True)):
            fields = {"id": identification, "frag": offset, "proto": 17}
            put(ip(Raw(rng.randbytes(24)), flags=0 if last else "MF", **fields))
    for offset in (8189, 8190, 8191):
        put(ip(Raw(b"p" * 1400), frag=offset, proto=1, id=99))
    for _ in some(range(400)):
        source = f"10.77.0.{rng.randrange(2, 250)}"
        fields = {"id": rng.randrange(65536), "frag": rng.randrange(8191), "proto": 17}
        put(ip(Raw(rng.randbytes(8 * rng.randrange(1, 180))), source=source, flags="MF", **fields))
    for offset in some(range(6000)):
        put(ip(Raw(b"e" * 8), id=1234, frag=offset, flags="MF", proto=17))


def segments():
    # Land, xmas, null, and every set of flags, at an open port, a closed one and the flow's.
    for port in (7, 80, 4444):
        put(frame_of(IP(src=guest, dst=guest) / TCP(sport=port, dport=port, flags="S")))
        for flags in some(range(512)):
            numbers = {"seq": rng.getrandbits(32), "ack": rng.getrandbits(32)}
            put(ip(TCP(sport=1000 + flags, dport=port, flags=flags, **numbers)))
    for source in ("0.0.0.0", "255.255.255.255", "127.0.0.1", "224.0.0.1", "10.77.0.255"):
        put(ip(TCP(sport=1, dport=80, flags="S"), source=source))
        put(ip(UDP(sport=7, dport=7), source=source))
        put(ip(ICMP(), source=source))


def watch(patience=10):
    """The newest segment of the peer's flow with the guest's port 7."""
    end = time.time() + patience
    wire.settimeout(1)
    while time.time() < end:
        try:
            frame = wire.recv(2048)
        except OSError:
            continue
        packet = Ether(frame)
        if IP not in packet or TCP not in packet or packet[IP].src != peer:
            continue
        segment = packet[TCP]
        if packet[IP].dst == guest and segment.dport == 7 and segment.flags == "PA":
            return segment
        if packet[IP].dst == guest and segment.dport == 7 and len(segment.payload) > 0:
            return segment
    return None


def blind():
    # In the flow's window, but for the one reset that RFC 5961 believes: its exact next number.
    for _ in range(max(5, int(60 * share))):
        segment = watch()
        if segment is None:
            print("blind: no flow was seen", file=sys.stderr)
            sys.exit(1)
        ends = {"sport": segment.sport, "dport": 7}
        for ahead in (20000, 30000, rng.randrange(5000, 60000)):
            number = (segment.seq + ahead) % 2**32
            for flags in ("R", "RA", "S", "SA"):
                put(ip(TCP(flags=flags, seq=number, ack=segment.ack, **ends), source=peer))
        # What was never sent is acknowledged, with and without bytes.
        never = (segment.ack + rng.randrange(1_000_000, 2**31)) % 2**32
        put(ip(TCP(flags="A", seq=segment.seq, ack=never, **ends), source=peer))
        put(ip(TCP(flags="PA", seq=segment.seq, ack=never, **ends) / Raw(b"evil"), source=peer))
        # Far outside, and guessed at random.
        for _ in range(20):
            number = rng.getrandbits(32)
            if (number - segment.seq) % 2**32 > 4_000_000:
                put(ip(TCP(flags=rng.choice(["R", "S", "A"]), seq=number, ack=rng.getrandbits(32), **ends), source=peer))
        # Routers that never saw a packet of the flow.
        guess = IP(src=guest, dst=peer) / TCP(sport=7, dport=segment.sport, seq=rng.getrandbits(32))
        for code in range(16):
            put(ip(ICMP(type=3, code=code, nexthopmtu=68) / guess))


def syns():
    for _ in some(range(5000)):
        source = f"10.77.{rng.randrange(1, 250)}.{rng.randrange(1, 250)}"
        put(ip(TCP(sport=rng.randrange(1, 65536), dport=rng.choice((7, 80)), flags="S", seq=rng.getrandbits(32)), source=source), 0.001)


def arp():
    # Somebody says to have the peer's address, the guest's, and many others'.
    for _ in some(range(100)):
        for op in (1, 2):
            put(frame_of(ARP(op=op, psrc=peer, hwsrc=OWN_MAC, pdst=guest, hwdst=guest_mac)))
            put(frame_of(ARP(op=op, psrc=peer, hwsrc=OWN_MAC, pdst=peer), to="ff:ff:ff:ff:ff:ff"))
        put(frame_of(ARP(op=1, psrc=f"10.77.0.{rng.randrange(70, 250)}", hwsrc=OWN_MAC, pdst=guest)))
    for field in ({"hwlen": 255}, {"plen": 255}, {"hwlen": 0}, {"plen": 0}, {"op": 9}, {"hwtype": 7}, {"ptype": 1}):
        put(frame_of(ARP(**{"op": 1, "psrc": STRANGER, "hwsrc": OWN_MAC, "pdst": guest, **field})))


def dns():
    # Answers that nobody asked for, at every port that questions leave from.
    answer = DNSRR(rrname="web.leivos.test", rdata="6.6.6.6", ttl=10**6)
    for _ in some(range(3000)):
        message = DNS(id=rng.getrandbits(16), qr=1, qd=DNSQR(qname="web.leivos.test"), an=answer)
        put(ip(UDP(sport=53, dport=rng.randrange(49152, 65536)) / message, source=peer), 0.0003)


def dhcp():
    # Forged by somebody who does not see the transaction's number.
    mac = bytes.fromhex(guest_mac.replace(":", ""))
    for kind in ("nak", "offer", "ack", "force_renew"):
        for _ in some(range(200)):
            options = [("message-type", kind), ("server_id", peer), ("lease_time", rng.choice((0, 1, 2**32 - 1)))]
            head = BOOTP(op=2, xid=rng.getrandbits(32), yiaddr="6.6.6.6", chaddr=mac, hlen=rng.choice((6, 6, 255)))
            packet = UDP(sport=67, dport=68) / head / DHCP(options=[*options, "end"])
            frame = bytearray(ip(packet, source=peer))
            for _ in range(rng.randrange(4)):  # lengths that lie, ends that are missing
                frame[rng.randrange(282, len(frame))] = rng.getrandbits(8)
            put(bytes(frame))


def window():
    # A peer that connects, asks for a page, and never opens its window; it answers ARP for itself.
    port = rng.randrange(1024, 65535)
    put(frame_of(ARP(op=1, psrc=STRANGER, hwsrc=OWN_MAC, pdst=guest)))
    put(ip(TCP(sport=port, dport=80, flags="S", seq=1000, window=0)))
    end = time.time() + max(5, 20 * share)
    probes = 0
    answered = False
    wire.settimeout(0.5)
    while time.time() < end:
        try:
            packet = Ether(wire.recv(2048))
        except OSError:
            continue
        if ARP in packet and packet[ARP].op == 1 and packet[ARP].pdst == STRANGER:
            put(frame_of(ARP(op=2, psrc=STRANGER, hwsrc=OWN_MAC, pdst=guest, hwdst=guest_mac)))
        if IP not in packet or TCP not in packet or packet[IP].dst != STRANGER:
            continue
        segment = packet[TCP]
        if segment.dport != port:
            continue
        if segment.flags == "SA" and not answered:
            answered = True
            next_of = (segment.seq + 1) % 2**32
            put(ip(TCP(sport=port, dport=80, flags="A", seq=1001, ack=next_of, window=0)))
            request = Raw(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            put(ip(TCP(sport=port, dport=80, flags="PA", seq=1001, ack=next_of, window=0) / request))
        elif answered:
            probes += 1
            seq = 1001 + 27
            put(ip(TCP(sport=port, dport=80, flags="A", seq=seq, ack=next_of, window=0)))
    print(f"window: {probes} segments against a closed window", flush=True)


def frames():
    types = (0, 46, 1500, 1501, 0x0805, 0x86DD, 0x8100, 0x88A8, 0x9000, 0xFFFF)
    for kind in types:
        for length in (0, 1, 46, 1000, 1486):
            put(bytes(Ether(src=OWN_MAC, dst=guest_mac, type=kind) / Raw(rng.randbytes(length))))
    for to in ("ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "33:33:00:00:00:01"):
        put(frame_of(IP(src=STRANGER, dst="255.255.255.255") / ICMP(), to=to))
        put(frame_of(IP(src=STRANGER, dst="224.0.0.1") / UDP(sport=1, dport=1), to=to))
    put(bytes(Ether(src=OWN_MAC, dst=guest_mac) / Dot1Q(vlan=5) / IP(src=STRANGER, dst=guest) / ICMP()))
    for options in (b"\x83\x07\x04\x0a\x4d\x00\x01\x00", b"\x07\xff\x04\x00", b"\x44\x01\x00\x00", b"\x94"):
        put(ip(ICMP(), options=[], ihl=5))
        head = bytearray(bytes(IP(src=STRANGER, dst=guest) / ICMP()))
        padded = options + b"\0" * (-len(options) % 4)
        head[0] = 0x45 + len(padded) // 4
        whole = bytes(head[:20]) + padded + bytes(head[20:])
        packet = IP(whole)
        packet.chksum = None
        packet.len = None
        put(frame_of(packet))
    for _ in some(range(2000)):
        put(bytes.fromhex(guest_mac.replace(":", "")) + rng.randbytes(rng.randrange(8, 1500)))
    for _ in some(range(300)):
        put(ip(ICMP(type=rng.randrange(256), code=rng.randrange(256)) / Raw(rng.randbytes(rng.randrange(60)))))


def flood():
    # SYNs from everywhere, 50,000 a second times the share, for five seconds; as many as the interface takes.
    made = []
    for _ in range(500):
        source = f"11.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
        segment = TCP(sport=rng.randrange(1, 65536), dport=7, flags="S", seq=rng.getrandbits(32))
        made.append(ip(segment, source=source))
    rate = 50000 * share
    begin = time.time()
    count = 0
    while time.time() < begin + 5:
        wanted = int((time.time() - begin) * rate)
        while count < wanted:
            put(made[count % len(made)], 0)
            count += 1
        time.sleep(0.001)
    print(f"flood: {count / (time.time() - begin):.0f} a second", flush=True)


def claim():
    # Somebody uses the guest's own address: defended once, given up when it goes on (RFC 5227 section 2.4).
    for _ in range(3):
        put(frame_of(ARP(op=2, psrc=guest, hwsrc=OWN_MAC, pdst=guest, hwdst=guest_mac)), 0.5)


known = {
    "lengths": lengths,
    "truncation": truncation,
    "fragments": fragments,
    "segments": segments,
    "blind": blind,
    "syns": syns,
    "arp": arp,
    "dns": dns,
    "dhcp": dhcp,
    "window": window,
    "frames": frames,
    "flood": flood,
    "claim": claim,
}
for kind in kinds or known:
    before = sent
    known[kind]()
    print(f"{kind} {sent - before}", flush=True)
