// Requests: what is understood, and with which status each other one is refused.
import test from "ava";
import { latin1Bytes, readHead } from "../../sdk/net/http/head.ts";
import { pathOf, readRequest, refuseHead } from "./request.ts";

function read(start: string, ...lines: string[]) {
  const text = [start, ...lines, "", ""].join("\r\n");
  const head = readHead(latin1Bytes(text), text.length, 8192);
  if (typeof head === "object") return readRequest(head);
  if (head === "more") throw new Error("the head does not end");
  return refuseHead(head, text.slice(0, 8192));
}

test("requests as browsers and curl send them", (t) => {
  t.like(read("GET /a%20b?q=1 HTTP/1.1", "Host: leivos:8080", "Range: bytes=0-9"), {
    path: "/a b",
    head: false,
    keepAlive: true,
    body: 0,
    range: "bytes=0-9",
  });
  t.like(read("HEAD / HTTP/1.1", "Host: [::1]:80", "Connection: Close"), {
    head: true,
    keepAlive: false,
  });
  t.like(read("GET http://x.example/y HTTP/1.1", "Host: x.example"), { path: "/y" });
  t.like(read("GET / HTTP/1.0"), { keepAlive: false });
  t.like(read("GET / HTTP/1.0", "Connection: keep-alive"), { keepAlive: true });
  t.like(read("GET / HTTP/1.7", "Host: x"), { keepAlive: true });
  t.like(read("GET / HTTP/1.1", "Host: x", "Content-Length: 3"), { body: 3 });
  t.like(read("GET / HTTP/1.1", "Host: x", 'If-None-Match: "a"', 'If-None-Match: "b"'), {
    ifNoneMatch: '"a","b"',
  });
  t.like(read("GET / HTTP/1.1", "Host: x", "Range: bytes=0-1", "Range: bytes=2-3"), {
    range: undefined,
  });
});

test("each bad request has its status", (t) => {
  const host = "Host: x";
  const expected: [number, string, ...string[]][] = [
    [400, "GET /"],
    [400, "GET  / HTTP/1.1", host],
    [400, " GET / HTTP/1.1", host],
    [400, "GET / HTTP/1.1 ", host],
    [400, "G(T / HTTP/1.1", host],
    [400, "GET / http/1.1", host],
    [400, "GET / HTTP/1.11", host],
    [400, "GET / HTTP/1.1"],
    [400, "GET / HTTP/1.1", host, "Host: y"],
    [400, "GET / HTTP/1.1", "Host: a/b"],
    [400, "GET / HTTP/1.1", "Host: user@x"],
    [400, "GET / HTTP/1.1", host, "Content-Length: 1", "Transfer-Encoding: chunked"],
    [400, "GET / HTTP/1.1", host, "Content-Length: 1,1"],
    [400, "GET / HTTP/1.1", host, "Transfer-Encoding: gzip"],
    [400, "GET / HTTP/1.1", host, "X : y"],
    [400, "GET /../etc HTTP/1.1", host],
    [400, "GET /%2e%2E/etc HTTP/1.1", host],
    [400, "GET /%zz HTTP/1.1", host],
    [400, "GET /%00 HTTP/1.1", host],
    [400, "GET /a%5cb HTTP/1.1", host],
    [400, "GET * HTTP/1.1", host],
    [400, "GET x HTTP/1.1", host],
    [400, "GET /#x HTTP/1.1", host],
    [405, "POST / HTTP/1.1", host],
    [405, "OPTIONS * HTTP/1.1", host],
    [405, "CONNECT x:443 HTTP/1.1", host],
    [411, "POST / HTTP/1.1", host, "Transfer-Encoding: chunked"],
    [413, "GET / HTTP/1.1", host, "Content-Length: 65537"],
    [414, `GET /${"a".repeat(2048)} HTTP/1.1`, host],
    [414, `GET /${"a".repeat(9000)}`],
    [417, "GET / HTTP/1.1", host, "Expect: 100-continue"],
    [431, "GET / HTTP/1.1", host, `Cookie: ${"a".repeat(9000)}`],
    [431, "GET / HTTP/1.1", ...Array.from({ length: 65 }, () => host)],
    [501, "BREW / HTTP/1.1", host],
    [505, "GET / HTTP/2.0", host],
  ];
  for (const [refused, ...lines] of expected)
    t.like(read(...(lines as [string, ...string[]])), { refused }, lines.join(" | ").slice(0, 80));
});

test("a connection goes on after a refusal only where the next request's place is certain", (t) => {
  const host = "Host: x";
  t.like(read("POST / HTTP/1.1", host), { refused: 405, keepAlive: true });
  t.like(read("POST / HTTP/1.1", host, "Content-Length: 5"), { refused: 405, keepAlive: false });
  t.like(read("POST / HTTP/1.1", host, "Expect: 100-continue", "Content-Length: 5"), {
    keepAlive: false,
  });
  t.like(read("GET /.. HTTP/1.1", host), { refused: 400, keepAlive: false });
});

test("paths", (t) => {
  t.is(pathOf("/"), "/");
  t.is(pathOf("/a/b.txt?x=../y"), "/a/b.txt");
  t.is(pathOf("http://h"), "/");
  t.is(pathOf("HTTP://h:8080/z?"), "/z");
  t.is(pathOf("http://h?q"), "/");
  t.is(pathOf("/%c3%a4"), "/\xc3\xa4");
  for (const bad of ["", "?x", "a", "//h/../x", "/a/./b", "/.", "https://h/x", "http://u@h/x"])
    t.is(pathOf(bad), undefined, bad);
});
