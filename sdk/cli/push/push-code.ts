// Brings a server's code into a system: nothing when it is there already, else what has changed.
import type { Connection } from "../channel/connection.ts";
import { Failure } from "../failure.ts";
import { difference } from "./difference.ts";
import { type PushedCodes, sha256 } from "./pushed.ts";

/** How a push went. */
export interface Pushed {
  readonly digest: string;
  /** bytes of the code, and of the patch that travelled: 0 when the system had the code */
  readonly size: number;
  readonly sent: number;
}

/** The longest code that a system takes (servers/dev/pushes.ts). */
const LONGEST = 2 << 20;

/** @throws Failure when the system refuses it, or the line breaks */
export async function pushCode(
  connection: Pick<Connection, "ask" | "piece">,
  codes: PushedCodes,
  server: string,
  code: Uint8Array,
): Promise<Pushed> {
  const size = code.length;
  if (size > LONGEST) {
    throw new Failure(`${server}: its code has ${size} bytes; a push has at most ${LONGEST}`);
  }
  const digest = sha256(code);
  const bases = codes.digests(server);
  const begun = await connection.ask("push", { digest, size, bases });
  if (begun["held"] === true) return { digest, size, sent: 0 };
  const base = codes.read(server, begun["base"] as string);
  // The system has a base that was taken away here meanwhile: begin again without.
  if (begun["base"] !== "" && base === undefined) {
    await connection.ask("push", { digest, size, bases: [] });
  }
  const pieces = difference(base ?? new Uint8Array(0), code);
  const answers = await Promise.all(pieces.map((piece) => connection.piece(piece)));
  if (answers.at(-1)?.["produced"] !== size) {
    throw new Failure(`${server}: the system holds less than was pushed; push it again`);
  }
  codes.keep(server, code);
  return { digest, size, sent: pieces.reduce((sum, { length }) => sum + length, 0) };
}
