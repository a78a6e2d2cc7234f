// The order in which kernel modules can be loaded: each behind those that its own file names.

/** The names behind `depends=` in a module (its .modinfo section: NUL-ended `key=value`). */
export function dependencies(module: Uint8Array): string[] {
  const text = Buffer.from(module.buffer, module.byteOffset, module.byteLength).toString("latin1");
  const names = /\0depends=([a-z0-9_,-]*)\0/.exec(text)?.[1] ?? "";
  return names.split(",").filter((name) => name !== "");
}

/** Wanted modules and all that they need, each once, dependencies first. */
export function moduleOrder(
  wanted: readonly string[],
  read: (name: string) => Uint8Array,
): string[] {
  const order: string[] = [];
  const visit = (name: string) => {
    if (order.includes(name)) return;
    for (const dependency of dependencies(read(name))) visit(dependency);
    order.push(name);
  };
  for (const name of wanted) visit(name);
  return order;
}
