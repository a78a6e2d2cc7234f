# A wire between a tap and a guest's card (QEMU's stream netdev), with rate, delay and seeded loss: for kernels without netem.
#
# Usage: lossy-wire.py TAP SOCKET. Each line of standard input sets it anew:
#   BITS_A_SECOND DELAY_MS QUEUE_BYTES LOSS_TO_GUEST LOSS_FROM_GUEST SEED
# A frame waits for the line's rate, at most QUEUE_BYTES of them, and is then DELAY_MS on its way.
import collections
import fcntl
import os
import random
import selectors
import socket
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 2, 0x1000
PER_FRAME = 24  # preamble, checksum and gap, as on a real wire

tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22s", sys.argv[1].encode(), IFF_TAP | IFF_NO_PI, b""))
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[2])
listener.listen(1)
print("listening", flush=True)
guest, _ = listener.accept()
guest.setblocking(True)


class Way:
    """One direction: what waits for the rate and for the delay, in order."""

    def __init__(self, deliver):
        self.deliver = deliver
        self.flying = collections.deque()
        self.free = 0.0
        self.set(0, 0, 1 << 30, 0, 0)

    def set(self, rate, delay, queue, loss, seed):
        self.rate, self.delay, self.queue, self.loss = rate / 8, delay / 1000, queue, loss
        self.random = random.Random(seed)

    def take(self, frame, now):
        if self.loss > 0 and len(frame) > 100 and self.random.random() < self.loss:
            return
        leaves = now
        if self.rate > 0:
            free = max(now, self.free)
            if (free - now) * self.rate > self.queue:
                return
            leaves = self.free = free + (len(frame) + PER_FRAME) / self.rate
        self.flying.append((leaves + self.delay, frame))

    def pass_on(self, now):
        while self.flying and self.flying[0][0] <= now:
            self.deliver(self.flying.popleft()[1])


def to_guest(frame):
    guest.sendall(struct.pack(">I", len(frame)) + frame)


def to_linux(frame):
    try:
        os.write(tap, frame)
    except OSError:
        pass


inward, outward = Way(to_guest), Way(to_linux)
selector = selectors.DefaultSelector()
selector.register(tap, selectors.EVENT_READ)
selector.register(guest, selectors.EVENT_READ)
selector.register(sys.stdin, selectors.EVENT_READ)
rest = b""
while True:
    now = time.monotonic()
    inward.pass_on(now)
    outward.pass_on(now)
    due = [way.flying[0][0] for way in (inward, outward) if way.flying]
    patience = max(0.0, min(due) - time.monotonic()) if due else None
    for key, _ in selector.select(patience):
        now = time.monotonic()
        if key.fileobj is guest:
            try:
                more = guest.recv(1 << 18)
            except ConnectionResetError:
                more = b""
            if not more:
                sys.exit(0)
            rest += more
            at = 0
            while len(rest) - at >= 4:
                (length,) = struct.unpack_from(">I", rest, at)
                if len(rest) - at - 4 < length:
                    break
                outward.take(rest[at + 4 : at + 4 + length], now)
                at += 4 + length
            rest = rest[at:]
        elif key.fileobj is sys.stdin:
            line = sys.stdin.readline()
            if not line:
                sys.exit(0)
            rate, delay, queue, to, back, seed = (float(word) for word in line.split())
            inward.set(rate, delay, queue, to, seed)
            outward.set(rate, delay, queue, back, seed + 1)
            print("set", flush=True)
        else:
            for _ in range(64):
                try:
                    inward.take(os.read(tap, 65536), now)
                except BlockingIOError:
                    break
