// Effects of a stack, kept for a test to look at.

import type { Lease } from "../dhcp-lease.ts";
import type { UnboundReason } from "../dhcp.ts";
import { type PacketBuffer, copyFrame } from "../packet-buffer.ts";
import type { PingResult, StackEffects } from "../stack.ts";

/** Everything the stack did, oldest first. */
export class Recorder implements StackEffects {
  readonly frames: Uint8Array[] = [];
  readonly leases: { lease: Lease; renewed: boolean }[] = [];
  readonly lost: { lease: Lease; reason: UnboundReason }[] = [];
  readonly pings: PingResult[] = [];
  readonly arrived: number[] = [];
  readonly undelivered: { socket: number; destination: number; port: number }[] = [];

  transmit(packet: PacketBuffer): void {
    this.frames.push(copyFrame(packet));
  }
  bound(lease: Lease, renewed: boolean): void {
    this.leases.push({ lease, renewed });
  }
  unbound(lease: Lease, reason: UnboundReason): void {
    this.lost.push({ lease, reason });
  }
  pingEnded(result: PingResult): void {
    this.pings.push(result);
  }
  datagramArrived(socket: number): void {
    this.arrived.push(socket);
  }
  datagramLost(socket: number, destination: number, port: number): void {
    this.undelivered.push({ socket, destination, port });
  }
  /** Takes the frames out. */
  take(): Uint8Array[] {
    return this.frames.splice(0);
  }
}
