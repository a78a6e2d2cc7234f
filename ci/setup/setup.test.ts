// Set-up's parts that talk to the outside, against archives, pages and folders made here.
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import test from "ava";
import { which } from "./debian.mjs";
import { fetchPinned, fileUrl, indexUrl } from "./package-index.mjs";
import { unzip } from "./unzip.mjs";

/** A zip archive of one entry; `crc` can be made wrong. */
function zip(name: string, text: string, method: 0 | 8, crc = crc32(text)): Buffer {
  const data = method === 8 ? deflateRawSync(text) : Buffer.from(text);
  const local = Buffer.alloc(30 + name.length);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  local.write(name, 30);
  const entry = Buffer.alloc(46 + name.length);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(method, 10);
  entry.writeUInt32LE(crc, 16);
  entry.writeUInt32LE(data.length, 20);
  entry.writeUInt16LE(name.length, 28);
  entry.write(name, 46);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(local.length + data.length, 16);
  return Buffer.concat([local, data, entry, end]);
}

function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "leivos-setup-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const method of [0, 8] as const) {
  test(`unzip: an entry packed with method ${method} comes out whole`, (t) => {
    inFolder((folder) => {
      t.is(unzip(zip("a/b.txt", "text ".repeat(100), method), folder), 1);
      t.is(readFileSync(join(folder, "a/b.txt"), "utf8"), "text ".repeat(100));
    });
  });
}

const wrong: [string, Buffer, RegExp][] = [
  ["no archive", Buffer.from("<html>not found</html>".repeat(4)), /not a zip/],
  ["an entry above the folder", zip("../x", "a", 0), /leaves/],
  ["an absolute entry", zip("/tmp/x", "a", 0), /leaves/],
  ["a damaged entry", zip("x", "a", 0, 1), /damaged/],
];
for (const [what, archive, message] of wrong) {
  test(`unzip: ${what} is refused`, (t) => {
    inFolder((folder) => t.throws(() => unzip(archive, folder), { message }));
  });
}

test("the index: environment first, then pip's files, then the public one", (t) => {
  inFolder((folder) => {
    const file = join(folder, "pip.conf");
    writeFileSync(file, "[global]\ntimeout = 9\nindex-url = https://index.example/simple\n");
    const set = { PIP_INDEX_URL: "https://other.example/x/" };
    t.is(indexUrl(set, [file]), "https://other.example/x/");
    t.is(indexUrl({}, [join(folder, "none"), file]), "https://index.example/simple/");
    t.is(new URL(indexUrl({}, [])).pathname, "/simple/");
  });
});

test("a file is found on index pages in JSON and in HTML", (t) => {
  const json = JSON.stringify({ files: [{ filename: "a-1.whl", url: "../files/a-1.whl" }] });
  const html =
    '<a data-x="y" href="/files/a-1.whl#sha256=00&amp;z">a-1.whl</a><a href="b">b.whl</a>';
  const page = "https://index.example/simple/a/";
  t.is(fileUrl(json, page, "a-1.whl"), "https://index.example/simple/files/a-1.whl");
  t.is(fileUrl(html, page, "a-1.whl"), "https://index.example/files/a-1.whl#sha256=00&z");
  t.is(fileUrl(json, page, "a-2.whl"), undefined);
  t.is(fileUrl(html, page, "a-2.whl"), undefined);
});

test.serial(
  "a file is fetched with the index's password and refused when its hash differs",
  async (t) => {
    const body = Buffer.from("pinned bytes");
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      if (request.url === "/simple/demo/") response.end('<a href="/f/demo.tgz">demo.tgz</a>');
      else if (request.url === "/f/demo.tgz") response.end(body);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const before = process.env.PIP_INDEX_URL;
    process.env.PIP_INDEX_URL = `http://user:p%40ss@127.0.0.1:${port}/simple`;
    const sha256 = createHash("sha256").update(body).digest("hex");
    const pin = { project: "demo", file: "demo.tgz", sha256, bytes: body.length };
    const progress: number[] = [];
    try {
      t.deepEqual(await fetchPinned(pin, (bytes) => progress.push(bytes)), body);
      t.is(progress.at(-1), body.length);
      const authorization = `Basic ${Buffer.from("user:p@ss").toString("base64")}`;
      t.deepEqual(seen, [authorization, authorization]);
      const other = fetchPinned({ ...pin, sha256: "0".repeat(64) }, () => {});
      await t.throwsAsync(other, { message: /has SHA-256 .*, but ci\/pins\.json names 0000/ });
      const missing = fetchPinned({ ...pin, file: "none.tgz" }, () => {});
      await t.throwsAsync(missing, { message: /does not list none\.tgz/ });
    } finally {
      if (before === undefined) delete process.env.PIP_INDEX_URL;
      else process.env.PIP_INDEX_URL = before;
      server.close();
    }
  },
);

test("programs are found on PATH only", (t) => {
  t.regex(which("sh") ?? "", /\/sh$/);
  t.is(which("no-such-program-here"), undefined);
});
