// httpd in a booted guest, asked by this host's HTTP client through QEMU's user network.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, createServer as createHttpServer, request } from "node:http";
import { type AddressInfo, connect, createServer } from "node:net";
import test from "ava";
import type { Guest } from "../qemu/guest.ts";
import { bootedGuest, freshGuest, loginPrompt } from "../qemu/booted-guest.ts";

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

test.serial("a page and its parts on one connection, a range, and bad requests", async (t) => {
  t.timeout(300_000);
  const port = await freePort();
  const guest: Guest = await freshGuest({
    machine: { network: { kind: "user", options: [`hostfwd=tcp:127.0.0.1:${port}-:80`] } },
    options: { netd_wait: "60000" },
  });
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
  } finally {
    agent.destroy();
    await guest.close();
  }
});

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
    const run = async (line: string) => {
      guest.type(`${line}\n`);
      const { input, index } = await guest.expect(/leivos\$ $/);
      return input.slice(0, index).replaceAll("\r", "");
    };
    try {
      guest.type("dev\n");
      await guest.expect(/Password: $/);
      guest.type("dev\n");
      await guest.expect(/leivos\$ $/);
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
