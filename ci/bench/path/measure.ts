// What `uusi bench path` runs on Linux's side: `measure receive ADDRESS VERB BYTES` sends to the guest's program at port 7, `measure
// send ADDRESS BYTES` reads from it; prints bits a second. With the verb `digest` the guest's chained digest must be that of what was sent.
import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";

const [, , direction, address = "", ...words] = process.argv;
const size = Number(words.at(-1));
const BLOCK = 65_536;
const start = performance.now();
const socket = connect({ host: address, port: 7, noDelay: true });
socket.setTimeout(120_000, () => socket.destroy(new Error("silence for 120 s")));
socket.once("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
let said = "";
let got = 0;
socket.on("data", (piece: Buffer) => {
  got += piece.length;
  if (direction === "receive") said += piece.toString();
});
let digest = Buffer.alloc(32);
socket.once("end", () => {
  const sound =
    direction === "send"
      ? got === size
      : words[0] === "digest"
        ? said === digest.toString("hex")
        : Number(said) === size;
  if (!sound) process.stderr.write(`other bytes: ${said} ${got}\n`);
  else process.stdout.write(`${(size * 8) / ((performance.now() - start) / 1000)}\n`);
  process.exit(sound ? 0 : 1);
});
if (direction === "send") socket.write(`source ${size}\n`);
else {
  socket.write(`${words[0]}\n`);
  const block = randomBytes(BLOCK);
  for (let left = size; left >= 0; left -= BLOCK) {
    block.writeUInt32LE(left, 0);
    const piece = Buffer.from(block.subarray(0, Math.min(left, BLOCK)));
    digest = createHash("sha256").update(digest).update(piece).digest();
    if (!socket.write(piece)) await new Promise((resolve) => socket.once("drain", resolve));
    if (piece.length < BLOCK) break;
  }
  socket.end();
}
