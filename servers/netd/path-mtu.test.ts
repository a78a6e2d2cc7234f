// Paths that take less than their ends: routers that say so, forgers who claim it, and what is remembered.
import test from "ava";
import { DONT_FRAGMENT } from "./ipv4.ts";
import { createPathMtuTable, findPathMtu, isNarrow, notePathMtu } from "./path-mtu.ts";
import { actTcp, connectTcp, listenTcp } from "./tcp-operation.ts";
import { tcpAccept, tcpReceive, tcpSend } from "./tcp/calls.ts";
import type { Connection } from "./tcp/connection.ts";
import type { Listener } from "./tcp/table.ts";
import { ethernetFrame, icmpMessage, ipPacket } from "./testing/frames.ts";
import { type Host, SERVER_IP, SERVER_MAC, arrive, refused } from "./testing/host.ts";
import { A, B, wiredHosts } from "./testing/wired.ts";

/** A router's report about a frame of `host`. */
function tooLong(host: Host, frame: Uint8Array, says: number): void {
  const error = icmpMessage(3, 4, says, frame.subarray(14, 14 + 28));
  const packet = ipPacket(1, SERVER_IP, A, error);
  arrive(host, ethernetFrame(host.mac, SERVER_MAC, 0x0800, packet));
}

/** A connection from a to b over a router that passes on `limit` bytes and says `says`. */
function narrowed(limit: number, says: number) {
  const wired = wiredHosts();
  const { turn, a, b, pass } = wired;
  const state = { dropped: 0, longest: 0, cut: true };
  wired.carry = (frame, from) => {
    const length = frame.length - 14;
    const fields = ((frame[20]! << 8) | frame[21]!) & 0xffff;
    if (length > limit) {
      if (state.cut && (fields & DONT_FRAGMENT) === 0) return true;
      state.dropped += 1;
      if (from === a) tooLong(a, frame, says);
      return false;
    }
    state.longest = Math.max(state.longest, length);
    return true;
  };
  const listener = listenTcp(b.stack, turn, 0, 80, 4) as Listener;
  const left = connectTcp(a.stack, turn, B, 80) as Connection;
  pass(10);
  const right = tcpAccept(listener) as Connection;
  const send = (length: number) => {
    const data = Uint8Array.from({ length }, (_, index) => (index * 5) >>> 4);
    actTcp(a.stack, turn, (tcp) => tcpSend(tcp, turn, left, data, 0));
    pass(2000);
    const got = actTcp(b.stack, turn, (tcp) => tcpReceive(tcp, turn, right, 999_999));
    return Buffer.compare(got, data) === 0;
  };
  return { ...wired, wired, state, left, right, send };
}

test("a router says 1,400: packets are 1,400 from then on, and no window shrinks for it", (t) => {
  const { a, turn, state, left, send } = narrowed(1400, 1400);
  const { window } = left.congestion;
  t.true(send(100_000));
  t.is(state.longest, 1400);
  t.true(state.dropped <= 11, `${state.dropped}`);
  t.is(left.packetSize, 1400);
  t.true(left.congestion.window >= window);
  t.is(left.congestion.threshold, Number.POSITIVE_INFINITY);
  t.is(findPathMtu(a.stack.pathMtus, B, turn.now), 1400);
  // The next connection knows it from the start.
  const { dropped } = state;
  t.true(send(50_000));
  t.is(state.dropped, dropped);
});

test("an old router says nothing: the next plateau", (t) => {
  const { state, left, send } = narrowed(1300, 0);
  t.true(send(60_000));
  t.is(left.packetSize, 1280);
  t.true(state.longest <= 1280);
});

test("a path of 300 bytes: packets stay at 552, and may be fragmented", (t) => {
  const { a, turn, left, state, send } = narrowed(300, 300);
  t.true(isNarrow(a.stack.pathMtus, B, turn.now) === false);
  t.true(send(20_000));
  t.is(left.packetSize, 552);
  t.true(isNarrow(a.stack.pathMtus, B, turn.now));
  t.true(state.cut);
});

test("after ten minutes longer packets are tried again, at the price of one", (t) => {
  const { turn, wired, state, left, send, pass } = narrowed(1400, 1400);
  t.true(send(100_000));
  const { dropped } = state;
  pass(590_000);
  t.true(send(50_000));
  t.is(state.dropped, dropped);
  pass(10_000);
  t.true(send(50_000));
  t.is(state.dropped, dropped + 1);
  t.is(left.packetSize, 1400);
  // The path has become wider.
  wired.carry = () => true;
  pass(601_000);
  t.true(send(50_000));
  t.is(left.packetSize, 1500);
  t.true(turn.now > 0);
});

test("forged reports: only with the number of a packet on its way, never below 552, never upwards", (t) => {
  const wired = wiredHosts();
  const { turn, a, b, pass } = wired;
  const listener = listenTcp(b.stack, turn, 0, 80, 4) as Listener;
  const left = connectTcp(a.stack, turn, B, 80) as Connection;
  pass(10);
  t.truthy(tcpAccept(listener));
  const held: Uint8Array[] = [];
  wired.carry = (frame, from) => (from === a ? held.push(frame) < 0 : true);
  actTcp(a.stack, turn, (tcp) => tcpSend(tcp, turn, left, new Uint8Array(5000), 0));
  pass(0);
  t.is(held.length, 3);
  const bent = (at: number, value: number) => {
    const frame = held[1]!.slice();
    frame[at]! ^= value;
    return frame;
  };
  // Another sequence number, port, source, length and protocol than those of any packet that was sent.
  for (const frame of [bent(41, 1), bent(35, 1), bent(29, 1), bent(16, 0x10), bent(23, 7)]) {
    tooLong(a, frame, 600);
  }
  tooLong(a, held[1]!, 1500);
  tooLong(a, held[1]!, 9000);
  tooLong(a, held[1]!, 67);
  t.is(left.packetSize, 1500);
  t.deepEqual(refused(a), ["icmp.quoted*8"]);
  tooLong(a, held[1]!, 68);
  t.is(left.packetSize, 552);
  t.is(findPathMtu(a.stack.pathMtus, B, turn.now), 552);
});

test("the table: 32 paths, ten minutes each", (t) => {
  const table = createPathMtuTable();
  for (let host = 0; host < 40; host++) t.is(notePathMtu(table, host, 1500, 1300, 0), 1300);
  t.is(table.paths.length, 32);
  t.is(findPathMtu(table, 7, 0), 1500);
  t.is(findPathMtu(table, 39, 599_999), 1300);
  t.is(findPathMtu(table, 39, 600_000), 1500);
  t.is(notePathMtu(table, 1, 1492, 0, 0), 1280);
  t.is(notePathMtu(table, 1, 1300, 1300, 0), 0);
});
