// Fetches the record of a server's run from a running system, piece by piece.
import type { Connection } from "../channel/connection.ts";

/** @throws Failure when no run of it was recorded */
export async function fetchRecord(line: Connection, server: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let from = 0; ; ) {
    const { size, bytes } = await line.ask("record", { server, from });
    const piece = Buffer.from(String(bytes), "hex");
    pieces.push(piece);
    from += piece.length;
    if (piece.length === 0 || from >= Number(size)) return Buffer.concat(pieces);
  }
}
