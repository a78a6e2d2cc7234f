// `fetch` against servers that answer well, badly, slowly and not at all.
import test from "ava";
import { Failure } from "../contract/failure.ts";
import { netFailures } from "../../servers/netd/contract.ts";
import { LoopbackNetwork, sound } from "../../servers/netd/testing/loopback-network.ts";
import { fetch, fetchFailures } from "./fetch.ts";
import { latin1, latin1Bytes } from "./http/head.ts";
import { parseHttpUrl, resolveLocation } from "./http/url.ts";
import { listen } from "./listen.ts";

/** A server that says `words` to each request in turn, in pieces of `cut` bytes, and closes. */
async function serving(words: readonly string[], cut = 5000) {
  const net = new LoopbackNetwork();
  const listener = sound(await net.until(listen(net.join(), 80)));
  const asked: string[] = [];
  const serve = async () => {
    for (const each of words) {
      const accepted = await listener.accept();
      if (accepted instanceof Failure) return;
      const { stream } = accepted;
      let text = "";
      while (!text.includes("\r\n\r\n")) {
        const part = await stream.read();
        if (part instanceof Failure || part.done) break;
        text += latin1(part.value, 0, part.value.length);
      }
      asked.push(text);
      for (let at = 0; at < each.length; at += cut)
        await stream.write(latin1Bytes(each.slice(at, at + cut)));
      await stream.finish();
      stream.close();
    }
  };
  void serve();
  return { net, asked, network: net.join() };
}

const URL = "http://127.0.0.1/page?q";
const code = (value: unknown) => (value instanceof Failure ? value.code : value);

/** Status and body, or the failure's code. */
async function get(
  words: string | readonly string[],
  options: Parameters<typeof fetch>[2] = {},
  cut = 5000,
) {
  const list = typeof words === "string" ? [words] : words;
  const { net, network, asked } = await serving(list, cut);
  const answer = await net.until(fetch(network, URL, options));
  if (answer instanceof Failure) return { code: answer.code, asked };
  const body = await net.until(answer.bytes(100_000));
  if (body instanceof Failure) return { code: body.code, asked };
  return {
    status: answer.status,
    phrase: answer.phrase,
    body: latin1(body, 0, body.length),
    url: answer.url,
    asked,
  };
}

test("an answer with a length, in chunks, or up to the end; in pieces of any size", async (t) => {
  for (const cut of [1, 7, 5000]) {
    const length = await get("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more", {}, cut);
    t.like(length, { status: 200, phrase: "OK", body: "hello" });
    t.is(
      length.asked[0],
      "GET /page?q HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\nConnection: close\r\n\r\n",
    );
    const chunks =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
    t.like(await get(chunks, {}, cut), { status: 200, body: "hello" });
    t.like(await get("HTTP/1.0 404 Not Found\r\n\r\nhello", {}, cut), {
      status: 404,
      body: "hello",
    });
    t.like(await get("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204\r\n\r\n", {}, cut), {
      status: 204,
      body: "",
    });
  }
  t.like(await get("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", { method: "HEAD" }), {
    body: "",
  });
});

test("redirections are followed, but not for ever", async (t) => {
  const moved = "HTTP/1.1 301 Moved\r\nLocation: other\r\n\r\n";
  const found = await get([moved, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"]);
  t.like(found, { body: "hi", url: "http://127.0.0.1/other" });
  t.is((await get(Array(7).fill(moved))).code, fetchFailures.TOO_MANY_REDIRECTS);
  t.like(await get(moved, { redirects: 0 }), { status: 301 });
  const away = "HTTP/1.1 301 Moved\r\nLocation: https://x/\r\n\r\n";
  t.is((await get(away)).code, fetchFailures.BAD_URL);
  t.is((await get(away.replace("https", "gopher"))).code, fetchFailures.BAD_URL);
});

test("each bad answer is a failure of its own", async (t) => {
  const { BAD_ANSWER, CUT_SHORT, TOO_LARGE } = fetchFailures;
  for (const [what, words] of [
    [CUT_SHORT, ""],
    [CUT_SHORT, "HTTP/1.1 200 OK\r\n"],
    [CUT_SHORT, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello"],
    [CUT_SHORT, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"],
    [BAD_ANSWER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n"],
    [BAD_ANSWER, "HTTP/2 200 OK\r\n\r\n"],
    [BAD_ANSWER, "220 smtp.example ESMTP\r\n\r\n"],
    [BAD_ANSWER, "HTTP/1.1 101 Switching\r\n\r\n"],
    [BAD_ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"],
    [BAD_ANSWER, `HTTP/1.1 200 OK\r\nA: ${"x".repeat(20_000)}\r\n\r\n`],
    [TOO_LARGE, `HTTP/1.1 200 OK\r\n\r\n${"x".repeat(100_001)}`],
  ] as const)
    t.is((await get(words)).code, what, words.slice(0, 60));
});

test("nobody there, a bad address, a silent server", async (t) => {
  const { net, network } = await serving([]);
  const ask = async (url: string, more = {}) => code(await net.until(fetch(network, url, more)));
  t.is(await ask("http://127.0.0.1:81/"), netFailures.CONNECTION_REFUSED);
  for (const bad of [
    "",
    "127.0.0.1",
    "ftp://127.0.0.1/",
    "http:///x",
    "http://a b/",
    "http://x:0/",
    "http://x/\r\nA: b",
  ])
    t.is(await ask(bad), fetchFailures.BAD_URL, bad);
  t.is(await ask("https://127.0.0.1/"), fetchFailures.BAD_URL);
  t.is(await ask(URL, { fields: { A: "b\r\nC: d" } }), fetchFailures.BAD_URL);
  t.true(((await ask(URL, { timeout: 500_000_000 })) as number) < 0);
});

test("addresses", (t) => {
  t.like(parseHttpUrl("HTTP://Example.org:8080?a=b#c"), {
    host: "Example.org",
    port: 8080,
    target: "/?a=b",
  });
  t.like(parseHttpUrl("https://x"), { scheme: "https", port: 443, target: "/" });
  const base = parseHttpUrl("http://h:81/a/b?c")!;
  const to = (location: string) => {
    const { host, port, target } = resolveLocation(base, location)!;
    return `${host}:${port}${target}`;
  };
  t.is(to("d"), "h:81/a/d");
  t.is(to("/d"), "h:81/d");
  t.is(to("?d"), "h:81/a/b?d");
  t.is(to("//i/d"), "i:80/d");
  t.is(to("http://i:82"), "i:82/");
});
