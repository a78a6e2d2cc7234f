// What a request gets: status, fields and which bytes of which file. Pure: files in, decisions out.
import type { ImageFile, ImageFiles } from "../../sdk/runtime/files.ts";
import { contentType } from "./content-type.ts";
import { rangeOf } from "./range.ts";
import type { Refusal, Request } from "./request.ts";
import { type Status, statuses } from "./status.ts";

/** An answer before it is written. */
export interface Answer {
  readonly status: Status;
  readonly fields: readonly (readonly [string, string])[];
  /** a part of a file, or a text */
  readonly body:
    | { readonly file: ImageFile; readonly from: number; readonly length: number }
    | string;
  /** whether the body is only spoken of */
  readonly head: boolean;
  readonly keepAlive: boolean;
}

/** A page for a status that has no file. */
function page(status: Status): string {
  const [phrase, sentence] = statuses[status];
  return (
    `<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>${status} ${phrase}</title>\n` +
    `<h1>${phrase}</h1>\n<p>${sentence}</p>\n</html>\n`
  );
}

/** The answer that refuses. */
export function refusalAnswer({ refused, keepAlive, head }: Refusal): Answer {
  const fields: [string, string][] = [["Content-Type", "text/html; charset=utf-8"]];
  if (refused === 405) fields.push(["Allow", "GET, HEAD"]);
  return { status: refused, fields, body: page(refused), head, keepAlive };
}

/** The file at a path: itself, or the index of a folder. */
function fileAt(files: Pick<ImageFiles, "find">, path: string): ImageFile | undefined {
  return files.find(path.endsWith("/") ? `${path.slice(1)}index.html` : path.slice(1));
}

/** Whether a list of entity tags holds this one (weak comparison, RFC 9110 section 8.8.3.2). */
function matches(list: string, tag: string): boolean {
  return list.split(",").some((each) => {
    const item = each.trim();
    return item === "*" || item.replace(/^W\//, "") === tag;
  });
}

/** A path in a form that may stand in a field: what is no plain character is percent-encoded. */
function encoded(path: string): string {
  return path.replace(/[^A-Za-z0-9/._~-]/g, (letter) => {
    const digits = letter.charCodeAt(0).toString(16).toUpperCase();
    return `%${digits.padStart(2, "0")}`;
  });
}

/** Decides. */
export function answer(request: Request, files: Pick<ImageFiles, "find">): Answer {
  const { head, keepAlive, path } = request;
  const file = fileAt(files, path);
  if (file === undefined) {
    // `//host` would be somebody else's address, but no folder has an empty name.
    if (!path.endsWith("/") && files.find(`${path.slice(1)}/index.html`) !== undefined) {
      const moved = refusalAnswer({ refused: 301, keepAlive, head });
      return { ...moved, fields: [...moved.fields, ["Location", `${encoded(path)}/`]] };
    }
    return refusalAnswer({ refused: 404, keepAlive, head });
  }
  const tag = `"${file.digest}"`;
  const common: [string, string][] = [
    ["ETag", tag],
    ["Cache-Control", "no-cache"],
  ];
  const whole = { file, from: 0, length: file.length };
  if (request.ifNoneMatch !== undefined && matches(request.ifNoneMatch, tag))
    return { status: 304, fields: common, body: whole, head: true, keepAlive };
  const fields: [string, string][] = [
    ["Content-Type", contentType(file.path)],
    ["Accept-Ranges", "bytes"],
    ...common,
  ];
  // Only GET has ranges, and only of the file that the client has a part of.
  const asked = head || (request.ifRange ?? tag) !== tag ? undefined : request.range;
  const range = rangeOf(asked, file.length);
  if (range === "whole") return { status: 200, fields, body: whole, head, keepAlive };
  if (range === "not") {
    const refused = refusalAnswer({ refused: 416, keepAlive, head });
    return { ...refused, fields: [...refused.fields, ["Content-Range", `bytes */${file.length}`]] };
  }
  const last = range.from + range.length - 1;
  return {
    status: 206,
    fields: [...fields, ["Content-Range", `bytes ${range.from}-${last}/${file.length}`]],
    body: { file, ...range },
    head,
    keepAlive,
  };
}

/** The head of an answer as it goes out (pages are ASCII: characters are bytes). `clock` is UTC in milliseconds since 1970, 0 when unknown. */
export function answerHead({ status, fields, body, keepAlive }: Answer, clock: number): string {
  let text = `HTTP/1.1 ${status} ${statuses[status][0]}\r\n`;
  if (clock > 0) text += `Date: ${new Date(clock).toUTCString()}\r\n`;
  for (const [name, value] of fields) text += `${name}: ${value}\r\n`;
  // A 304 speaks of a body that it does not have, and needs no length.
  if (status !== 304) text += `Content-Length: ${body.length}\r\n`;
  text += "X-Content-Type-Options: nosniff\r\n";
  return `${text}Connection: ${keepAlive ? "keep-alive" : "close"}\r\n\r\n`;
}
