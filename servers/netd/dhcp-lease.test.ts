import test from "ava";
import fc from "fast-check";
import { leaseFrom } from "./dhcp-lease.ts";
import type { ServerMessage } from "./dhcp-message.ts";
import { refusalCodes } from "./refusal.ts";
import { ManualTurn } from "./testing/manual-turn.ts";
import { NEVER } from "./turn.ts";

type Options = Partial<ServerMessage["options"]>;

function lease(options: Options, yourAddress = 0x0a00020f, requestedAt = 500) {
  const message: ServerMessage = {
    type: 5,
    transaction: 1,
    clientMac: 1,
    yourAddress,
    server: 0x0a000202,
    options: {
      messageType: 5,
      server: 0x0a000202,
      mask: 0xffffff00,
      routers: [],
      nameServers: [],
      leaseTime: 3600,
      renewalTime: undefined,
      rebindingTime: undefined,
      ...options,
    },
  };
  const result = leaseFrom(message, requestedAt, new ManualTurn());
  return typeof result === "number" ? refusalCodes[result] : result;
}

test("addresses that no host of the subnet can have are refused", (t) => {
  t.is(lease({}, 0), "dhcp.address");
  t.is(lease({}, 0xffffffff), "dhcp.address");
  t.is(lease({}, 0xe0000001), "dhcp.address");
  t.is(lease({}, 0x7f000001), "dhcp.address");
  t.is(lease({}, 0x0a000200), "dhcp.address");
  t.is(lease({}, 0x0a0002ff), "dhcp.address");
  t.is(lease({ mask: 0xff00ff00 }), "dhcp.option-value");
  t.is(lease({ mask: 0 }), "dhcp.option-value");
});

test("lease times that cannot be kept are refused", (t) => {
  t.is(lease({ leaseTime: undefined }), "dhcp.lease-time");
  t.is(lease({ leaseTime: 0 }), "dhcp.lease-time");
  t.is(lease({ leaseTime: 9 }), "dhcp.lease-time");
});

test("a router outside the subnet is dropped, the next one taken", (t) => {
  const found = lease({ routers: [0x0a000302, 0x0a00020f, 0x0a000202] });
  if (typeof found === "string") return t.fail(found);
  t.is(found.router, 0x0a000202);
  t.like(lease({ routers: [0x0a000302] }), { router: 0 });
  t.like(lease({ mask: undefined }), { mask: 0xff000000 });
  t.like(lease({ nameServers: [0, 0x08080808, 0xffffffff] }), { nameServers: [0x08080808] });
});

test("an endless lease has no deadlines", (t) => {
  t.like(lease({ leaseTime: 0xffffffff }), { renewAt: NEVER, rebindAt: NEVER, expiresAt: NEVER });
});

test("T1 < T2 < the end, whatever the server says", (t) => {
  const seconds = fc.integer({ min: 0, max: 0xffffffff });
  fc.assert(
    fc.property(
      fc.oneof(fc.integer({ min: 10, max: 100 }), fc.integer({ min: 10, max: 0xfffffffe })),
      fc.option(fc.oneof(fc.integer({ min: 0, max: 100 }), seconds), { nil: undefined }),
      fc.option(fc.oneof(fc.integer({ min: 0, max: 100 }), seconds), { nil: undefined }),
      (leaseTime, renewalTime, rebindingTime) => {
        const found = lease({ leaseTime, renewalTime, rebindingTime });
        if (typeof found === "string") return false;
        return (
          found.renewAt > 500 &&
          found.renewAt < found.rebindAt &&
          found.rebindAt < found.expiresAt &&
          found.expiresAt === 500 + leaseTime * 1000
        );
      },
    ),
  );
  t.pass();
});
