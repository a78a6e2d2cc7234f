import test from "ava";
import fc from "fast-check";
import * as ip from "./ip-address.ts";
import {
  formatMac,
  isGroupMac,
  isStationMac,
  macFromBytes,
  readMac,
  writeMac,
} from "./mac-address.ts";

test("dotted decimal goes both ways", (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xffffffff }),
      (address) => ip.parseIpAddress(ip.formatIpAddress(address)) === address,
    ),
  );
  t.is(ip.formatIpAddress(0x0a00020f), "10.0.2.15");
  for (const text of [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "01.2.3.4",
    "1.2.3.-4",
    "a.b.c.d",
    " 1.2.3.4",
  ]) {
    t.is(ip.parseIpAddress(text), undefined, text);
  }
});

test("masks have contiguous ones", (t) => {
  for (let prefix = 0; prefix <= 32; prefix++) {
    t.is(ip.prefixOfMask(ip.maskOfPrefix(prefix)), prefix);
  }
  t.is(ip.prefixOfMask(0xff00ff00), undefined);
  t.is(ip.prefixOfMask(0x00ffffff), undefined);
});

test("hosts, groups and subnets", (t) => {
  t.true(ip.isHostAddress(0x0a000001));
  for (const no of [0, 0x00000001, 0x7f000001, 0xe0000001, 0xf0000001, 0xffffffff]) {
    t.false(ip.isHostAddress(no), ip.formatIpAddress(no));
  }
  t.is(ip.subnetBroadcast(0x0a00020f, 0xffffff00), 0x0a0002ff);
  t.is(ip.subnetBroadcast(0x0a00020f, 0xffffffff), 0);
  t.false(ip.isHostInSubnet(0x0a000200, 0xffffff00));
  t.false(ip.isHostInSubnet(0x0a0002ff, 0xffffff00));
  t.true(ip.isHostInSubnet(0x0a000200, 0xfffffffe));
  t.is(ip.classMask(0x0a000001), 0xff000000);
  t.is(ip.classMask(0xac100001), 0xffff0000);
  t.is(ip.classMask(0xc0a80001), 0xffffff00);
});

test("hardware addresses", (t) => {
  const mac = macFromBytes(Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56));
  t.is(mac, 0x525400123456);
  t.is(formatMac(mac), "52:54:00:12:34:56");
  t.is(formatMac(1), "00:00:00:00:00:01");
  const view = new DataView(new ArrayBuffer(8));
  writeMac(view, 1, 0xfedcba987654);
  t.is(readMac(view, 1), 0xfedcba987654);
  t.true(isGroupMac(0x0100_5e00_0001));
  t.true(isGroupMac(0xffffffffffff));
  t.false(isStationMac(0));
  t.true(isStationMac(0xfe0000000001));
});
