// A server whose native thread traps: that is its end, with the place in the kernel's source.
import { main } from "./thread-main.ts";

main(true);
