// DHCP messages (RFC 2131 section 2): a server's parsed, a client's written.
//
// Invariant: a message that parsed is a server's reply to an Ethernet client, names its type and a
// server that can be a host, and has sound options.

import { type DhcpOptions, parseDhcpOptions } from "./dhcp-options.ts";
import * as option from "./dhcp-options.ts";
import { isHostAddress } from "./ip-address.ts";
import { readMac, writeMac } from "./mac-address.ts";
import type { PacketBuffer } from "./packet-buffer.ts";
import { type Refusal, refusal } from "./refusal.ts";

export const DISCOVER = 1;
export const OFFER = 2;
export const REQUEST = 3;
export const DECLINE = 4;
export const ACK = 5;
export const NAK = 6;

const OPERATION_REQUEST = 1;
const OPERATION_REPLY = 2;
const HARDWARE_ETHERNET = 0x0106;
const COOKIE = 0x63825363;
const SERVER_NAME = 44;
const FILE = 108;
const COOKIE_AT = 236;
const OPTIONS = 240;
/** BOOTP relays may drop messages shorter than this (RFC 1542 section 2.1). */
const MIN_LENGTH = 300;
/** What this client can take, as an IP packet's length. */
const MAX_MESSAGE = 1500;

/** A server's message. */
export interface ServerMessage {
  /** OFFER, ACK or NAK. */
  readonly type: number;
  readonly transaction: number;
  readonly clientMac: number;
  /** The client's address as the server sees it; 0 in a NAK. */
  readonly yourAddress: number;
  /** 0 in a NAK that does not say. */
  readonly server: number;
  readonly options: DhcpOptions;
}

/** A client's message. */
export interface ClientMessage {
  /** DISCOVER, REQUEST or DECLINE. */
  readonly type: number;
  readonly transaction: number;
  /** Seconds since the acquisition began, 0 .. 65535. */
  readonly seconds: number;
  /** The own address where it is in use, else 0. */
  readonly clientAddress: number;
  readonly clientMac: number;
  readonly requestedAddress: number | undefined;
  readonly server: number | undefined;
}

const short = refusal("dhcp.short");
const badOperation = refusal("dhcp.operation");
const badHardware = refusal("dhcp.hardware");
const badCookie = refusal("dhcp.cookie");
const badType = refusal("dhcp.type");
const badServer = refusal("dhcp.server");

/** Parses the datagram data at `start` .. `end`, or says why it is refused. */
export function parseDhcp(
  packet: PacketBuffer,
  start: number,
  end: number,
): ServerMessage | Refusal {
  if (end - start < OPTIONS) return short;
  const view = packet.view;
  if (view.getUint8(start) !== OPERATION_REPLY) return badOperation;
  if (view.getUint16(start + 1) !== HARDWARE_ETHERNET) return badHardware;
  if (view.getUint32(start + COOKIE_AT) !== COOKIE) return badCookie;
  const file = { start: start + FILE, end: start + COOKIE_AT };
  const serverName = { start: start + SERVER_NAME, end: start + FILE };
  const options = parseDhcpOptions(view, start + OPTIONS, end, file, serverName);
  if (typeof options === "number") return options;
  const type = options.messageType;
  if (type !== OFFER && type !== ACK && type !== NAK) return badType;
  // RFC 2131 wants it of a NAK as well, but there are servers that do not say who refuses (QEMU's user network).
  const server = options.server ?? (type === NAK ? 0 : undefined);
  if (server === undefined || (options.server !== undefined && !isHostAddress(server))) {
    return badServer;
  }
  return {
    type,
    transaction: view.getUint32(start + 4),
    clientMac: readMac(view, start + 28),
    yourAddress: view.getUint32(start + 16),
    server,
    options,
  };
}

/** Writes the message as datagram data at `start` and sets the packet's end. */
export function writeDhcp(packet: PacketBuffer, start: number, message: ClientMessage): void {
  const view = packet.view;
  packet.bytes.fill(0, start, start + MIN_LENGTH);
  view.setUint8(start, OPERATION_REQUEST);
  view.setUint16(start + 1, HARDWARE_ETHERNET);
  view.setUint32(start + 4, message.transaction);
  view.setUint16(start + 8, message.seconds);
  view.setUint32(start + 12, message.clientAddress);
  writeMac(view, start + 28, message.clientMac);
  view.setUint32(start + COOKIE_AT, COOKIE);
  let at = writeBytes(view, start + OPTIONS, option.OPTION_MESSAGE_TYPE, [message.type]);
  at = writeBytes(view, at, option.OPTION_CLIENT, [1, 0, 0, 0, 0, 0, 0]);
  writeMac(view, at - 6, message.clientMac);
  if (message.requestedAddress !== undefined) {
    at = writeWord(view, at, option.OPTION_REQUESTED_ADDRESS, message.requestedAddress);
  }
  if (message.server !== undefined) {
    at = writeWord(view, at, option.OPTION_SERVER, message.server);
  }
  if (message.type !== DECLINE) {
    at = writeBytes(view, at, option.OPTION_MESSAGE_SIZE, [MAX_MESSAGE >> 8, MAX_MESSAGE & 0xff]);
    at = writeBytes(view, at, option.OPTION_PARAMETERS, [
      option.OPTION_MASK,
      option.OPTION_ROUTER,
      option.OPTION_NAME_SERVER,
      option.OPTION_LEASE_TIME,
      option.OPTION_RENEWAL_TIME,
      option.OPTION_REBINDING_TIME,
    ]);
  }
  view.setUint8(at, option.OPTION_END);
  at += 1;
  packet.end = Math.max(at, start + MIN_LENGTH);
}

function writeBytes(view: DataView, at: number, code: number, data: readonly number[]): number {
  view.setUint8(at, code);
  view.setUint8(at + 1, data.length);
  for (let index = 0; index < data.length; index++) view.setUint8(at + 2 + index, data[index]);
  return at + 2 + data.length;
}

function writeWord(view: DataView, at: number, code: number, value: number): number {
  view.setUint8(at, code);
  view.setUint8(at + 1, 4);
  view.setUint32(at + 2, value);
  return at + 6;
}
