/** `lsp`: the language server over standard input and output, with the base protocol's headers. */
import { LanguageServer, type Message } from "../lsp/server.ts";
import type { Flags } from "./main.ts";
import { diskReader } from "./reader.ts";

/** Cuts a stream of bytes into messages. */
export class Framing {
  #left = Buffer.alloc(0);

  /** Adds bytes; gives the messages that are complete. */
  push(bytes: Uint8Array): Message[] {
    this.#left = Buffer.concat([this.#left, bytes]);
    const out: Message[] = [];
    for (;;) {
      const end = this.#left.indexOf("\r\n\r\n");
      if (end < 0) return out;
      const length = Number(
        /Content-Length: *(\d+)/i.exec(this.#left.subarray(0, end).toString("latin1"))?.[1] ?? 0,
      );
      if (this.#left.length < end + 4 + length) return out;
      const body = this.#left.subarray(end + 4, end + 4 + length).toString("utf8");
      this.#left = this.#left.subarray(end + 4 + length);
      try {
        out.push(JSON.parse(body) as Message);
      } catch {
        out.push({ jsonrpc: "2.0", id: null, error: { code: -32700, message: "this is no JSON" } });
      }
    }
  }
}

export function frame(m: Message): string {
  const body = JSON.stringify(m);
  return `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

export async function lspCommand(_files: readonly string[], flags: Flags): Promise<number> {
  const server = new LanguageServer(diskReader(flags.folders));
  const framing = new Framing();
  for await (const chunk of process.stdin) {
    for (const m of framing.push(chunk as Uint8Array))
      for (const answer of server.handle(m)) process.stdout.write(frame(answer));
    if (server.done) break;
  }
  return 0;
}
