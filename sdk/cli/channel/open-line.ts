// Opens the line to a system: a socket of a machine in QEMU or the simulated nucleus, or a serial port of this host.
// Invariant: a serial port is raw and at 115,200 baud before the first byte goes out, and is nobody's controlling terminal.
import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { ReadStream, WriteStream } from "node:tty";
import { pieceBytes } from "../../channel/transfer.ts";
import { Failure } from "../failure.ts";

/** A line of bytes. */
export interface HostLine {
  /** bytes of a frame on it */
  readonly piece: number;
  write(bytes: Uint8Array): void;
  onBytes(handler: (bytes: Uint8Array) => void): void;
  onEnd(handler: () => void): void;
  /** What was written leaves first; a peer that does not close its end does not hold this process. */
  close(): void;
}

/** @throws Failure with the cure */
export function openLine(path: string): Promise<HostLine> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isCharacterDevice() === true) return Promise.resolve(openSerial(path));
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(path, () =>
      resolve({
        piece: pieceBytes.fast,
        write: (bytes) => void socket.write(bytes),
        onBytes: (handler) => void socket.on("data", handler),
        onEnd: (handler) => void socket.on("close", handler),
        close: () => {
          socket.end();
          socket.unref();
        },
      }),
    );
    // Behind the first connection the end of the socket says it.
    socket.on("error", ({ message }) =>
      reject(new Failure(`the machine's channel can't be reached (${message}); boot it again`)),
    );
  });
}

/** As 115,200 baud, 8 bits, no parity, without echo or translation (termios(3)). */
function openSerial(path: string): HostLine {
  const failed = (why: string) =>
    new Failure(`the serial port ${path} can't be used (${why}); may you read and write it?`);
  const open: number[] = [];
  try {
    execFileSync("stty", ["-F", path, "115200", "raw", "-echo", "clocal", "-crtscts"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    for (let i = 0; i < 2; i++)
      open.push(openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK));
    const [input, output] = [new ReadStream(open[0]!), new WriteStream(open[1]!)];
    const end = () => {
      input.destroy();
      output.destroy();
    };
    output.on("error", end);
    input.on("error", end);
    return {
      piece: pieceBytes.serial,
      write: (bytes) => void output.write(bytes),
      onBytes: (handler) => void input.on("data", handler),
      onEnd: (handler) => void input.on("close", handler),
      close: end,
    };
  } catch (error) {
    for (const each of open) closeSync(each);
    const { stderr, message } = error as { stderr?: Buffer; message: string };
    throw failed((stderr?.toString() || message).trim());
  }
}
