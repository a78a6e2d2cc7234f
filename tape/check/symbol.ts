/**
 * What names stand for: variables, functions, types, modules.
 *
 * Invariant: a symbol is created once by its declaration; uses point at it, so that rename and go to definition
 * need no second resolution.
 */
import type { Bind, File, FnDecl, Param, TestDecl, Expr, Block } from "../parse/ast.ts";
import type { Source } from "../source/position.ts";
import type { Const } from "./constant.ts";
import type { Type } from "./type.ts";

export interface VarSym {
  readonly kind: "var";
  readonly name: string;
  ty: Type;
  readonly how: "let" | "var" | "const" | "param" | "loop" | "bind";
  readonly source: Source;
  readonly pos: number;
  pub: boolean;
  /** Module of a global, undefined for a local. */
  module: Module | undefined;
  decl: Bind | undefined;
  /** Value of a constant; undefined until asked for. */
  value: Const | undefined;
  state: number;
  /** Its address is taken, so that it lives in memory. */
  addressed: boolean;
  /** A closure uses it, so that it lives in a counted cell. */
  captured: boolean;
  owner: object | undefined;
  /** Scope depth at which it was declared, 0 for globals, 1 for parameters. */
  depth: number;
  /** Depth of the shortest-living thing that it may point to. */
  region: number;
  /** An integer or float constant without a written type adapts like a literal. */
  flexible: boolean;
  /** Uses, for rename. */
  uses: { source: Source; pos: number }[];
}

export interface ParamInfo {
  readonly name: string;
  readonly ty: Type;
  readonly value: Const | undefined;
  readonly hasDefault: boolean;
  /** Takes any printable value as text. */
  readonly text: boolean;
}

export interface FnSym {
  readonly kind: "fn";
  readonly name: string;
  readonly module: Module;
  readonly decl: FnDecl | undefined;
  readonly pos: number;
  pub: boolean;
  owner: Type | undefined;
  self: "" | "copy" | "pointer";
  params: ParamInfo[];
  ret: Type;
  err: Type | undefined;
  /** Signature: 0 not resolved, 1 under way, 2 done. */
  state: number;
  locals: Param[];
  body: Block | undefined;
  closure: Expr | undefined;
  test: TestDecl | undefined;
  row: Expr[] | undefined;
  uses: { source: Source; pos: number }[];
  /** Where checking a default or body must look first for emitted code. */
  scopeHome: Module | undefined;
}

export interface SpaceSym {
  readonly kind: "space";
  readonly name: string;
  readonly module: Module;
  used: boolean;
}
export interface TypeSym {
  readonly kind: "type";
  readonly name: string;
  readonly ty: Type;
}
export interface MemberSym {
  readonly kind: "member";
  readonly ty: Type;
  readonly index: number;
}
export interface FieldSym {
  readonly kind: "field";
  readonly ty: Type;
  readonly index: number;
}
export type Sym = VarSym | FnSym | SpaceSym | TypeSym | MemberSym | FieldSym;

/** A module under compilation. */
export interface Module {
  /** Key in the graph: a path or a library name. */
  readonly key: string;
  /** Short name for symbols and stack traces. */
  readonly name: string;
  readonly source: Source;
  readonly file: File;
  readonly profile: "t0" | "t1" | "t2";
  readonly values: Map<string, VarSym | FnSym | SpaceSym>;
  readonly types: Map<string, Type>;
  readonly typePub: Set<string>;
  readonly attrs: Set<string>;
  readonly fns: FnSym[];
  readonly globals: VarSym[];
  readonly tests: TestDecl[];
  readonly imports: Module[];
  /** SHA-256 of the text and of all imports, hex. */
  hash: string;
}

export function newFn(name: string, module: Module, decl: FnDecl | undefined, pos: number): FnSym {
  return {
    kind: "fn",
    name,
    module,
    decl,
    pos,
    pub: decl?.pub ?? false,
    owner: undefined,
    self: "",
    params: [],
    ret: undefined as unknown as Type,
    err: undefined,
    state: 0,
    locals: decl?.params ?? [],
    body: decl?.body,
    closure: undefined,
    test: undefined,
    row: undefined,
    uses: [],
    scopeHome: undefined,
  };
}

export function newVar(
  name: string,
  ty: Type,
  how: VarSym["how"],
  source: Source,
  pos: number,
): VarSym {
  return {
    kind: "var",
    name,
    ty,
    how,
    source,
    pos,
    pub: false,
    module: undefined,
    decl: undefined,
    value: undefined,
    state: 2,
    addressed: false,
    captured: false,
    owner: undefined,
    depth: 0,
    region: 0,
    flexible: false,
    uses: [],
  };
}
