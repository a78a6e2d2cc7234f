/**
 * A whole file: profile, imports, links, declarations, with recovery between them.
 */
import type { Decl, File, Import } from "./ast.ts";
import { parseDecl, parseDeclSteps, plainString } from "./decl.ts";
import { Parser, Recover } from "./parser.ts";
import { scanSteps } from "../scan/scan.ts";
import type { Report } from "../source/diagnostic.ts";
import type { Source } from "../source/position.ts";
import { type Steps, wholly } from "../source/steps.ts";
import * as T from "../scan/token.ts";

const K = T.kindOf;
const AT = K("@"),
  LPAREN = K("("),
  RPAREN = K(")"),
  SEMI = K(";"),
  LBRACE = K("{"),
  RBRACE = K("}");
const FN = K("fn"),
  IMPORT = K("import"),
  COMMA = K(","),
  AS = K("as"),
  PUB = K("pub");

/** Parses a source; errors go to `report`, and what could be read is returned. */
export function parseFile(source: Source, report: Report): File {
  return wholly(parseFileSteps(source, report));
}

/** The same in steps: one for each declaration, and for each statement of a function's body. */
export function* parseFileSteps(source: Source, report: Report): Steps<File> {
  const p = new Parser(source, yield* scanSteps(source, report), report);
  const file: File = { source, profile: undefined, imports: [], decls: [] };
  while (p.kind !== T.EOF) {
    const from = p.at;
    const { pos } = p;
    try {
      if (p.kind === FN) file.decls.push(yield* parseDeclSteps(p));
      else {
        parseItem(p, file);
        yield p.pos - pos;
      }
    } catch (e) {
      if (!(e instanceof Recover)) throw e;
      p.depth = 0;
      p.inTape = 0;
      skipDecl(p, from);
    }
  }
  return file;
}

function parseItem(p: Parser, file: File): void {
  if (p.kind === AT) {
    const word = p.text(p.at + 1);
    if (word === "profile") {
      parseProfile(p, file);
      return;
    }
    if (word === "link" && p.peek(2) === LPAREN) {
      p.fail(
        "T0307",
        "there is no `@link`: a program of LeivOS is not linked with libraries",
        "`extern fn` names what the host provides, and a service is called through its contract",
      );
    }
  }
  if (p.kind === IMPORT) {
    file.imports.push(parseImport(p));
    return;
  }
  if (p.kind === PUB && p.peek(1) === LBRACE) {
    p.at += 2;
    while (p.kind !== RBRACE && p.kind !== T.EOF) {
      const decl = parseDecl(p);
      if (decl.kind !== "TapeBlock") decl.pub = true;
      file.decls.push(decl);
    }
    p.expect(RBRACE, "after a `pub` group");
    return;
  }
  if (p.kind === SEMI) p.fail("T0211", "a `;` stands alone at top level", "remove it");
  file.decls.push(parseDecl(p) as Decl);
}

function parseProfile(p: Parser, file: File): void {
  const pos = p.pos;
  p.at += 2;
  p.expect(LPAREN, "after `@profile`");
  const name = p.name("`t0`, `t1` or `t2`");
  if (name !== "t0" && name !== "t1" && name !== "t2") {
    p.fail(
      "T0213",
      `there is no profile \`${name}\``,
      "profiles are t0 (freestanding), t1 (application), t2 (script)",
      pos,
    );
  }
  p.expect(RPAREN, "after the profile");
  p.expect(SEMI, "after `@profile(...)`");
  if (file.imports.length + file.decls.length > 0 || file.profile !== undefined) {
    p.error("T0213", pos, p.last, "`@profile` comes first in a file, and once");
  }
  file.profile = name;
}

function parseImport(p: Parser): Import {
  const pos = p.pos;
  p.next();
  let space: string | undefined;
  const names: Import["names"] = [];
  if (p.accept(LBRACE)) {
    while (p.kind !== RBRACE) {
      const at = p.pos;
      const name = p.name("an imported name");
      names.push({ name, as: p.accept(AS) ? p.name("a name after `as`") : name, pos: at });
      if (!p.accept(COMMA)) break;
    }
    p.expect(RBRACE, "after imported names");
  } else if (p.kind === T.STR)
    p.fail("T0201", "an import names what it binds", 'write `import io from "io";`');
  else space = p.name("a name after `import`");
  if (!p.isWord("from")) p.fail("T0201", `expected \`from\` in an import, found ${p.describe()}`);
  p.next();
  const pathAt = p.pos;
  const path = plainString(p, "with the path of a module");
  p.expect(SEMI, "after an import");
  return { space, names, path, pathAt, pos, end: p.last };
}

const starters = new Set(
  ["fn", "struct", "enum", "tagged", "union", "import", "pub", "extern", "attr"].map((w) =>
    K(w as "fn"),
  ),
);

/** Skips to the next token that starts a line and looks like a declaration. */
function skipDecl(p: Parser, from: number): void {
  if (p.at === from) p.next();
  const text = p.source.text;
  while (p.kind !== T.EOF) {
    const pos = p.pos;
    const fresh = pos === 0 || text.charCodeAt(pos - 1) === 10;
    if (
      fresh &&
      (starters.has(p.kind) || p.kind === AT || T.spellings[p.kind] === "const" || p.isWord("test"))
    )
      return;
    p.next();
  }
}
