// TCP of a booted guest against another stack: QEMU's user network, whose far ends are sockets of this test on loopback.
import { createHash, randomBytes } from "node:crypto";
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";
import test from "ava";
import { netFailures } from "../../../servers/netd/contract.ts";
import { loginPrompt } from "../../qemu/booted-guest.ts";
import { Guest } from "../../qemu/guest.ts";
import { tcpDisk } from "./disk.ts";

const soak = process.env.LEIVOS_CAMPAIGN === "soak";
const size = soak ? 8 << 20 : 300_000;

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

test.serial(
  "bytes to the guest and back, from the guest to the host and back, refusals",
  async (t) => {
    t.timeout(300_000);
    const port = await freePort();
    const guest = await Guest.start({
      cpus: 2,
      memory: "512M",
      accelerator: "tcg",
      network: { kind: "user", options: [`hostfwd=tcp:127.0.0.1:${port}-:7`] },
      icount: false,
      disk: await tcpDisk(),
      display: "none",
      serial: true,
      exitOnReset: true,
    });
    // A server on the host that sends back what it got, turned around, once all has come.
    const host = createServer({ allowHalfOpen: true }, (socket) => {
      void readAll(socket).then((bytes) => socket.end(bytes.reverse()));
    });
    await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
    try {
      await guest.expect(loginPrompt, 120_000);
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
      const small = await Promise.all(
        Array.from({ length: 12 }, (_, index) => ask(port, "echo", Buffer.from(`number ${index}`))),
      );
      t.deepEqual(
        small.map((each) => each.toString()),
        Array.from({ length: 12 }, (_, index) => `number ${index}`),
      );
    } finally {
      host.close();
      await guest.close();
    }
  },
);
