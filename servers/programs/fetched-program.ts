// A program from outside the image: its file comes over HTTP with the session of whoever runs it, and the code keeper makes it executable.
// Invariant: what runs are the bytes that were read, and they were read after nobody could change them; a file without the keeper's leave runs nowhere.
import type { Client } from "../../sdk/contract/client.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { fetch } from "../../sdk/net/fetch.ts";
import { openNetwork } from "../../sdk/net/open-network.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { connect, openName } from "../../sdk/runtime/connect.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import { open } from "../../sdk/runtime/open.ts";
import { sealCode } from "../../sdk/runtime/sealed-kernel.ts";
import { log } from "../../sdk/runtime/supervisor.ts";
import { hex } from "../../tape/source/sha256.ts";
import { Code, MOST_CODE } from "../codekeeper/contract.ts";
import type { Session } from "../init/contract.ts";
import { Net } from "../netd/contract.ts";
import { type Program, readProgram } from "./image-program.ts";

const OK = 200;

/** Whether a name is an address of a file elsewhere. */
export const isAddress = (name: string): boolean => name.startsWith("http://");

/** The last part of an address: what the process is called. */
export const nameOf = (address: string): string =>
  address
    .replace(/[?#].*$/, "")
    .split("/")
    .pop()
    ?.replace(/\.exe$/, "") || "program";

async function fileAt(
  address: string,
  session: Client<typeof Session>,
): Promise<Uint8Array | Failure> {
  const network = await openNetwork(async () => {
    const channel = await openName(session, "/svc/net");
    return channel instanceof Failure ? channel : open(Net, channel);
  });
  if (network instanceof Failure) return network;
  const answer = await fetch(network, address);
  const bytes =
    answer instanceof Failure
      ? answer
      : answer.status === OK
        ? await answer.bytes(MOST_CODE)
        : refuse(failures.NOT_FOUND, `${address}: ${answer.status} ${answer.phrase}`);
  if (!(answer instanceof Failure)) answer.close();
  network.close();
  return bytes;
}

/** The file as its pages lie in memory. */
function laidOut({ exe }: Program): Uint8Array | Failure {
  const last = exe.mappings.reduce(
    (end, each) => Math.max(end, each.address + each.bytes.length),
    0,
  );
  if (last > MOST_CODE)
    return refuse(
      failures.LIMIT,
      `it takes ${last} bytes; a program from elsewhere has ${MOST_CODE}`,
    );
  const image = new Uint8Array(last);
  for (const { address, bytes } of exe.mappings) image.set(bytes, address);
  return image;
}

/** Reads the program at an address; close its memory when it has started. */
export async function fetchedProgram(
  address: string,
  session: Client<typeof Session>,
): Promise<Program | Failure> {
  const name = nameOf(address);
  const file = await fileAt(address, session);
  if (file instanceof Failure) return file;
  const read = readProgram(file, name);
  if (read instanceof Failure) return read;
  const image = laidOut(read);
  if (image instanceof Failure) return image;
  const keeper = await connect(Code, "/svc/jit");
  if (keeper instanceof Failure) return keeper;
  const sealed = await sealCode((request) => keeper.seal(request), image);
  keeper.close();
  if (sealed instanceof Failure) return sealed;
  log(`${address}: ${file.length} bytes, SHA-256 ${hex(uusi.sha256(file))}`);
  return { ...read, memory: new Memory(sealed) };
}
