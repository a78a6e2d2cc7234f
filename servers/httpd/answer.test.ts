// Answers: which bytes of which file, with which fields.
import test from "ava";
import fc from "fast-check";
import { Failure } from "../../sdk/contract/failure.ts";
import { writeFileArchive } from "../../sdk/image/file-archive.ts";
import { ImageFiles } from "../../sdk/runtime/files.ts";
import { ArrayMemory } from "../../sdk/virtio/testing/array-memory.ts";
import { answer, answerHead } from "./answer.ts";
import { rangeOf } from "./range.ts";
import type { Request } from "./request.ts";

const archive = writeFileArchive(
  ["index.html", "a.txt", "sub/index.html", "sub/x.unknown", "__proto__/b.constructor"].map(
    (path) => ({ path, bytes: new TextEncoder().encode(`content of ${path}`) }),
  ),
);
const files = ImageFiles.read(new ArrayMemory(Uint8Array.from(archive)));
if (files instanceof Failure) throw new Error(files.sentence);

const plain: Request = {
  head: false,
  path: "/",
  body: 0,
  keepAlive: true,
  ifNoneMatch: undefined,
  ifRange: undefined,
  range: undefined,
};
const get = (path: string, more: Partial<Request> = {}) =>
  answer({ ...plain, path, ...more }, files);
const field = ({ fields }: ReturnType<typeof get>, name: string) =>
  fields.find(([each]) => each === name)?.[1];

test("files, a folder's index, and a folder without its slash", (t) => {
  t.like(get("/"), { status: 200, body: { from: 0, length: 21 } });
  t.is(field(get("/"), "Content-Type"), "text/html; charset=utf-8");
  t.is(field(get("/a.txt"), "Content-Type"), "text/plain; charset=utf-8");
  t.is(field(get("/sub/x.unknown"), "Content-Type"), "application/octet-stream");
  t.is(field(get("/__proto__/b.constructor"), "Content-Type"), "application/octet-stream");
  t.is(get("/sub/").status, 200);
  t.is(get("/sub").status, 301);
  t.is(field(get("/sub"), "Location"), "/sub/");
  for (const path of ["/b", "/a.txt/", "//a.txt", "/sub//", "/__proto__", "/constructor", "/a"])
    t.is(get(path).status, 404, path);
});

test("an unchanged file is not sent again", (t) => {
  const tag = field(get("/"), "ETag")!;
  t.regex(tag, /^"[0-9a-f]{16}"$/);
  t.is(get("/", { ifNoneMatch: tag }).status, 304);
  t.is(get("/", { ifNoneMatch: `"x", W/${tag}` }).status, 304);
  t.is(get("/", { ifNoneMatch: "*" }).status, 304);
  t.is(get("/", { ifNoneMatch: '"x"' }).status, 200);
  t.notRegex(answerHead(get("/", { ifNoneMatch: tag }), 0), /Content-Length/);
});

test("one range of a file; HEAD, and a part of another version, get the whole", (t) => {
  const part = get("/a.txt", { range: "bytes=3-6" });
  t.like(part, { status: 206, body: { from: 3, length: 4 } });
  t.is(field(part, "Content-Range"), "bytes 3-6/16");
  const none = get("/a.txt", { range: "bytes=16-" });
  t.is(none.status, 416);
  t.is(field(none, "Content-Range"), "bytes */16");
  t.is(get("/a.txt", { range: "bytes=0-1", head: true }).status, 200);
  t.is(get("/a.txt", { range: "bytes=0-1", ifRange: '"old"' }).status, 200);
  const tag = field(part, "ETag")!;
  t.is(get("/a.txt", { range: "bytes=0-1", ifRange: tag }).status, 206);
  for (const range of ["bytes=5-2", "bytes=0-1,3-4", "lines=1-2", "bytes=-", "bytes=a-b"])
    t.is(get("/a.txt", { range }).status, 200, range);
});

test("a range never leaves its file", (t) => {
  const number = fc.oneof(fc.constant(""), fc.nat(50).map(String), fc.constant("999999999999999"));
  fc.assert(
    fc.property(number, number, fc.nat(40), (first, last, size) => {
      const range = rangeOf(`bytes=${first}-${last}`, size);
      if (typeof range === "string") return;
      t.true(range.length >= 1 && range.from >= 0 && range.from + range.length <= size);
    }),
  );
});

test("a head as it goes out", (t) => {
  const clock = Date.UTC(1994, 10, 6, 8, 49, 37);
  t.is(
    answerHead(get("/nothing", { keepAlive: false }), clock)
      .split("\r\n")
      .slice(0, 3)
      .join("|"),
    "HTTP/1.1 404 Not Found|Date: Sun, 06 Nov 1994 08:49:37 GMT|Content-Type: text/html; charset=utf-8",
  );
  t.regex(
    answerHead(get("/nothing", { keepAlive: false }), clock),
    /\r\nConnection: close\r\n\r\n$/,
  );
  t.notRegex(answerHead(get("/"), 0), /Date/);
});
