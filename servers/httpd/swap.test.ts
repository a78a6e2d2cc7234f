// httpd is swapped under its connections: a long answer arrives whole, and requests that stand half-way are answered by the new code.
import { createHash } from "node:crypto";
import test from "ava";
import { readArchive, writeFileArchive } from "../../sdk/image/file-archive.ts";
import { pushingHost } from "../../sdk/sim/testing/pushing-host.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { serverScript } from "../../sdk/sim/testing/server-script.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";

const soak = process.env.LEIVOS_CAMPAIGN === "soak";
const BYTES = soak ? 100_000_000 : 3_000_000;
const SWAPS = soak ? 50 : 5;
const BLOCK = 1 << 16;

const imports = `
import { connect as connectTcp } from "../../../sdk/net/connect.ts";
import type { TcpStream } from "../../../sdk/net/tcp-stream.ts";
import { openNetwork } from "../../../sdk/net/open-network.ts";
import { latin1, latin1Bytes } from "../../../sdk/net/http/head.ts";
`;

/** One connection reads a long answer, digests of blocks chained; the others stand at each place of a request when a swap comes. */
const body = `
  const must = <T>(value: T | Failure): T => {
    if (value instanceof Failure) throw new Error(value.sentence);
    return value;
  };
  const network = must(await openNetwork());
  const dial = async () => must(await connectTcp(network, "127.0.0.1", 80));
  const write = async (stream: TcpStream, text: string) => {
    const gone = await stream.write(latin1Bytes(text));
    if (gone !== undefined) throw new Error(gone.sentence);
  };
  /** What comes until there is \`enough\`, or the end. */
  const hear = async (stream: TcpStream, enough: (text: string) => boolean) => {
    let text = "";
    while (!enough(text)) {
      const part = must(await stream.read({ timeout: 60e9 }));
      if (part.done) return text + "<end>";
      text += latin1(part.value, 0, part.value.length);
    }
    return text;
  };
  const GET = (path: string, more = "") => "GET /" + path + " HTTP/1.1\\r\\nHost: x\\r\\n" + more + "\\r\\n";
  const small = (text: string) => text.endsWith("a small file\\n");
  const idle = await dial();
  await write(idle, GET("small"));
  const firstAnswer = await hear(idle, small);
  const half = await dial();
  await write(half, GET("small").slice(0, 20));
  const skips = await dial();
  await write(skips, GET("small", "Content-Length: 40\\r\\n") + "x".repeat(15));
  await hear(skips, small);
  const slow = await dial();
  await write(slow, GET("big"));
  const long = await dial();
  await write(long, GET("big", "Connection: close\\r\\n"));
  const head = await hear(long, (text) => text.includes("\\r\\n\\r\\n"));
  const bodyAt = head.indexOf("\\r\\n\\r\\n") + 4;
  let read = 0;
  let filled = 0;
  const block = new Uint8Array(32 + ${BLOCK});
  let over = "";
  const take = (bytes: Uint8Array) => {
    read += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + ${BLOCK} - filled);
      block.set(part, 32 + filled);
      filled += part.length;
      at += part.length;
      if (filled < ${BLOCK}) continue;
      block.set(uusi.sha256(block), 0);
      filled = 0;
    }
  };
  take(latin1Bytes(head.slice(bodyAt)));
  const reading = (async () => {
    for (;;) {
      const result = await long.read({ timeout: 60e9 });
      if (result instanceof Failure) { over = "read: " + result.sentence; return; }
      if (result.done) break;
      take(result.value);
    }
    block.set(uusi.sha256(block.subarray(0, 32 + filled)), 0);
    over = "whole";
  })();
  const pushed: { [name: string]: [Memory, number] } = { one: push("one"), two: push("two"), netd: push("netd") };
  const change = async (server: string, name: string) => {
    let line = "";
    for (let tries = 0; tries < 20; tries++) {
      const [memory, size] = pushed[name]!;
      const code = must(memory.duplicate());
      const request = { server, code, size, digest: codes[name]!.digest, manifest: new Uint8Array(0) };
      line = must(await session.swap(request)).line;
      if (/^swapped/.test(line)) break;
      await sleep(2e7);
    }
    return line.replace(/[\\d.]+ ms/g, "N ms");
  };
  const lines: string[] = [];
  const reached = (part: number) => read >= ${BYTES} * part || over !== "";
  for (let i = 0; i < ${SWAPS}; i++) {
    while (!reached((i + 1) / ${SWAPS + 2})) await sleep(1e6);
    lines.push(await change("httpd", i % 2 === 0 ? "one" : "two"));
    await write(idle, GET("small"));
    if (!small(await hear(idle, small))) lines.push("the idle connection ended");
  }
  while (!reached(${SWAPS + 1} / ${SWAPS + 2})) await sleep(1e6);
  lines.push(await change("netd", "netd"));
  await write(half, GET("small").slice(20));
  say("half " + small(await hear(half, small)));
  await write(skips, "x".repeat(25) + GET("small"));
  say("skips " + small(await hear(skips, small)));
  await reading;
  let hex = "";
  for (let i = 0; i < 32; i++) hex += block[i]!.toString(16).padStart(2, "0");
  say("first " + small(firstAnswer) + " over " + over + " read " + read + " digest " + hex);
  let rest = 0;
  await hear(slow, (text) => { rest = text.length; return rest > 200_000; });
  say("slow " + (rest > 200_000));
  for (const line of lines) say("line " + line);
`;

/** What the program makes of the same bytes. */
function digestOf(data: Uint8Array): string {
  let digest = Buffer.alloc(32);
  for (let at = 0; at <= data.length; at += BLOCK) {
    const block = data.subarray(at, at + BLOCK);
    digest = createHash("sha256").update(digest).update(block).digest();
  }
  return digest.toString("hex");
}

test("httpd is swapped, and netd, and every connection goes on", async (t) => {
  t.timeout(600_000);
  const variant = (server: string, mark: number) =>
    serverScript(
      `import "../../../servers/${server}/main.ts";\n(globalThis as any).mark = ${mark};`,
    );
  const [one, two, netd] = await Promise.all([
    variant("httpd", 1),
    variant("httpd", 2),
    variant("netd", 3),
  ]);
  const big = Uint8Array.from(
    { length: BYTES },
    (_, at) => (Math.imul(at, 2654435761) >>> 15) & 255,
  );
  const image = await withServer(
    await freshSystem(),
    pushingHost("httpd", { one, two, netd }, body, imports),
    {
      name: "host",
      uses: ["/svc/session", "/svc/net"],
      may: ["see", "manage", "log"],
      net: { connect: ["tcp:127.0.0.1:80"] },
      budget: 64 << 20,
    },
  );
  const files = writeFileArchive([
    ...readArchive(image.files!["httpd"]!),
    { path: "big", bytes: big },
    { path: "small", bytes: new TextEncoder().encode("a small file\n") },
  ]);
  const guest = await SimGuest.boot({ ...image, files: { ...image.files, httpd: files } });
  await guest.login();
  await guest.pass(120e9);
  const log = await guest.command("log host");
  const lines = [...log.matchAll(/host: (.*?)\r?\n/g)].map(([, line]) => line as string);
  t.log(lines.join("\n"), await guest.command("log httpd"));
  t.true(lines.includes("half true"));
  t.true(lines.includes("skips true"));
  t.true(lines.includes("slow true"));
  t.true(lines.includes(`first true over whole read ${BYTES} digest ${digestOf(big)}`));
  const swaps = lines.filter((line) => line.startsWith("line "));
  t.is(swaps.length, SWAPS + 1);
  for (const line of swaps) t.regex(line, /^line swapped (?:httpd|netd) N ms \(paused N ms, /);
  t.regex(await guest.command("ps"), /httpd +running.* 1\r?$/m);
});
