// A request as this server understands it, or the status that refuses it (RFC 9112 section 3).
// Invariant: a refusal after which the next request's place is uncertain closes the connection.
import { bodyLength, type Head, type HeadFault, listOf, token } from "../../sdk/net/http/head.ts";
import type { Status } from "./status.ts";

/** A sound request. */
export interface Request {
  readonly head: boolean;
  /** percent-decoded, begins with `/` */
  readonly path: string;
  /** bytes of a body, to be read and forgotten */
  readonly body: number;
  readonly keepAlive: boolean;
  readonly ifNoneMatch: string | undefined;
  readonly ifRange: string | undefined;
  readonly range: string | undefined;
}

/** Why a request is refused; `path` where it was understood. */
export interface Refusal {
  readonly refused: Status;
  /** whether the connection may go on */
  readonly keepAlive: boolean;
  readonly head: boolean;
}

/** Methods that are known (RFC 9110 section 9, RFC 5789). */
const known = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
/** Longest body that is skipped. */
const MOST_BODY = 65_536;
const MOST_TARGET = 2048;

const faults: { readonly [fault in Exclude<HeadFault, "more">]: Status } = {
  long: 431,
  many: 431,
  malformed: 400,
};

const refuse = (refused: Status, keepAlive = false, head = false): Refusal => ({
  refused,
  keepAlive,
  head,
});

/** The refusal for bytes that are no head; `start` is what came so far. */
export function refuseHead(fault: Exclude<HeadFault, "more">, start: string): Refusal {
  return refuse(fault === "long" && !start.includes("\r\n") ? 414 : faults[fault]);
}

/** The decoded path of a request's target; undefined when it is none. */
export function pathOf(target: string): string | undefined {
  const absolute = /^http:\/\/([^/?#]+)(.*)$/i.exec(target);
  if (absolute?.[1]?.includes("@")) return undefined;
  const local = absolute === null ? target : absolute[2]!.replace(/^(?!\/)/, "/");
  const raw = /^(\/[^?#]*)(?:\?[^#]*)?$/.exec(local)?.[1];
  if (raw === undefined) return undefined;
  let path = "";
  for (let at = 0; at < raw.length; at++) {
    let code = raw.charCodeAt(at);
    if (code === 0x25) {
      const digits = raw.slice(at + 1, at + 3);
      if (!/^[0-9A-Fa-f]{2}$/.test(digits)) return undefined;
      code = Number.parseInt(digits, 16);
      at += 2;
    }
    // No file has such a character in its name, and nobody means well with them.
    if (code < 0x20 || code === 0x7f || code === 0x5c) return undefined;
    path += String.fromCharCode(code);
  }
  const parts = path.split("/");
  return parts.includes("..") || parts.includes(".") ? undefined : path;
}

/** Understands a head. */
export function readRequest({ start, fields }: Head): Request | Refusal {
  const words = start.split(" ");
  const [method = "", target = "", version = ""] = words;
  if (words.length !== 3 || !token.test(method)) return refuse(400);
  const numbers = /^HTTP\/([0-9])\.([0-9])$/.exec(version);
  if (numbers === null) return refuse(400);
  if (numbers[1] !== "1") return refuse(505);
  const head = method === "HEAD";
  const modern = numbers[2] !== "0";
  const options = listOf(fields, "connection");
  const keepAlive = modern ? !options.includes("close") : options.includes("keep-alive");
  const hosts = fields["host"] ?? [];
  if (hosts.length > 1 || (modern && hosts.length === 0)) return refuse(400);
  if (hosts.length === 1 && !/^[A-Za-z0-9._~:[\]%!$&'()*+,;=-]*$/.test(hosts[0]!))
    return refuse(400);
  const length = bodyLength(fields);
  if (length === "malformed") return refuse(400);
  if (length === "chunked") return refuse(411);
  const body = length === "none" ? 0 : length;
  const expects = fields["expect"] !== undefined;
  // The body of a client that waits for a word may or may not come.
  if (body > MOST_BODY) return refuse(413, false, head);
  const mayGoOn = keepAlive && body === 0;
  if (expects) return refuse(417, mayGoOn, head);
  if (!known.includes(method)) return refuse(501, mayGoOn);
  if (method !== "GET" && !head) return refuse(405, mayGoOn);
  if (target.length > MOST_TARGET) return refuse(414, mayGoOn, head);
  const path = pathOf(target);
  if (path === undefined) return refuse(400, false, head);
  return {
    head,
    path,
    body,
    keepAlive,
    ifNoneMatch: fields["if-none-match"]?.join(","),
    ifRange: fields["if-range"]?.[0],
    // A field that came twice has no meaning; without it the whole file is the answer.
    range: fields["range"]?.length === 1 ? fields["range"][0] : undefined,
  };
}
