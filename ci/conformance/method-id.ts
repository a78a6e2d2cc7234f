// A method's id on the wire (docs/wire.md): FNV-1a, 32 bits, of its name. Written apart from sdk/contract's, which runs at build time only.

export function methodId(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
