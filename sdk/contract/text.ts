// UTF-8 for the codecs: the engine's native functions on the nucleus and in the simulated one, the platform's on Node.

interface TextCodec {
  encode(text: string, into: Uint8Array, at: number): number;
  decode(from: Uint8Array, at: number, length: number): string | undefined;
}

function onNode(): TextCodec {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return {
    encode(text, into, at) {
      if (typeof text !== "string") return -2;
      const bytes = encoder.encode(text);
      if (bytes.length > into.length - at) return -1;
      into.set(bytes, at);
      return bytes.length;
    },
    decode(from, at, length) {
      try {
        return decoder.decode(from.subarray(at, at + length));
      } catch {
        return undefined;
      }
    },
  };
}

/** `encode` returns the bytes written, -1 when they do not fit, or -2 for what is no string; `decode` undefined for what is not UTF-8. */
export const text: TextCodec = (globalThis as unknown as { uusi?: TextCodec }).uusi ?? onNode();
