// Sources of the language's library are part of a bundle as text: `import text from "x.tape" with { type: "text" }`.
declare module "*.tape" {
  const text: string;
  export default text;
}

// A server's program, compiled from the `.tape` file of the same name with the contracts of its manifest.
declare module "*.tb" {
  const program: import("./program.ts").TapeProgram;
  export default program;
}

// Every service of the tree, from the manifests.
declare module "*.services" {
  const services: readonly import("./program.ts").NamedContract[];
  export default services;
}
