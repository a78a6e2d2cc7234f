/** Made from the Tape source of the same name. */
/** `fn(data: []secret u8, key: []const secret u8, nonce: []const u8, counter: u32)`. */
export declare function chacha20(data: Uint8Array, key: Uint8Array, nonce: Uint8Array, counter: number): void;
/** What the functions run as: "native" in the system, "WebAssembly" on Node. */
export declare const tier: string;
/** Memory of the module that arguments may lie in: no copy is made of them then. */
export declare function alloc(bytes: number): Uint8Array;
