// A guest on a tap of the test's own network, booted and logged in, with its lease from dnsmasq.
import { tcpDisk } from "../e2e/tcp/disk.ts";
import { diskGuest } from "../qemu/disk-guest.ts";
import type { Guest } from "../qemu/guest.ts";
import type { Dnsmasq } from "./dnsmasq.ts";
import { type LinuxNet, tap } from "./linux-net.ts";

const prompt = /leivos\$ $/;

/** What a test chooses. */
export interface PeerChoice {
  /** the tap that it is plugged into */
  readonly tap?: string;
  /** its card's address, where more than one guest is on the wire */
  readonly mac?: string;
}

export class PeerGuest {
  readonly guest: Guest;
  /** as dnsmasq gave it */
  readonly address: string;

  private constructor(guest: Guest, address: string) {
    this.guest = guest;
    this.address = address;
  }

  /** Boots one to the prompt. */
  static async start(net: LinuxNet, dnsmasq: Dnsmasq, choice: PeerChoice = {}): Promise<PeerGuest> {
    const { tap: plug = tap, mac } = choice;
    const guest = await diskGuest(await tcpDisk(), {
      network: { kind: "tap", interface: plug },
      ...(mac === undefined ? {} : { mac }),
      namespace: net.namespace,
      channel: true,
    });
    try {
      await guest.expect(/login: /, 120_000);
      const given = new RegExp(`DHCPACK\\(\\S+\\) (\\S+) ${mac ?? ""}`);
      const address = given.exec(await dnsmasq.line(given))![1]!;
      guest.type("dev\n");
      await guest.expect(/Password: $/);
      guest.type("dev\n");
      await guest.expect(prompt);
      return new PeerGuest(guest, address);
    } catch (error) {
      await guest.close();
      throw error;
    }
  }

  /** What a command of the shell prints. */
  async run(line: string): Promise<string> {
    this.guest.type(`${line}\n`);
    const { input, index } = await this.guest.expect(prompt, 120_000);
    return input.slice(0, index).replaceAll("\r", "");
  }

  /** Runs a command until it prints what is wanted. */
  async until(line: string, wanted: RegExp): Promise<string> {
    for (let tries = 0; ; tries++) {
      const text = await this.run(line);
      if (wanted.test(text) || tries === 60) return text;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  /** A row of the shell's `ps`: starts, and KiB of memory. */
  async process(name: string): Promise<{ starts: number; memory: number }> {
    const row = new RegExp(`^ *\\d+ +${name} .*$`, "m").exec(await this.run("ps"))?.[0] ?? "";
    const [, size = "0", unit = ""] = / ([\d.]+) ([KM]iB) +[\d.]+ [KMG]iB/.exec(row) ?? [];
    return {
      starts: Number(/(\d+) *$/.exec(row)?.[1] ?? 0),
      memory: Number(size) * (unit === "MiB" ? 1024 : 1),
    };
  }

  close(): Promise<void> {
    return this.guest.close();
  }
}
