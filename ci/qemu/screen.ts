// The guest's screen as pixels.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PNG } from "pngjs";
import type { Qmp } from "./qmp.ts";

/** A picture of the screen. */
export interface Screen {
  width: number;
  height: number;
  /** 4 bytes a pixel: red, green, blue, 255 */
  pixels: Uint8Array;
  /** the same as a PNG file */
  png: Uint8Array;
}

let serial = 0;

/** Takes a picture through QEMU. */
export async function readScreen(qmp: Qmp, folder: string): Promise<Screen> {
  const path = join(folder, `screen-${serial++}.png`);
  await qmp.execute("screendump", { filename: path, format: "png" });
  const file = readFileSync(path);
  rmSync(path);
  const { width, height, data } = PNG.sync.read(file);
  return { width, height, pixels: data, png: file };
}
