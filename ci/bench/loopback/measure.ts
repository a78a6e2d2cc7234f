// What `uusi bench loopback` runs in a Node of its own: `measure MEGABYTES` moves so much between two programs over netd's loop, with kernels
// in WebAssembly, and prints bits for each second of processor time.
import { connect } from "../../../sdk/net/connect.ts";
import { listen } from "../../../sdk/net/listen.ts";
import { LoopbackNetwork, sound } from "../../../servers/netd/testing/loopback-network.ts";

const PIECE = 65_536;
const pieces = Math.ceil((Number(process.argv[2]) * 1e6) / PIECE);
const net = new LoopbackNetwork();
const listener = sound(await net.until(listen(net.join(), 80)));
const accepting = listener.accept();
const left = sound(await net.until(connect(net.join(), "127.0.0.1", 80)));
const right = sound(await net.until(accepting)).stream;
const piece = new Uint8Array(PIECE);
const into = new Uint8Array(PIECE);

async function write(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const failure = await left.write(piece);
    if (failure !== undefined) throw new Error(failure.sentence);
  }
}

async function read(count: number): Promise<void> {
  for (let got = 0; got < count * PIECE; ) {
    const part = await right.readInto(into);
    if (typeof part !== "number" || part === 0) throw new Error(`the stream ended: ${part}`);
    got += part;
  }
}

const move = (count: number) => net.until(Promise.all([write(count), read(count)]));
// Buffers grow, and the engine compiles.
await move(pieces >> 1);
const start = process.cpuUsage();
await move(pieces);
const { user, system } = process.cpuUsage(start);
process.stdout.write(`${(pieces * PIECE * 8) / ((user + system) / 1e6)}\n`);
process.exit(0);
