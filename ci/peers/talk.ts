// A program of the Linux side of the tests: `echo PORT` sends back what it gets on each connection; `ask ADDRESS PORT LINE BYTES` sends
// a line and random bytes, reads to the end, and prints the hashes of both as JSON; `load ADDRESS PORT BYTES` sends random bytes for the
// guest's `digest`, says `at COUNT` on the way, and prints the chained digest that it made and the one that came back as JSON;
// `hear ADDRESS PORT LINE` sends a line and prints what comes; `many ADDRESS PORT COUNT` has so many conversations with the guest's `sink`, sixteen at
// a time, and prints how many were answered right.
import { createHash, randomBytes } from "node:crypto";
import { connect, createServer } from "node:net";

const [, , verb, ...words] = process.argv;

if (verb === "echo") {
  createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  }).listen(Number(words[0]), () => process.stdout.write("listening\n"));
} else if (verb === "load") {
  const [address, port, size] = words;
  const total = Number(size);
  const BLOCK = 65_536;
  let digest = Buffer.alloc(32);
  let sent = 0;
  let got = "";
  const socket = connect({ host: address!, port: Number(port) });
  socket.setTimeout(120_000, () => socket.destroy(new Error("silence for 120 s")));
  socket.write("digest\n");
  const send = () => {
    for (;;) {
      const piece = randomBytes(Math.min(total - sent, BLOCK));
      digest = createHash("sha256").update(digest).update(piece).digest();
      sent += piece.length;
      if (piece.length < BLOCK) {
        socket.end(piece);
        return;
      }
      process.stdout.write(`at ${sent}\n`);
      if (!socket.write(piece)) return;
    }
  };
  socket.on("drain", send);
  socket.on("data", (piece: Buffer) => {
    got += piece.toString();
  });
  socket.once("end", () => {
    process.stdout.write(`${JSON.stringify({ sent: digest.toString("hex"), got })}\n`);
  });
  socket.once("error", (error) => {
    process.stderr.write(`${error.message} after ${sent} bytes\n`);
    process.exitCode = 1;
  });
  send();
} else if (verb === "many") {
  const [address, port, count] = words;
  let begun = 0;
  let right = 0;
  const one = () =>
    new Promise<void>((resolve) => {
      let heard = "";
      const socket = connect({ host: address!, port: Number(port) });
      socket.setTimeout(120_000, () => socket.destroy(new Error("silence for 120 s")));
      socket.end("sink\nhello");
      socket.on("data", (piece: Buffer) => {
        heard += piece.toString();
      });
      socket.once("error", (error) => process.stderr.write(`${error.message}\n`));
      socket.once("close", () => {
        if (heard === "5\n") right += 1;
        resolve();
      });
    });
  const some = async () => {
    while (begun++ < Number(count)) await one();
  };
  await Promise.all(Array.from({ length: 16 }, some));
  process.stdout.write(`${right}\n`);
} else if (verb === "hear") {
  const [address, port, line] = words;
  const socket = connect({ host: address!, port: Number(port) });
  socket.setTimeout(300_000, () => socket.destroy(new Error("silence for 300 s")));
  socket.end(`${line}\n`);
  socket.pipe(process.stdout);
  socket.once("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
} else {
  const [address, port, line, size] = words;
  const sent = createHash("sha256");
  const got = createHash("sha256");
  let left = Number(size);
  let bytes = 0;
  const socket = connect({ host: address!, port: Number(port) });
  socket.setTimeout(60_000, () => socket.destroy(new Error("silence for 60 s")));
  socket.write(`${line}\n`);
  const send = () => {
    while (left > 0) {
      const piece = randomBytes(Math.min(left, 65_536));
      sent.update(piece);
      left -= piece.length;
      if (!socket.write(piece)) return;
    }
    socket.end();
  };
  socket.on("drain", send);
  socket.on("data", (piece: Buffer) => {
    got.update(piece);
    bytes += piece.length;
  });
  socket.once("end", () => {
    const told = { sent: sent.digest("hex"), got: got.digest("hex"), bytes };
    process.stdout.write(`${JSON.stringify(told)}\n`);
  });
  socket.once("error", (error) => {
    process.stderr.write(`${error.message} after ${bytes} bytes\n`);
    process.exitCode = 1;
  });
  send();
}
