// A server with a native thread, which tries all that one can do.
import { main } from "./thread-main.ts";

main(false);
