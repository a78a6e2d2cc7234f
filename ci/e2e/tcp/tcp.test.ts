// TCP of a booted guest against another stack: QEMU's user network, whose far ends are sockets of this test on loopback.
import { createHash, randomBytes } from "node:crypto";
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";
import test from "ava";
import { netFailures } from "../../../servers/netd/contract.ts";
import { diskGuest } from "../../qemu/disk-guest.ts";
import { tcpDisk } from "./disk.ts";

const soak = process.env.LEIVOS_CAMPAIGN === "soak";
const size = soak ? 8 << 20 : 300_000;
/**
 * A download, and what may be copied of it: its begin, which comes in messages, and behind it the descriptors of frames, 12 bytes for each of
 * some 700 that a megabyte takes on this network, which joins none.
 */
const downloadBytes = soak ? 100e6 : 4e6;
const COPIED_FIRST = 500_000;
const COPIED_SHARE = 0.01;

/** The program listens, and the address that it can be reached at is bound (the login waits for that): in either order. */
const reachable = /listening at 7[\s\S]*login: |login: [\s\S]*listening at 7/;

const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** A port of loopback that is free just now. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Everything that a socket reads, to its end. */
function readAll(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    socket.on("data", (part: Buffer) => parts.push(part));
    socket.once("end", () => resolve(Buffer.concat(parts)));
    socket.once("error", reject);
  });
}

/** Sends a first line and bytes to the guest's program; what comes back. */
function ask(port: number, line: string, bytes: Uint8Array): Promise<Buffer> {
  const socket = dial({ port, host: "127.0.0.1" });
  const answer = readAll(socket);
  socket.write(`${line}\n`);
  socket.end(bytes);
  return answer;
}

/** How many bytes the program and netd have copied so far, modulo 2^32. */
async function copied(port: number): Promise<number[]> {
  return (await ask(port, "copied", new Uint8Array(0))).toString().split(" ").map(Number);
}

/**
 * A connection to the guest's echo that has proved to stand. They are opened one after another: the user network listens on the
 * host with a backlog of 1, and of what comes beyond, the host's kernel resets some before the guest can see them.
 */
class Talk {
  readonly #socket: Socket;
  readonly #heard: Promise<Buffer>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#heard = readAll(socket);
  }

  /** Opens one, says something, and waits for its echo. */
  static async open(port: number, words: string): Promise<Talk> {
    const socket = dial({ port, host: "127.0.0.1" });
    const talk = new Talk(socket);
    const echoed = new Promise<void>((resolve) => socket.once("data", () => resolve()));
    socket.write(`echo\n${words}`);
    // A connection that fails ends this wait with its error.
    await Promise.race([echoed, talk.#heard]);
    return talk;
  }

  /** Says the last words; all that was echoed. */
  async end(words: string): Promise<string> {
    this.#socket.end(words);
    return (await this.#heard).toString();
  }
}

test.serial(
  "bytes to the guest and back, from the guest to the host and back, refusals",
  async (t) => {
    t.timeout(300_000);
    const port = await freePort();
    const guest = await diskGuest(await tcpDisk(), {
      network: { kind: "user", options: [`hostfwd=tcp:127.0.0.1:${port}-:7`] },
    });
    // A server on the host that sends back what it got, turned around, once all has come.
    const host = createServer({ allowHalfOpen: true }, (socket) => {
      void readAll(socket).then((bytes) => socket.end(bytes.reverse()));
    });
    await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
    try {
      await guest.expect(reachable, 120_000);
      const bytes = randomBytes(size);
      t.is(hash(await ask(port, "echo", bytes)), hash(bytes), "echoed by the guest");
      const there = (host.address() as AddressInfo).port;
      const back = await ask(port, `call ${there}`, bytes);
      t.is(
        hash(back),
        hash(Buffer.from(bytes).reverse()),
        "through the guest to the host and back",
      );
      const refused = await ask(port, `call ${await freePort()}`, new Uint8Array(0));
      t.is(refused.toString(), `failed ${netFailures.CONNECTION_REFUSED}\n`);
      // A long download lies in shared memory: what is copied between buffers of JavaScript is its begin, and headers.
      const before = await copied(port);
      const download = Buffer.alloc(downloadBytes);
      t.is((await ask(port, "sink", download)).toString(), `${downloadBytes}\n`);
      const grown = (await copied(port)).map((count, process) => (count - before[process]!) >>> 0);
      t.log(
        `${downloadBytes} bytes downloaded; copied by the program and netd: ${grown.join(", ")}`,
      );
      t.true(grown[0]! > 0 && grown[1]! > 0, "the engine counts");
      t.true(
        grown[0]! + grown[1]! <= COPIED_FIRST + downloadBytes * COPIED_SHARE,
        grown.join(", "),
      );
      const talks: Talk[] = [];
      for (let index = 0; index < 12; index++)
        talks.push(await Talk.open(port, `${index} is open`));
      const said = await Promise.all(talks.map((talk, index) => talk.end(`, ${index} ends`)));
      t.deepEqual(
        said,
        talks.map((_talk, index) => `${index} is open, ${index} ends`),
      );
    } finally {
      host.close();
      await guest.close();
    }
  },
);
