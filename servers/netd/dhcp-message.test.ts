import test from "ava";
import { parseDhcp, writeDhcp } from "./dhcp-message.ts";
import { createPacketBuffer } from "./packet-buffer.ts";
import { type RefusalCode, refusalCodes } from "./refusal.ts";
import { dhcpReply, replyOptions } from "./testing/dhcp-reply.ts";
import { toHex } from "./testing/frames.ts";

const MAC = 0x525400123456;
const START = 44;
const good = {
  type: 2,
  transaction: 0xdeadbeef,
  mac: MAC,
  address: 0x0a00020f,
  server: 0x0a000202,
  mask: 0xffffff00,
  router: 0x0a000202,
  leaseTime: 3600,
};

function parse(data: Uint8Array) {
  const packet = createPacketBuffer();
  packet.bytes.set(data, START);
  packet.end = START + data.length;
  const message = parseDhcp(packet, START, packet.end);
  return typeof message === "number" ? refusalCodes[message] : message;
}

test("an offer becomes a typed message", (t) => {
  t.deepEqual(parse(dhcpReply({ ...good, renewalTime: 1800, rebindingTime: 3150 })), {
    type: 2,
    transaction: 0xdeadbeef,
    clientMac: MAC,
    yourAddress: 0x0a00020f,
    server: 0x0a000202,
    options: {
      messageType: 2,
      server: 0x0a000202,
      mask: 0xffffff00,
      routers: [0x0a000202],
      nameServers: [],
      leaseTime: 3600,
      renewalTime: 1800,
      rebindingTime: 3150,
    },
  });
});

test("options go on in file and server name where the overload option says so", (t) => {
  for (const [overload, at, second] of [
    [1, 108, 0],
    [2, 44, 0],
    [3, 108, 44],
  ]) {
    const data = dhcpReply({
      ...good,
      options: [53, 1, 2, 54, 4, 10, 0, 2, 2, 52, 1, overload, 255],
    });
    data.set([51, 4, 0, 0, 14, 16, 255], at);
    if (second !== 0) data.set([1, 4, 255, 255, 0, 0, 255], second);
    const message = parse(data);
    if (typeof message === "string") return t.fail(message);
    t.is(message.options.leaseTime, 3600);
    t.is(message.options.mask, second === 0 ? undefined : 0xffff0000);
  }
});

const type = [53, 1, 2];
const server = [54, 4, 10, 0, 2, 2];
const lies: { [name: string]: [options: number[], code: RefusalCode] } = {
  "no options": [[], "dhcp.option-end"],
  "no end": [[...type, ...server], "dhcp.option-end"],
  "padding to the end": [[...type, ...server, 0, 0], "dhcp.option-end"],
  "code without length": [[...type, ...server, 12], "dhcp.option-length"],
  "length past the end": [[...type, ...server, 12, 2, 65], "dhcp.option-length"],
  "length 255 at the end": [[...type, ...server, 3, 255, 10, 0, 2, 2, 255], "dhcp.option-length"],
  "mask of 3 bytes": [[...type, ...server, 1, 3, 255, 255, 0, 255], "dhcp.option-length"],
  "router list of 5 bytes": [[...type, ...server, 3, 5, 10, 0, 2, 2, 9, 255], "dhcp.option-length"],
  "empty router list": [[...type, ...server, 3, 0, 255], "dhcp.option-length"],
  "lease time of 8 bytes": [
    [...type, ...server, 51, 8, 0, 0, 0, 0, 0, 0, 1, 0, 255],
    "dhcp.option-length",
  ],
  "type of 2 bytes": [[53, 2, 2, 2, ...server, 255], "dhcp.option-length"],
  "two servers": [[...type, ...server, ...server, 255], "dhcp.option-twice"],
  "overload 0": [[...type, ...server, 52, 1, 0, 255], "dhcp.option-value"],
  "overload 4": [[...type, ...server, 52, 1, 4, 255], "dhcp.option-value"],
  "overloaded file without end": [[...type, ...server, 52, 1, 1, 255], "dhcp.option-end"],
  "no type": [[...server, 255], "dhcp.type"],
  "a client's type": [[53, 1, 3, ...server, 255], "dhcp.type"],
  "no server": [[...type, 255], "dhcp.server"],
  "broadcast server": [[...type, 54, 4, 255, 255, 255, 255, 255], "dhcp.server"],
};

for (const [name, [options, code]] of Object.entries(lies)) {
  test(`refused: ${name}`, (t) => {
    t.is(parse(dhcpReply({ ...good, options })), code);
  });
}

test("a NAK may say nothing of its server, and nothing else may", (t) => {
  const nak = parse(dhcpReply({ ...good, options: [53, 1, 6, 255] }));
  t.like(nak, { type: 6, server: 0 });
  t.is(parse(dhcpReply({ ...good, options: [53, 1, 5, 255] })), "dhcp.server");
  const none = [53, 1, 6, 54, 4, 0, 0, 0, 0, 255];
  t.is(parse(dhcpReply({ ...good, options: none })), "dhcp.server");
});

test("refused: another operation, hardware, cookie, or too short", (t) => {
  t.is(parse(dhcpReply({ ...good, operation: 1 })), "dhcp.operation");
  t.is(parse(dhcpReply({ ...good, cookie: 0 })), "dhcp.cookie");
  const hardware = dhcpReply(good);
  hardware[2] = 16;
  t.is(parse(hardware), "dhcp.hardware");
  t.is(parse(dhcpReply(good).slice(0, 239)), "dhcp.short");
});

test("every cut of a good message is refused", (t) => {
  const data = dhcpReply(good);
  for (let length = 0; length < data.length; length++) {
    t.is(typeof parse(data.slice(0, length)), "string");
  }
  t.is(replyOptions(good).at(-1), 255);
});

test("a REQUEST as it must stand in the datagram", (t) => {
  const packet = createPacketBuffer();
  packet.bytes.fill(0x77);
  writeDhcp(packet, START, {
    type: 3,
    transaction: 0x01020304,
    seconds: 5,
    clientAddress: 0,
    clientMac: MAC,
    requestedAddress: 0x0a00020f,
    server: 0x0a000202,
  });
  const data = packet.bytes.slice(START, packet.end);
  t.is(data.length, 300);
  t.is(
    toHex(data.slice(0, 44)),
    "01010600010203040005000000000000000000000000000000000000525400123456" + "00".repeat(10),
  );
  t.true(data.slice(44, 236).every((byte) => byte === 0));
  t.is(
    toHex(data.slice(236, 284)),
    "63825363" +
      "350103" +
      "3d0701525400123456" +
      "32040a00020f" +
      "36040a000202" +
      "390205dc" +
      "3706010306333a3b" +
      "ff" +
      "00".repeat(7),
  );
});
