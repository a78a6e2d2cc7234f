# SYNs from everywhere to port 7 of a guest, as raw frames on the tap: `flood.py INTERFACE MAC ADDRESS A_SECOND SECONDS`. Says when it begins, and in the
# end how many a second it has sent.
import random
import socket
import struct
import sys
import time

interface, mac, address, rate, span = sys.argv[1:]
rng = random.Random(1)
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind((interface, 0))
to = socket.inet_aton(address)


def total(data):
    value = sum(struct.unpack(f">{len(data) // 2}H", data))
    while value >> 16:
        value = (value & 0xFFFF) + (value >> 16)
    return value ^ 0xFFFF


def syn():
    source = bytes((11, rng.randrange(256), rng.randrange(256), rng.randrange(1, 255)))
    tcp = struct.pack(">HHIIHHHH", rng.randrange(1, 65536), 7, rng.getrandbits(32), 0, 0x5002, 8192, 0, 0)
    tcp = tcp[:16] + struct.pack(">H", total(source + to + struct.pack(">HH", 6, len(tcp)) + tcp)) + tcp[18:]
    ip = struct.pack(">HHHHBBH", 0x4500, 20 + len(tcp), rng.getrandbits(16), 0x4000, 64, 6, 0) + source + to
    ip = ip[:10] + struct.pack(">H", total(ip)) + ip[12:]
    return bytes.fromhex(mac.replace(":", "")) + b"\x02\0\0\0\x66\x66\x08\0" + ip + tcp


frames = [syn() for _ in range(4096)]
print("begun", flush=True)
begin = time.time()
count = 0
while (now := time.time() - begin) < float(span):
    # What could not be sent in time is not made up for.
    due = min(int(now * float(rate)) - count, int(float(rate) / 100))
    for _ in range(due):
        try:
            wire.send(frames[count % len(frames)])
        except OSError:
            pass
        count += 1
    time.sleep(0.001)
print(round(count / (time.time() - begin)), flush=True)
