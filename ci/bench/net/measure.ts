// What `uusi bench net` runs on the host's side of the wire: `measure ADDRESS MEGABYTES TURNS` talks to the program at port 7 of a guest
// and prints what it found as JSON: bits a second in both directions, and the median round trip of one byte in microseconds.
import { connect, type Socket } from "node:net";

const [, , address = "", megabytes = "1", turns = "100"] = process.argv;
const size = Number(megabytes) * 1e6;
const count = Number(turns);

/** A connection whose first line is said. */
function open(line: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port: 7, noDelay: true }, () => {
      socket.write(`${line}\n`);
      resolve(socket);
    });
    socket.setTimeout(120_000, () => socket.destroy(new Error("silence for 120 s")));
    socket.once("error", reject);
  });
}

/** Bits a second with which the guest takes bytes: from the first to its word that all have come. */
async function receive(): Promise<number> {
  const socket = await open("sink");
  const said = new Promise<string>((resolve) => {
    let text = "";
    socket.on("data", (piece: Buffer) => {
      text += piece.toString();
    });
    socket.once("end", () => resolve(text));
  });
  const start = performance.now();
  const piece = Buffer.alloc(65_536);
  for (let left = size; left > 0; left -= piece.length) {
    const part = left < piece.length ? piece.subarray(0, left) : piece;
    if (!socket.write(part)) await new Promise((resolve) => socket.once("drain", resolve));
  }
  socket.end();
  if (Number(await said) !== size) throw new Error("the guest did not get all bytes");
  return (size * 8) / ((performance.now() - start) / 1000);
}

/** Bits a second with which it sends. */
async function send(): Promise<number> {
  const start = performance.now();
  const socket = await open(`source ${size}`);
  let got = 0;
  socket.on("data", (piece: Buffer) => {
    got += piece.length;
  });
  await new Promise((resolve) => socket.once("end", resolve));
  socket.end();
  if (got !== size) throw new Error("the guest did not send all bytes");
  return (size * 8) / ((performance.now() - start) / 1000);
}

/** Microseconds of the median round trip of one byte. */
async function roundTrip(): Promise<number> {
  const socket = await open("echo");
  const times: number[] = [];
  for (let turn = 0; turn < count; turn++) {
    const start = performance.now();
    socket.write("x");
    await new Promise((resolve) => socket.once("data", resolve));
    times.push((performance.now() - start) * 1000);
  }
  socket.end();
  return times.sort((a, b) => a - b)[count >> 1]!;
}

// The first connection finds out each other's addresses, and warms what can be warmed.
await roundTrip();
const found = { receive: await receive(), send: await send(), roundTrip: await roundTrip() };
process.stdout.write(`${JSON.stringify(found)}\n`);
