/** Made from the Tape source of the same name. */
/** `fn(to: []u32, at: i64, stride: i64, font: []const u8, height: i64, cells: []const u32, count: i64, palette: []const u32)`. */
export declare function cells(to: Uint32Array | Mapped, at: number, stride: number, font: Uint8Array | Mapped, height: number, cells: Uint32Array | Mapped, count: number, palette: Uint32Array | Mapped): void;
/** `fn(to: []u32, at: i64, stride: i64, width: i64, height: i64, value: u32)`. */
export declare function rectangle(to: Uint32Array | Mapped, at: number, stride: number, width: number, height: number, value: number): void;
/** In the system an array may be memory that was mapped for kernels (`Memory.mapForKernels`). */
export interface Mapped {
  readonly address: number;
  readonly length: number;
}
/** What the functions run as: "native" in the system, "WebAssembly" on Node. */
export declare const tier: string;
/** Memory of the module that arguments may lie in: no copy is made of them then. */
export declare function alloc(bytes: number): Uint8Array;
