/** Prints the JavaScript of a `.tape` file's module for the hook of register.ts, or what is wrong with the file, as JSON. */
import { moduleText } from "./node.ts";

const [path = ""] = process.argv.slice(2);
let printed: { readonly text: string } | { readonly error: string };
try {
  printed = { text: moduleText(path, "source") };
} catch (error) {
  printed = { error: (error as Error).message };
}
process.stdout.write(JSON.stringify(printed));
