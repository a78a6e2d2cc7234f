/** Made from the Tape source of the same name. */
/** `fn(to: []u32, from: []const u32)`. */
export declare function blend(to: Uint32Array | Mapped, from: Uint32Array | Mapped): void;
/** `fn(to: []u32, at: i64, stride: i64, coverage: []const u8, width: i64, colour: u32)`. */
export declare function glyph(to: Uint32Array | Mapped, at: number, stride: number, coverage: Uint8Array | Mapped, width: number, colour: number): void;
/** `fn(to: []u32, at: i64, stride: i64, rows: []const u8, front: u32, back: u32)`. */
export declare function bits(to: Uint32Array | Mapped, at: number, stride: number, rows: Uint8Array | Mapped, front: number, back: number): void;
/** In the system an array may be memory that was mapped for kernels (`Memory.mapForKernels`). */
export interface Mapped {
  readonly address: number;
  readonly length: number;
}
/** What the functions run as: "native" in the system, "WebAssembly" on Node. */
export declare const tier: string;
/** Memory of the module that arguments may lie in: no copy is made of them then. */
export declare function alloc(bytes: number): Uint8Array;
