// Sources of the language's library are part of the bundle as text: `import text from "x.tape" with { type: "text" }`.
declare module "*.tape" {
  const text: string;
  export default text;
}
