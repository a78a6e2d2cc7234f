// What a flood of SYNs costs a guest's other users: `flooded ADDRESS MAC INTERFACE PYTHON` prints as JSON the bits a second that its port 7 takes alone and
// beside 50,000 SYNs a second, the milliseconds to the first answer of new connections meanwhile, and how many SYNs a second there were.
import { spawn } from "node:child_process";
import { connect } from "node:net";

const [, , address = "", mac = "", wire = "", python = ""] = process.argv;
const SYNS = 50_000;
const SECONDS = 4;
const PAUSE = 250;

/** Bits a second for so many seconds, from the first byte to the guest's word that all have come. */
async function receives(seconds: number): Promise<number> {
  const socket = connect({ host: address, port: 7 });
  socket.setTimeout(60_000, () => socket.destroy(new Error("silence for 60 s")));
  let said = "";
  socket.on("data", (piece: Buffer) => {
    said += piece.toString();
  });
  const ended = new Promise<void>((resolve, reject) => {
    socket.once("end", resolve);
    socket.once("error", reject);
  });
  socket.write("sink\n");
  const start = performance.now();
  const piece = Buffer.alloc(65_536);
  while (performance.now() - start < seconds * 1000) {
    if (!socket.write(piece))
      await Promise.race([ended, new Promise((resolve) => socket.once("drain", resolve))]);
  }
  socket.end();
  await ended;
  return (Number(said) * 8e3) / (performance.now() - start);
}

/** Milliseconds to the first answer on a new connection. */
function greeted(): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const socket = connect({ host: address, port: 7, noDelay: true });
    socket.setTimeout(60_000, () => socket.destroy(new Error("silence for 60 s")));
    socket.write("echo\nx");
    socket.once("data", () => {
      resolve(performance.now() - start);
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

const alone = await receives(SECONDS);
const script = new URL("flood.py", import.meta.url).pathname;
const words = [script, wire, mac, address, String(SYNS), String(SECONDS + 2)];
const flood = spawn(python, words, { stdio: ["ignore", "pipe", "inherit"] });
let told = "";
const over = new Promise<void>((resolve) => flood.once("close", () => resolve()));
await new Promise<void>((resolve) => {
  flood.stdout.on("data", (text: Buffer) => {
    told += text.toString();
    resolve();
  });
  void over.then(resolve);
});
let flooding = true;
void over.then(() => {
  flooding = false;
});
const times: number[] = [];
const greeting = (async () => {
  while (flooding) {
    times.push(await greeted());
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
})();
const beside = await receives(SECONDS);
await over;
await greeting;
times.sort((a, b) => a - b);
const found = { alone, beside, greeted: times[times.length >> 1], slowest: times.at(-1) };
process.stdout.write(`${JSON.stringify({ ...found, syns: Number(told.split("\n")[1]) })}\n`);
