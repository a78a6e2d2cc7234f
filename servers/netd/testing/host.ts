// A stack with its recorder and clock, and a way to give it a lease without a server.

import { linkChanged } from "../link.ts";
import { frameArrived } from "../receive.ts";
import { deadlinePassed, nextDeadline } from "../deadlines.ts";
import { listRefusals } from "../counters.ts";
import { type Stack, createStack } from "../stack.ts";
import { dhcpReply } from "./dhcp-reply.ts";
import { ethernetFrame, ipPacket, udpDatagram } from "./frames.ts";
import { ManualTurn } from "./manual-turn.ts";
import { Recorder } from "./recorder.ts";

/** A router's and DHCP server's addresses, as in QEMU's user network. */
export const SERVER_IP = 0x0a000202;
export const SERVER_MAC = 0x52550a000202;

/** One host of a test. */
export interface Host {
  readonly stack: Stack;
  readonly did: Recorder;
  readonly turn: ManualTurn;
  readonly mac: number;
}

/** No secret, but it mixes. */
export const testHash = (a: number, b: number, c: number, d: number) =>
  Math.imul(a ^ Math.imul(b ^ Math.imul(c ^ d, 0x9e3779b1), 0x85ebca6b), 0xc2b2ae35) >>> 0;

/** A host whose link is down. */
export function createHost(mac = 0x525400123456, turn = new ManualTurn()): Host {
  const did = new Recorder();
  return { stack: createStack(turn, did, testHash), did, turn, mac };
}

/** A host that holds `address`, with all ARP probes and announcements over; its clock has moved. */
export function boundHost(
  address = 0x0a00020f,
  mac = 0x525400123456,
  turn = new ManualTurn(),
  mask = 0xffffff00,
): Host {
  const host = createHost(mac, turn);
  linkChanged(host.stack, turn, true, mac);
  const answer = { mac, address, server: SERVER_IP, mask, router: SERVER_IP, leaseTime: 86_400 };
  for (const type of [2, 5]) {
    const transaction = host.stack.dhcp.transaction;
    arrive(host, serverFrame(dhcpReply({ ...answer, type, transaction })));
  }
  while (host.stack.watch.deadline < Number.POSITIVE_INFINITY) pass(host);
  host.did.take();
  return host;
}

/** A datagram from the server's port 67 to everybody's port 68. */
export function serverFrame(data: Uint8Array): Uint8Array {
  const all = 0xffffffff;
  const datagram = udpDatagram(SERVER_IP, all, 67, 68, data);
  return ethernetFrame(2 ** 48 - 1, SERVER_MAC, 0x0800, ipPacket(17, SERVER_IP, all, datagram));
}

/** A frame arrives. */
export function arrive(host: Host, frame: Uint8Array): void {
  frameArrived(host.stack, host.turn, frame);
}

/** Moves the clock to the stack's next deadline and lets it pass. */
export function pass(host: Host): void {
  host.turn.now = Math.max(host.turn.now, nextDeadline(host.stack));
  deadlinePassed(host.stack, host.turn);
}

/** The refusals so far, as "code" or "code*count". */
export function refused(host: Host): string[] {
  return listRefusals(host.stack.counters).map(({ code, count }) =>
    count === 1 ? code : `${code}*${count}`,
  );
}
