// The boot image of the simulated machine: the same format and names as on hardware, with JavaScript text in place of bytecode and an
// engine whose segments are markers, since the engine itself runs beside the machine. Invariant: entry points here are the numbers that
// the machine knows as "run a server", "probe", "spin" and "a native thread".
import { addresses } from "../abi/table.ts";
import { type BootObject, objectKinds, writeBootImage } from "../image/boot-image.ts";

/** Addresses that threads of the simulated machine enter at. */
export const entries = {
  server: addresses.ENGINE + 0x10,
  probe: addresses.ENGINE + 0x20,
  spin: addresses.ENGINE + 0x30,
  native: addresses.ENGINE + 0x40,
} as const;

const PAGE = 4096;

/** What an image is made of: JavaScript of each bundle by name (`init` is required), the configuration if there is one. */
export interface SimImage {
  bundles: Record<string, string>;
  config?: unknown;
  /** archives of servers' files (sdk/image/file-archive.ts), by server */
  files?: Record<string, Uint8Array>;
  /** kernels, as sdk/cli/steps/kernels.ts makes them, by name */
  kernels?: Record<string, Uint8Array>;
}

/** The image's bytes. */
export function simImage(parts: SimImage): Uint8Array {
  const marker = (text: string) => new TextEncoder().encode(`${text} of the simulated nucleus\n`);
  const at = (page: number) => BigInt(addresses.ENGINE + page * PAGE);
  const { nucleus, engine, bundle, config, files, kernel } = objectKinds;
  const objects: BootObject[] = [
    { name: "nucleus.text", kind: nucleus, bytes: marker("text") },
    { name: "nucleus.rodata", kind: nucleus, bytes: marker("constants") },
    { name: "nucleus.data", kind: nucleus, bytes: marker("data") },
    {
      name: "engine.text",
      kind: engine,
      bytes: marker("engine"),
      address: at(0),
      entry: BigInt(entries.server),
    },
    { name: "engine.rodata", kind: engine, bytes: marker("constants"), address: at(1) },
    { name: "engine.data", kind: engine, bytes: marker("data"), memory: 2 * PAGE, address: at(2) },
  ];
  for (const [name, code] of Object.entries(parts.bundles)) {
    objects.push({ name: `bundle/${name}`, kind: bundle, bytes: new TextEncoder().encode(code) });
  }
  for (const [name, bytes] of Object.entries(parts.files ?? {})) {
    objects.push({ name: `files/${name}`, kind: files, bytes });
  }
  for (const [name, bytes] of Object.entries(parts.kernels ?? {})) {
    objects.push({ name: `kernel/${name}.text`, kind: kernel, bytes });
  }
  if (parts.config !== undefined) {
    const bytes = new TextEncoder().encode(JSON.stringify(parts.config));
    objects.push({ name: "config", kind: config, bytes });
  }
  return writeBootImage(objects);
}
