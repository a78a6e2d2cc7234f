// `nc`: lines to a TCP connection, and what comes back; `-l` waits for one at a port, `-C` ends lines as HTTP and mail want it.
// Invariant: it ends with the connection; ^D ends this side of it, ^C all of it.
import { CancelToken } from "../../../sdk/contract/client.ts";
import { Failure, failures, refuse } from "../../../sdk/contract/failure.ts";
import { text as utf8 } from "../../../sdk/contract/text.ts";
import { connect } from "../../../sdk/net/connect.ts";
import { listen } from "../../../sdk/net/listen.ts";
import type { Network } from "../../../sdk/net/network.ts";
import { openNetwork } from "../../../sdk/net/open-network.ts";
import type { TcpStream } from "../../../sdk/net/tcp-stream.ts";
import { Net } from "../../netd/contract.ts";
import type { Terminal } from "../session.ts";
import type { Command } from "./command.ts";
import { dotted } from "./dotted.ts";
import { ShownText } from "./shown-text.ts";

const TIMEOUT = 15e9;

/** Bytes of a line with its end. */
function bytesOf(line: string): Uint8Array {
  // three bytes at most for a UTF-16 unit
  const bytes = new Uint8Array(line.length * 3);
  return bytes.subarray(0, utf8.encode(line, bytes, 0));
}

/** The one connection that somebody makes to a port. */
async function acceptOne(
  network: Network,
  port: number,
  terminal: Terminal,
  cancel: CancelToken,
): Promise<TcpStream | Failure> {
  const listener = await listen(network, port, { cancel });
  if (listener instanceof Failure) return listener;
  terminal.print(`waiting at port ${listener.port}\n`);
  const accepted = await listener.accept({ cancel });
  listener.close();
  if (accepted instanceof Failure) return accepted;
  terminal.print(`${dotted(accepted.from)}:${accepted.port} has connected\n`);
  return accepted.stream;
}

/** Prints what comes, to its end. */
async function show(stream: TcpStream, terminal: Terminal): Promise<Failure | undefined> {
  const shown = new ShownText();
  let failure: Failure | undefined;
  for (;;) {
    const part = await stream.read();
    if (part instanceof Failure) failure = part;
    if (part instanceof Failure || part.done) break;
    terminal.print(shown.take(part.value));
    await terminal.room();
  }
  if (!shown.lineEnded) terminal.print("\n");
  return failure;
}

/** Sends what is typed; resolves when no more of it is to come: whether the connection was given up. */
async function type(
  stream: TcpStream,
  terminal: Terminal,
  lineEnd: string,
): Promise<Failure | "interrupt" | "end"> {
  for (;;) {
    const asked = await terminal.ask("");
    if (asked === "interrupt") return asked;
    const failure =
      asked === "end"
        ? await stream.finish()
        : await stream.write(bytesOf(`${asked.text}${lineEnd}`));
    if (failure !== undefined) return failure;
    if (asked === "end") return asked;
  }
}

export const nc: Command = {
  name: "nc",
  usage: "[-C] HOST PORT | -l PORT",
  help: "sends lines over TCP and prints what comes back",
  least: 2,
  most: 3,
  run: async ({ open, terminal }, words) => {
    const lineEnd = words[0] === "-C" ? "\r\n" : "\n";
    const [host = "", word = "", more] = words[0] === "-C" ? words.slice(1) : words;
    if (more !== undefined) return refuse(failures.INVALID, `usage: nc ${nc.usage}`);
    const port = Number(word);
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      return refuse(failures.INVALID, `\`${word.slice(0, 20)}\` is no port: give 1 to 65535`);
    const network = await openNetwork(() => open(Net, "/svc/net"));
    if (network instanceof Failure) return network;
    const cancel = new CancelToken();
    terminal.onInterrupt = () => cancel.cancel();
    const stream =
      host === "-l"
        ? await acceptOne(network, port, terminal, cancel)
        : await connect(network, host, port, { timeout: TIMEOUT, cancel });
    if (stream instanceof Failure) {
      network.close();
      return terminal.interrupted ? undefined : stream;
    }
    const reading = show(stream, terminal);
    const typed = await Promise.race([type(stream, terminal, lineEnd), reading]);
    // After ^D the other side may go on for as long as it likes.
    terminal.onInterrupt = () => stream.abort();
    const end = typed === "end" ? await reading : typed;
    if (typed === "interrupt") stream.abort();
    stream.close();
    network.close();
    return end instanceof Failure && !terminal.interrupted ? end : undefined;
  },
};
