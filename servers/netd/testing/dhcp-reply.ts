// A DHCP server's messages, byte by byte and independent of the parser under test, so that a test can lie.

/** What a server says; every field can be wrong. */
export interface Reply {
  type?: number;
  transaction: number;
  mac: number;
  address?: number;
  server?: number;
  mask?: number;
  router?: number;
  leaseTime?: number;
  renewalTime?: number;
  rebindingTime?: number;
  /** Replaces all options, end option included. */
  options?: number[];
  operation?: number;
  cookie?: number;
}

/** The data of the UDP datagram. */
export function dhcpReply(reply: Reply): Uint8Array {
  const options = reply.options ?? replyOptions(reply);
  const bytes = new Uint8Array(240 + options.length);
  const view = new DataView(bytes.buffer);
  bytes.set([reply.operation ?? 2, 1, 6, 0]);
  view.setUint32(4, reply.transaction);
  view.setUint32(16, reply.address ?? 0);
  view.setUint16(28, Math.floor(reply.mac / 2 ** 32));
  view.setUint32(30, reply.mac % 2 ** 32);
  view.setUint32(236, reply.cookie ?? 0x63825363);
  bytes.set(options, 240);
  return bytes;
}

/** The options that the reply's fields stand for, with the end option. */
export function replyOptions(reply: Reply): number[] {
  const options: number[] = [];
  const word = (code: number, value: number | undefined) => {
    if (value === undefined) return;
    options.push(code, 4, value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
  };
  if (reply.type !== undefined) options.push(53, 1, reply.type);
  word(54, reply.server);
  word(1, reply.mask);
  word(3, reply.router);
  word(51, reply.leaseTime);
  word(58, reply.renewalTime);
  word(59, reply.rebindingTime);
  options.push(255);
  return options;
}
