/** Made from the Tape source of the same name. */
/** `fn(key: []const u32, local: i64, remote: i64, ports: i64, sequence: i64, slot: i64, out: []u32)`. */
export declare function cookie(key: Uint32Array | Mapped, local: number, remote: number, ports: number, sequence: number, slot: number, out: Uint32Array | Mapped): void;
/** `fn(pool: []const u8, pieces: []u32, count: i64, slots: []u8, s: []u32, packets: []u32, key: []const u32, ways: []const u32, ports: []const u32, known: []const u8, now: i64) -> i32`. */
export declare function screen(pool: Uint8Array | Mapped, pieces: Uint32Array | Mapped, count: number, slots: Uint8Array | Mapped, s: Uint32Array | Mapped, packets: Uint32Array | Mapped, key: Uint32Array | Mapped, ways: Uint32Array | Mapped, ports: Uint32Array | Mapped, known: Uint8Array | Mapped, now: number): number;
/** In the system an array may be memory that was mapped for kernels (`Memory.mapForKernels`). */
export interface Mapped {
  readonly address: number;
  readonly length: number;
}
/** What the functions run as: "native" in the system, "WebAssembly" on Node. */
export declare const tier: string;
/** Memory of the module that arguments may lie in: no copy is made of them then. */
export declare function alloc(bytes: number): Uint8Array;
