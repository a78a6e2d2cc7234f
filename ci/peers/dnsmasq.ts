// dnsmasq as the network's DHCP and DNS server, with short times so that a test sees a lease's whole life.
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { type LinuxNet, tap } from "./linux-net.ts";

/** What a test chooses. */
export interface DnsmasqChoice {
  /** the tap's address, which the server names itself by */
  readonly address: string;
  /** first and last address that is given out */
  readonly range: readonly [string, string];
  /** seconds: when the client renews, and when it asks everybody */
  readonly renew: number;
  readonly rebind: number;
  /** where it serves, the tap unless it says another */
  readonly interface?: string;
  /** names and their addresses */
  readonly names: Readonly<Record<string, string>>;
}

/** A running server, with what it has logged. */
export interface Dnsmasq {
  readonly log: string[];
  /** Resolves when a line behind the first `from` matches. @throws Error after `patience` ms */
  line(pattern: RegExp, from?: number, patience?: number): Promise<string>;
  stop(): Promise<void>;
}

/** Starts one; leases are of 120 s, the shortest that it gives. */
export async function startDnsmasq(net: LinuxNet, choice: DnsmasqChoice): Promise<Dnsmasq> {
  const { address, range, renew, rebind, names } = choice;
  const log: string[] = [];
  let heard = () => {};
  const child: ChildProcess = net.start(
    [
      "dnsmasq",
      "--no-daemon",
      "--conf-file=/dev/null",
      "--no-hosts",
      "--no-resolv",
      "--no-ping",
      "--user=root",
      `--interface=${choice.interface ?? tap}`,
      "--bind-interfaces",
      "--log-dhcp",
      "--log-queries",
      "--dhcp-authoritative",
      // Without servers to ask, all else about these is known to be nothing.
      "--local=/leivos.test/",
      "--bogus-priv",
      `--pid-file=${join(net.folder, "dnsmasq.pid")}`,
      `--dhcp-leasefile=${join(net.folder, "leases")}`,
      `--dhcp-range=${range[0]},${range[1]},255.255.255.0,120`,
      `--dhcp-option=option:T1,${renew}`,
      `--dhcp-option=option:T2,${rebind}`,
      `--dhcp-option=option:router,${address}`,
      `--dhcp-option=option:dns-server,${address}`,
      ...Object.entries(names).map(([name, address]) => `--host-record=${name},${address}`),
    ],
    (text) => {
      log.push(text);
      heard();
    },
  );
  const line = (pattern: RegExp, from = 0, patience = 60_000) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = log.slice(from).find((each) => pattern.test(each));
        if (found === undefined) return;
        clearTimeout(guard);
        heard = () => {};
        resolve(found);
      };
      const guard = setTimeout(() => {
        reject(new Error(`dnsmasq never said ${pattern}; it said:\n${log.slice(-30).join("\n")}`));
      }, patience);
      heard = look;
      look();
    });
  await line(/started, version/, 0, 20_000);
  return { log, line, stop: () => net.end(child) };
}
