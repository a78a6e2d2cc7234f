// Manifests: what a server may do, readable as documentation and checked by init before anything is handed out.
import type { Contract, Methods } from "./contract.ts";

/** Device classes that `pci` and `init` know how to hand out. */
export type DeviceClass =
  | "serial" // the 16550 at 0x3f8: I/O ports and IRQ 4
  | "i8042" // I/O ports 0x60 and 0x64, IRQ 1
  | "framebuffer"
  | "pci-host" // ECAM, BAR windows, interrupt and DMA privileges
  | "virtio-net";

export interface RestartPolicy {
  /** "always" restarts after any end, "failure" unless it exited with 0, "never" leaves it ended */
  readonly when: "always" | "failure" | "never";
  /** deaths within `window` ns after which it stays down; default 5 in 10 s */
  readonly most?: number;
  readonly window?: number;
}

export interface ManifestFields {
  /** as in /svc and in logs; the folder's name */
  readonly name: string;
  /** name -> contract of each service that it serves */
  // biome-ignore lint/suspicious/noExplicitAny: contracts of any shape
  readonly serves?: { readonly [name: `/svc/${string}` | `/dev/${string}`]: Contract<any> };
  /** names that it may open */
  readonly uses?: readonly (`/svc/${string}` | `/dev/${string}`)[];
  readonly devices?: readonly DeviceClass[];
  /** may write to the log; default true */
  readonly log?: boolean;
  /** bytes of memory in all; default 16 MiB */
  readonly budget?: number;
  /** share of the processors against 100; default 100 */
  readonly weight?: number;
  readonly restart?: RestartPolicy;
  /** ns until it must have called `ready()`; default 10 s */
  readonly startWithin?: number;
  /** special rights: system information, control (power), the entropy seed, process creation */
  readonly privileges?: readonly ("system-info" | "system-control" | "seed" | "log-read" | "supervise")[];
}

/** Declares a manifest: a typed identity. */
export function manifest(fields: ManifestFields): ManifestFields {
  return fields;
}

/** A manifest as it stands in the image's configuration: contracts by name and version, defaults filled in. */
export interface PackedManifest {
  readonly name: string;
  readonly serves: readonly { readonly name: string; readonly contract: string; readonly version: number }[];
  readonly uses: readonly string[];
  readonly devices: readonly string[];
  readonly log: boolean;
  readonly budget: number;
  readonly weight: number;
  readonly restart: { readonly when: string; readonly most: number; readonly window: number };
  readonly startWithin: number;
  readonly privileges: readonly string[];
}

/** Fills in defaults and names contracts, for the image's configuration. */
export declare function packManifest(fields: ManifestFields): PackedManifest;

/** What is wrong with a manifest; `path` says where (`uses[2]`), `line` is its line when the source is given. */
export interface ManifestProblem {
  readonly path: string;
  readonly line: number;
  readonly sentence: string;
}

/** Checks a manifest from outside (any value), naming each fault; the empty list means that it is sound. */
export declare function checkManifest(value: unknown, source?: string): ManifestProblem[];
export type { Methods };
