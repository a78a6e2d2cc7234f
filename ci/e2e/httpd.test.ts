// httpd in a booted guest, asked by this host's HTTP client through QEMU's user network.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { Agent, createServer as createHttpServer, type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import test from "ava";
import { buildSystem } from "../../sdk/cli/build/build-system.ts";
import { standardVariant } from "../../sdk/cli/build/step.ts";
import { Connection } from "../../sdk/cli/channel/connection.ts";
import { liveSource } from "../../sdk/cli/channel/live.ts";
import type { ServerCode } from "../../sdk/cli/push/server-code.ts";
import { swapCode } from "../../sdk/cli/push/swap-server.ts";
import { readBootImage, writeBootImage } from "../../sdk/image/boot-image.ts";
import { writeDiskImage } from "../../sdk/image/disk-image.ts";
import { readArchive, writeFileArchive } from "../../sdk/image/file-archive.ts";
import { Guest } from "../qemu/guest.ts";
import { bootedGuest, guestMachine, loginPrompt } from "../qemu/booted-guest.ts";
import { root } from "../setup/paths.mjs";
import { variantOf } from "./server-variant.ts";
import { command, logIn } from "../qemu/person.ts";

/** A port of loopback that is free just now. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

interface Got {
  status: number | undefined;
  fields: NodeJS.Dict<string | string[]>;
  body: Buffer;
  /** of the host's end: the same for two requests on one connection */
  port: number | undefined;
}

/** One request; its connection goes back to the agent. */
function get(agent: Agent, port: number, path: string, more: object = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const asked = request({ agent, host: "127.0.0.1", port, path, ...more }, (answer) => {
      const parts: Buffer[] = [];
      const near = answer.socket.localPort;
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.once("end", () => {
        const { statusCode: status, headers: fields } = answer;
        resolve({ status, fields, body: Buffer.concat(parts), port: near });
      });
    });
    asked.once("error", reject);
    asked.end();
  });
}

/** Sends bytes as they are; what comes back. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" });
    let heard = "";
    socket.setEncoding("latin1").on("data", (part) => {
      heard += part;
    });
    socket.once("end", () => {
      socket.end();
      resolve(heard);
    });
    socket.once("error", reject);
    socket.write(text, "latin1");
  });
}

const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Bytes of the long answer, and swaps of httpd under it. */
const BYTES = 10_000_000;
const SWAPS = 5;

/** A disk with the everyday system, and a long file beside its pages. */
async function diskWith(big: Uint8Array): Promise<string> {
  const { boot, loader } = await buildSystem(standardVariant, () => undefined, false);
  const objects = readBootImage(readFileSync(boot)).map((object) => {
    if (object.name !== "files/httpd") return object;
    const bytes = writeFileArchive([...readArchive(object.bytes), { path: "big", bytes: big }]);
    return { ...object, bytes, memory: bytes.length };
  });
  const folder = join(root, "build/httpd-pages");
  mkdirSync(folder, { recursive: true });
  const disk = join(folder, `${process.pid}.img`);
  writeDiskImage(disk, {
    loader: readFileSync(loader),
    boot: writeBootImage(objects),
    options: { netd_wait: "60000" },
  });
  return disk;
}

/** Reads until there are `enough` bytes, or the end; then the answer waits. */
function readTo(answer: IncomingMessage, parts: Buffer[], enough: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const more = (part: Buffer) => {
      parts.push(part);
      if (parts.reduce((sum, { length }) => sum + length, 0) >= enough) stop();
    };
    const stop = () => {
      answer.pause();
      answer.off("data", more).off("end", stop).off("error", reject);
      resolve();
    };
    answer.on("data", more).once("end", stop).once("error", reject);
    answer.resume();
  });
}

/** A long answer under swaps of httpd and netd, and a connection that has nothing to say meanwhile. */
async function downloadUnderSwaps(guest: Guest, port: number) {
  const connection = await Connection.open(guest.channel);
  const idle = new Agent({ keepAlive: true, maxSockets: 1 });
  const busy = new Agent({ keepAlive: true, maxSockets: 1 });
  const lines: string[] = [];
  const change = async (code: ServerCode) => {
    // A limit of time, or a call on the way at that moment: the running code goes on, and the next try counts.
    for (let tries = 1; ; tries++) {
      const { line } = await swapCode(connection, code);
      if (line.startsWith("swapped ") || tries === 20) return void lines.push(line);
    }
  };
  try {
    const [one, two, netd] = await Promise.all([
      variantOf("httpd", "httpd1", "(globalThis as any).mark = 1;"),
      variantOf("httpd", "httpd2", "(globalThis as any).mark = 2;"),
      variantOf("netd", "netd-under-httpd", "(globalThis as any).mark = 3;"),
    ]);
    const first = await get(idle, port, "/");
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = request({ agent: busy, host: "127.0.0.1", port, path: "/big" }, resolve);
      asked.once("error", reject).end();
    });
    const parts: Buffer[] = [];
    for (let i = 0; i <= SWAPS; i++) {
      await readTo(answer, parts, (BYTES * (i + 1)) / (SWAPS + 3));
      await change(i === SWAPS ? netd : i % 2 === 0 ? one : two);
    }
    await readTo(answer, parts, BYTES);
    const last = await get(idle, port, "/");
    const servers = await liveSource(connection).servers();
    const starts = servers.find(({ name }) => name === "httpd")?.starts;
    return { digest: hash(Buffer.concat(parts)), lines, same: first.port === last.port, starts };
  } finally {
    idle.destroy();
    busy.destroy();
    connection.close();
  }
}

test.serial(
  "pages on one connection, a range, bad requests; and swaps under all of it",
  async (t) => {
    t.timeout(420_000);
    const port = await freePort();
    const big = Uint8Array.from(
      { length: BYTES },
      (_, at) => (Math.imul(at, 2654435761) >>> 15) & 255,
    );
    const network = { kind: "user" as const, options: [`hostfwd=tcp:127.0.0.1:${port}-:80`] };
    const disk = await diskWith(big);
    t.teardown(() => rmSync(disk, { force: true }));
    const machine = await guestMachine({ machine: { network, channel: true } });
    const guest = await Guest.start({ ...machine, disk });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      await guest.expect(loginPrompt, 120_000);
      const page = await get(agent, port, "/");
      t.is(page.status, 200);
      t.is(page.fields["content-type"], "text/html; charset=utf-8");
      t.is(hash(page.body), hash(readFileSync("servers/httpd/files/index.html")));
      for (const [, part] of page.body.toString().matchAll(/(?:href|src)="([^"]+)"/g)) {
        const got = await get(agent, port, `/${part}`);
        t.is(hash(got.body), hash(readFileSync(`servers/httpd/files/${part}`)), part);
        t.is(got.port, page.port, "the same connection");
      }
      const again = await get(agent, port, "/", { headers: { "If-None-Match": page.fields.etag } });
      t.is(again.status, 304);
      const piece = await get(agent, port, "/page.css", { headers: { Range: "bytes=2-7" } });
      t.is(piece.status, 206);
      t.deepEqual(piece.body, readFileSync("servers/httpd/files/page.css").subarray(2, 8));
      t.is((await get(agent, port, "/nothing")).status, 404);
      t.is((await get(agent, port, "/", { method: "HEAD" })).body.length, 0);
      t.is((await get(agent, port, "/", { method: "DELETE" })).status, 405);
      agent.destroy();
      t.regex(await raw(port, "GET /../secret HTTP/1.1\r\nHost: x\r\n\r\n"), /^HTTP\/1\.1 400 /);
      t.regex(await raw(port, "nonsense\r\n\r\n"), /^HTTP\/1\.1 400 /);
      t.regex(await raw(port, "GET / HTTP/1.1\r\nHost : x\r\n\r\n"), /^HTTP\/1\.1 400 /);
      const swaps = await downloadUnderSwaps(guest, port);
      t.log(swaps.lines.join("\n"));
      t.is(swaps.digest, hash(big), "the long answer is whole");
      t.true(swaps.same, "the idle connection goes on");
      t.is(swaps.starts, 1);
      for (const line of swaps.lines) t.regex(line, /^swapped (?:httpd|netd) /);
    } finally {
      agent.destroy();
      await guest.close();
    }
  },
);

test.serial(
  "`fetch` in the shell: from this host, from the own httpd, and what goes wrong",
  async (t) => {
    t.timeout(300_000);
    const server = createHttpServer((asked, answer) => {
      if (asked.url === "/chunks") {
        answer.write("in two ");
        answer.end("parts\x1b[31m\n");
      } else answer.writeHead(302, { Location: "/chunks" }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const guest = await bootedGuest({ options: { netd_wait: "30000" } });
    const run = (line: string) => command(guest, line);
    try {
      await logIn(guest);
      t.regex(await run(`fetch http://10.0.2.2:${port}/`), /^in two parts\.\[31m$/m);
      t.regex(await run("fetch 127.0.0.1/page.css"), /^body \{$/m);
      t.regex(await run("fetch 127.0.0.1/nothing"), /^404 Not Found$/m);
      t.regex(await run("fetch 127.0.0.1:81"), /Nobody listens/);
      t.regex(await run("fetch https://127.0.0.1/"), /needs TLS/);
    } finally {
      server.close();
      await guest.close();
    }
  },
);
