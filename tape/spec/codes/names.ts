/** T03xx: names and modules. */
import { type CodePage, page } from "./page.ts";

export const nameCodes: readonly CodePage[] = [
  page("T0301", "Declared twice", "Two declarations have one name; there is no overloading.", "Rename one.", "fn f() {}\nfn f(a: i64) {}", "fn f() {}\nfn g(a: i64) {}"),
  page("T0302", "Names do not shadow", "A variable of this name exists in the same function.", "Choose another name.", "let x = 1;\n    if (true) { let x = 2; }", "let x = 1;\n    if (true) { let y = 2; }"),
  page("T0303", "No such type", "The name stands for no type that is visible here.", "Mend the spelling, or import the type.", "let x: i46 = 1;", "let x: i64 = 1;"),
  page("T0304", "Private", "The declaration is not exported by its module.", "Put `pub` before it.", 'import string from "string";\nfn main() { string.is_space(32); }', 'import string from "string";\nfn main() { string.trim(" "); }'),
  page("T0305", "No such name", "The name is not declared, or not imported.", "Mend the spelling, or import its module.", "io.println(1);", 'import io from "io";\nfn main() { io.println(1); }'),
  page("T0306", "No such member", "The type has no field, method or variant of this name.", "Mend the spelling.", "struct P { x: i64 }\nfn main() { let p = P { x: 1 }; let y = p.z; }", "struct P { x: i64 }\nfn main() { let p = P { x: 1 }; let y = p.x; }"),
  page("T0307", "No such built-in", "There is no `@name` of this spelling, or it is reserved for the library.", "Mend the spelling.", "let n = @size(i64);", "let n = @sizeof(i64);"),
  page("T0308", "No such attribute", "The attribute is neither built in nor declared.", "Declare it: `attr name;`.", "@fast\nfn f() {}", "attr fast;\n@fast\nfn f() {}"),
  page("T0309", "Modules import each other", "Modules form a tree; a round of imports has no first module.", "Move what both need into a third one.", 'import { f } from "./test.tape";\nfn main() {}', "fn main() {}"),
  page("T0310", "No such module", "No file or library module has this name.", "Paths of files start with `./` and end with `.tape`.", 'import x from "nowhere";\nfn main() {}', 'import io from "io";\nfn main() {}'),
];
