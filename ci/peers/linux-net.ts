// A network of Linux's own: a namespace with one tap, on which QEMU and Linux programs meet.
// Invariant: whatever was started is ended by its process id, and the namespace is removed, with the tap in it; a host that can't have
// one says why.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { which } from "../setup/debian.mjs";

/** What has ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

const ip = (...args: string[]) =>
  spawnSync("ip", args, { encoding: "utf8", timeout: 10_000 }) as {
    status: number;
    stderr: string;
  };

/** The Linux side's address, its prefix length, and the tap's name. */
export const linuxAddress = "10.77.0.1";
export const tap = "tap0";

/** Why this host can't have such a network; undefined when it can. */
export function whyNoLinuxNet(): string | undefined {
  if (process.getuid?.() !== 0) return "network namespaces need root";
  if (which("ip") === undefined) return "iproute2 is missing; run: node ci/setup.mjs";
  if (!existsSync("/dev/net/tun")) return "there is no /dev/net/tun";
  const name = `leivos-probe-${process.pid}`;
  const made = ip("netns", "add", name);
  if (made.status !== 0) return `no network namespace: ${made.stderr.trim()}`;
  const tun = ip("-n", name, "tuntap", "add", "dev", tap, "mode", "tap");
  ip("netns", "del", name);
  return tun.status === 0 ? undefined : `no tap: ${tun.stderr.trim()}`;
}

export class LinuxNet {
  readonly namespace = `leivos-${process.pid}-${Math.floor(Math.random() * 1e6)}`;
  /** for files of the programs here */
  readonly folder = mkdtempSync(join(tmpdir(), "leivos-peers-"));
  readonly #children = new Set<ChildProcess>();

  private constructor() {}

  /** Makes one. @throws Error when the host refuses */
  static make(): LinuxNet {
    const net = new LinuxNet();
    try {
      net.#must("netns", "add", net.namespace);
      net.configure("tuntap", "add", "dev", tap, "mode", "tap");
      net.configure("address", "add", `${linuxAddress}/24`, "dev", tap);
      net.configure("link", "set", "lo", "up");
      net.configure("link", "set", tap, "up");
    } catch (error) {
      void net.close();
      throw error;
    }
    return net;
  }

  #must(...args: string[]): void {
    const done = ip(...args);
    if (done.status !== 0) throw new Error(`ip ${args.join(" ")}: ${done.stderr.trim()}`);
  }

  /** `ip ARGS` in the namespace. */
  configure(...args: string[]): void {
    this.#must("-n", this.namespace, ...args);
  }

  /** Joins the tap and another one to one wire, which gets the address; gives the wire's name. */
  addTap(name: string): string {
    const wire = "wire0";
    this.configure("tuntap", "add", "dev", name, "mode", "tap");
    this.configure("link", "add", wire, "type", "bridge");
    this.configure("address", "del", `${linuxAddress}/24`, "dev", tap);
    this.configure("address", "add", `${linuxAddress}/24`, "dev", wire);
    for (const each of [tap, name]) {
      this.configure("link", "set", each, "master", wire);
      this.configure("link", "set", each, "up");
    }
    this.configure("link", "set", wire, "up");
    return wire;
  }

  /** The command line of a program in the namespace. */
  inside(argv: readonly string[]): string[] {
    return ["ip", "netns", "exec", this.namespace, ...argv];
  }

  /** Starts a program that goes on until `end`. Its output comes line by line. */
  start(argv: readonly string[], line: (text: string) => void = () => {}): ChildProcess {
    const guard = which("setpriv");
    const full = this.inside(argv);
    const [program, ...args] = guard ? [guard, "--pdeathsig", "KILL", ...full] : full;
    const child = spawn(program!, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#children.add(child);
    child.once("close", () => this.#children.delete(child));
    for (const stream of [child.stdout, child.stderr]) {
      let rest = "";
      stream.setEncoding("utf8").on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const each of lines) line(each);
      });
    }
    return child;
  }

  /** Runs a program to its end. */
  async run(argv: readonly string[], patience = 120_000): Promise<Ended> {
    const child = this.start(argv);
    let out = "";
    let errors = "";
    child.stdout!.on("data", (text: string) => {
      out += text;
    });
    child.stderr!.on("data", (text: string) => {
      errors += text;
    });
    const guard = setTimeout(() => child.kill("SIGKILL"), patience);
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    clearTimeout(guard);
    return { code, out, errors };
  }

  /** Ends a program and waits for it. */
  async end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGTERM");
    const guard = setTimeout(() => child.kill("SIGKILL"), 2000);
    await gone;
    clearTimeout(guard);
  }

  /** Ends everything and removes the network. */
  async close(): Promise<void> {
    for (const child of [...this.#children]) await this.end(child);
    ip("netns", "del", this.namespace);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Delays and loses what leaves towards the guest, as tc(8) says it; false when this kernel can't. */
  impair(...rule: string[]): boolean {
    try {
      const argv = this.inside(["tc", "qdisc", "replace", "dev", tap, "root", "netem", ...rule]);
      execFileSync(argv[0]!, argv.slice(1), { stdio: "ignore", timeout: 10_000 });
      return true;
    } catch {
      return false;
    }
  }

  /** Ends that. */
  mend(): void {
    const argv = this.inside(["tc", "qdisc", "del", "dev", tap, "root"]);
    spawnSync(argv[0]!, argv.slice(1), { stdio: "ignore", timeout: 10_000 });
  }
}
