// A piece of the record of a server's run, for the host: what init gives is memory, and a host has none of ours.
import type { ChannelRequest } from "../../sdk/channel/request.ts";
import { protections } from "../../sdk/abi/table.ts";
import type { Client } from "../../sdk/contract/client.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import type { Session } from "../init/contract.ts";

/** Bytes of a piece; as hexadecimal digits it fits into a message. */
const PIECE = 32 << 10;

const digits: string[] = [];
for (let i = 0; i < 256; i++) digits.push((i < 16 ? "0" : "") + i.toString(16));

/** `size` bytes of the record in all, and as hexadecimal digits those from `from` on. */
export async function recordPiece(
  session: Client<typeof Session>,
  { server, from }: ChannelRequest["fields"],
): Promise<object | Failure> {
  if (typeof server !== "string" || typeof from !== "number" || !(from >= 0))
    return refuse(failures.INVALID, "record: `server` must be text, `from` a number");
  const given = await session.record({ server });
  if (given instanceof Failure) return given;
  const memory = new Memory(given.record);
  const view = memory.map(protections.READ);
  memory.close();
  if (view instanceof Failure) return view;
  const bytes = new Uint8Array(Math.max(0, Math.min(PIECE, given.size - from)));
  view.copyOut(from, bytes, 0, bytes.length);
  view.close();
  const text: string[] = [];
  for (let i = 0; i < bytes.length; i++) text.push(digits[bytes[i]!]!);
  return { size: given.size, bytes: text.join("") };
}
