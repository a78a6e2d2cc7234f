/** Made from the Tape source of the same name. */
/** `fn(frames: []const u8, slots: []u8, store: []u8, n: []f64, events: []const u8, bytes: i64, out: []u8, runs: []u32, pieces: []u32, packets: []u32) -> i32`. */
export declare function serve(frames: Uint8Array | Mapped, slots: Uint8Array | Mapped, store: Uint8Array | Mapped, n: Float64Array | Mapped, events: Uint8Array | Mapped, bytes: number, out: Uint8Array | Mapped, runs: Uint32Array | Mapped, pieces: Uint32Array | Mapped, packets: Uint32Array | Mapped): number;
/** In the system an array may be memory that was mapped for kernels (`Memory.mapForKernels`). */
export interface Mapped {
  readonly address: number;
  readonly length: number;
}
/** What the functions run as: "native" in the system, "WebAssembly" on Node. */
export declare const tier: string;
/** Memory of the module that arguments may lie in: no copy is made of them then. */
export declare function alloc(bytes: number): Uint8Array;
