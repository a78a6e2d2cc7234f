// One kind of work with the program at port 7 of a guest, for counts: `move ADDRESS receive|send MEGABYTES` or `move ADDRESS echo TURNS`.
import { once } from "node:events";
import { connect } from "node:net";

const [, , address = "", verb = "", count = ""] = process.argv;
const size = Number(count) * 1e6;
const socket = connect({ host: address, port: 7, noDelay: true });
socket.setTimeout(120_000, () => socket.destroy(new Error("silence for 120 s")));
const ended = once(socket, "end");
let got = 0;
let said = "";
socket.on("data", (piece: Buffer) => {
  got += piece.length;
  if (verb === "receive") said += piece.toString();
});
if (verb === "receive") {
  socket.write("sink\n");
  const piece = Buffer.alloc(65_536);
  for (let left = size; left > 0; left -= piece.length) {
    const part = left < piece.length ? piece.subarray(0, left) : piece;
    if (!socket.write(part)) await once(socket, "drain");
  }
  socket.end();
} else if (verb === "send") socket.write(`source ${size}\n`);
else {
  socket.write("echo\n");
  for (let turn = 0; turn < Number(count); turn++) {
    const answer = once(socket, "data");
    socket.write("x");
    await answer;
  }
  socket.end();
}
await ended;
socket.end();
if (verb === "echo" ? got !== Number(count) : Number(verb === "send" ? got : said) !== size)
  throw new Error(`${verb}: ${got} bytes, ${said}`);
