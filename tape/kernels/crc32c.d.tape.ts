/** Made from the Tape source of the same name. */
/** `fn(data: []const u8, sum: u32) -> u32`. */
export declare function crc32c(data: Uint8Array, sum: number): number;
/** What the functions run as: "native" in the system, "WebAssembly" on Node. */
export declare const tier: string;
/** Memory of the module that arguments may lie in: no copy is made of them then. */
export declare function alloc(bytes: number): Uint8Array;
