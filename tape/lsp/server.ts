/**
 * The language server: LSP 3.17 messages in, messages out; no streams and no files of its own.
 *
 * Documents are synchronised whole. Positions of the protocol count UTF-16 units from 0, which is what offsets
 * are. Invariant: every request gets exactly one response, an error at worst.
 */
import { checkFile, checkWhole, type Compiled } from "../compile.ts";
import { format } from "../format/format.ts";
import type { Reader } from "../module/load.ts";
import { Source } from "../source/position.ts";
import { bytesOf, toByteString } from "../source/utf8.ts";
import { complete, definition, hover, type Place } from "./query.ts";
import { type Edit, renameEdits } from "./rename.ts";

export interface Message {
  readonly jsonrpc: "2.0";
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

interface Doc {
  text: string;
  done: Compiled | undefined;
}

interface At {
  readonly textDocument: { readonly uri: string; readonly text?: string };
  readonly position?: { readonly line: number; readonly character: number };
  readonly contentChanges?: readonly { readonly text: string }[];
  readonly newName?: string;
}

export function pathOf(uri: string): string {
  return decodeURIComponent(uri.replace(/^file:\/\//, ""));
}

function uriOf(path: string): string {
  return `file://${path.split("/").map(encodeURIComponent).join("/")}`;
}

/** A server over a reader of files. */
export class LanguageServer {
  readonly #reader: Reader;
  readonly #docs = new Map<string, Doc>();
  readonly #out: Message[] = [];
  done = false;

  constructor(reader: Reader) {
    this.#reader = {
      folders: reader.folders,
      library: (n) => reader.library(n),
      file: (p) => {
        const doc = this.#docs.get(p);
        return doc === undefined ? reader.file(p) : bytesOf(toByteString(doc.text));
      },
    };
  }

  /** Takes a message; gives the messages to send. */
  handle(m: Message): Message[] {
    this.#out.length = 0;
    if (m.method === undefined) return [];
    try {
      const result = this.#run(m.method, m.params as At);
      if (m.id !== undefined) this.#out.push({ jsonrpc: "2.0", id: m.id, result: result ?? null });
    } catch (e) {
      if (m.id === undefined) return [...this.#out];
      const known = e instanceof Unknown;
      this.#out.push({
        jsonrpc: "2.0",
        id: m.id,
        error: { code: known ? -32601 : -32603, message: (e as Error).message },
      });
    }
    return [...this.#out];
  }

  #run(method: string, p: At): unknown {
    switch (method) {
      case "initialize":
        return {
          capabilities: {
            textDocumentSync: 1,
            hoverProvider: true,
            definitionProvider: true,
            renameProvider: true,
            documentFormattingProvider: true,
            completionProvider: { triggerCharacters: ["."] },
          },
          serverInfo: { name: "tape" },
        };
      case "initialized":
      case "shutdown":
      case "textDocument/didSave":
      case "$/cancelRequest":
      case "$/setTrace":
        return null;
      case "exit":
        this.done = true;
        return null;
      case "textDocument/didOpen":
        this.#change(pathOf(p.textDocument.uri), p.textDocument.text ?? "");
        return null;
      case "textDocument/didChange":
        this.#change(
          pathOf(p.textDocument.uri),
          p.contentChanges?.[p.contentChanges.length - 1]?.text ?? "",
        );
        return null;
      case "textDocument/didClose":
        this.#docs.delete(pathOf(p.textDocument.uri));
        return null;
      case "textDocument/hover": {
        const text = this.#ask(p, hover);
        return text === undefined ? null : { contents: { kind: "markdown", value: text } };
      }
      case "textDocument/definition": {
        const place = this.#ask(p, definition);
        return place === undefined
          ? null
          : { uri: uriOf(place.source.path), range: rangeOf(place) };
      }
      case "textDocument/rename":
        return this.#rename(p);
      case "textDocument/completion": {
        const doc = this.#doc(p);
        const path = pathOf(p.textDocument.uri);
        return doc.done === undefined
          ? []
          : complete(doc.done, path, doc.text, offsetOf(new Source(path, doc.text), p.position));
      }
      case "textDocument/formatting": {
        const doc = this.#doc(p);
        const end = new Source("", doc.text).lines.length;
        return [
          {
            range: { start: { line: 0, character: 0 }, end: { line: end, character: 0 } },
            newText: format(doc.text),
          },
        ];
      }
      default:
        if (method.startsWith("$/")) return null;
        throw new Unknown(`there is no method ${method}`);
    }
  }

  #doc(p: At): Doc {
    const doc = this.#docs.get(pathOf(p.textDocument.uri));
    if (doc === undefined) throw new Error("the document is not open");
    return doc;
  }

  #change(path: string, text: string): void {
    const old = this.#docs.get(path);
    const doc: Doc = { text, done: old?.done };
    this.#docs.set(path, doc);
    const done = checkWhole(path, this.#reader, { tolerant: true, uses: true });
    // A text that does not parse keeps the symbols of the last one that did, for completion.
    if (
      done.program !== undefined &&
      (!done.report.list.some((d) => d.code < "T03") || old?.done === undefined)
    )
      doc.done = done;
    const diagnostics = done.report.list
      .filter((d) => d.source.path === path)
      .map((d) => ({
        range: rangeOf({ source: d.source, pos: d.pos, length: d.end - d.pos }),
        severity: 1,
        code: d.code,
        source: "tape",
        message: d.help === undefined ? d.message : `${d.message}\n${d.help}`,
      }));
    this.#out.push({
      jsonrpc: "2.0",
      method: "textDocument/publishDiagnostics",
      params: { uri: uriOf(path), diagnostics },
    });
  }

  #ask<R>(
    p: At,
    query: (done: Compiled, source: Source, offset: number) => R | undefined,
  ): R | undefined {
    const doc = this.#doc(p);
    const path = pathOf(p.textDocument.uri);
    const source = new Source(path, doc.text);
    return doc.done === undefined
      ? undefined
      : query(doc.done, source, offsetOf(source, p.position));
  }

  #rename(p: At): unknown {
    const name = p.newName ?? "";
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error(`\`${name}\` is no name`);
    const edits = this.#ask(p, (done, source, offset) => renameEdits(done, source, offset, name));
    if (edits === undefined) throw new Error("this cannot be renamed");
    this.#tryEdits(pathOf(p.textDocument.uri), edits);
    const changes: Record<string, unknown[]> = {};
    for (const edit of edits) {
      const uri = uriOf(edit.source.path);
      changes[uri] ??= [];
      changes[uri].push({ range: rangeOf(edit), newText: edit.text });
    }
    return { changes };
  }

  /** Throws when a program that had no errors would have one after these edits. */
  #tryEdits(path: string, edits: readonly Edit[]): void {
    const check = (reader: Reader): Compiled => checkFile(path, reader, { main: false });
    if (check(this.#reader).report.failed) return;
    const changed = new Map<string, string>();
    for (const e of [...edits].sort((a, b) => b.pos - a.pos)) {
      const text = changed.get(e.source.path) ?? e.source.text;
      changed.set(e.source.path, text.slice(0, e.pos) + e.text + text.slice(e.pos + e.length));
    }
    const [first] = check({
      ...this.#reader,
      file: (f) => {
        const text = changed.get(f);
        return text === undefined ? this.#reader.file(f) : bytesOf(toByteString(text));
      },
    }).report.list;
    if (first !== undefined) throw new Error(`this name does not fit: ${first.message}`);
  }
}

class Unknown extends Error {}

function offsetOf(source: Source, at: At["position"]): number {
  const start = source.lines[at?.line ?? 0] ?? source.text.length;
  return Math.min(start + (at?.character ?? 0), source.text.length);
}

function rangeOf(p: Place): unknown {
  const point = (offset: number): { line: number; character: number } => {
    const line = p.source.lineAt(offset) - 1;
    return { line, character: offset - p.source.lines[line] };
  };
  return { start: point(p.pos), end: point(p.pos + p.length) };
}
