/**
 * The syntax tree: plain objects, one `kind` each, with fields that the checker fills in.
 *
 * The parser creates nodes with `ty` unset; after a check without errors every expression carries its type.
 * Invariant: a node belongs to one place in one tree (compile-time copies are deep), so filling in is safe.
 */
import type { Type } from "../check/type.ts";
import type { FnSym, Sym, VarSym } from "../check/symbol.ts";
import type { Source } from "../source/position.ts";

interface At {
  pos: number;
  end: number;
}
interface Typed extends At {
  ty?: Type;
}

// ---- expressions

export interface IntLit extends Typed {
  kind: "Int";
  value: bigint;
}
export interface FloatLit extends Typed {
  kind: "Float";
  value: number;
}
/** `value` is a byte string. */
export interface StrLit extends Typed {
  kind: "Str";
  value: string;
}
/** Byte strings and expressions in turn. */
export interface Interp extends Typed {
  kind: "Interp";
  parts: (string | Expr)[];
}
export interface BoolLit extends Typed {
  kind: "Bool";
  value: boolean;
}
export interface NullLit extends Typed {
  kind: "Null";
}
export interface Name extends Typed {
  kind: "Name";
  name: string;
  sym?: Sym;
  narrowed?: boolean;
  given?: Type;
}
export interface Member extends Typed {
  kind: "Member";
  obj: Expr;
  name: string;
  nameAt: number;
  sym?: Sym;
  index?: number;
}
export interface Index extends Typed {
  kind: "Index";
  obj: Expr;
  index: Expr;
}
export interface Slice extends Typed {
  kind: "Slice";
  obj: Expr;
  lo: Expr | undefined;
  hi: Expr | undefined;
}
export interface Arg {
  name: string | undefined;
  value: Expr;
  pos: number;
}
export interface Call extends Typed {
  kind: "Call";
  fn: Expr;
  args: Arg[];
  target?: CallTarget;
  pipe?: boolean;
  inline?: boolean;
}
export interface Unwrap extends Typed {
  kind: "Unwrap";
  e: Expr;
}
export interface Unary extends Typed {
  kind: "Unary";
  op: string;
  e: Expr;
}
export interface Binary extends Typed {
  kind: "Binary";
  op: string;
  left: Expr;
  right: Expr;
}
export interface Cast extends Typed {
  kind: "Cast";
  e: Expr;
  to: TypeNode;
}
export interface Is extends Typed {
  kind: "Is";
  e: Expr;
  to: TypeNode;
  want?: Type;
  variant?: number;
}
/** `e or ...`: pass the error on, return a value, run a block, or give a value. */
export interface Or extends Typed {
  kind: "Or";
  e: Expr;
  how: "pass" | "return" | "block" | "value";
  value: Expr | undefined;
  block: Block | undefined;
  err?: VarSym;
}
export interface FieldInit {
  name: string;
  value: Expr;
  pos: number;
  index?: number;
}
export interface StructLit extends Typed {
  kind: "StructLit";
  path: Expr;
  fields: FieldInit[];
  variant?: number;
}
export interface ArrayLit extends Typed {
  kind: "ArrayLit";
  items: Expr[];
}
export interface ArrayRep extends Typed {
  kind: "ArrayRep";
  item: Expr;
  count: Expr;
}
export interface Builtin extends Typed {
  kind: "Builtin";
  name: string;
  args: Expr[];
  text?: string;
}
export interface Closure extends Typed {
  kind: "Closure";
  params: Param[];
  ret: RetNode | undefined;
  body: Block;
  captures?: VarSym[];
  fn?: FnSym;
}
export interface TypeExpr extends Typed {
  kind: "TypeExpr";
  type: TypeNode;
}
/** An implicit conversion that the checker put in. */
export interface Conv extends Typed {
  kind: "Conv";
  e: Expr;
  how: ConvHow;
}
export type ConvHow =
  | "some"
  | "slice"
  | "view"
  | "cstr"
  | "box"
  | "unbox"
  | "same"
  | "text"
  | "errvalue"
  | "fnval";

export type Expr =
  | IntLit
  | FloatLit
  | StrLit
  | Interp
  | BoolLit
  | NullLit
  | Name
  | Member
  | Index
  | Slice
  | Call
  | Unwrap
  | Unary
  | Binary
  | Cast
  | Is
  | Or
  | StructLit
  | ArrayLit
  | ArrayRep
  | Builtin
  | Closure
  | TypeExpr
  | Conv;

/** What a call reaches. */
export type CallTarget =
  | { how: "fn"; fn: FnSym; self?: Expr }
  | { how: "pointer" }
  | { how: "dyn" }
  | { how: "builtin"; name: string };

// ---- types

export interface TName extends At {
  kind: "TName";
  path: string[];
}
export interface TPtr extends At {
  kind: "TPtr";
  isConst: boolean;
  nonNull: boolean;
  elem: TypeNode;
}
export interface TSlice extends At {
  kind: "TSlice";
  isConst: boolean;
  elem: TypeNode;
}
export interface TArray extends At {
  kind: "TArray";
  len: Expr;
  elem: TypeNode;
}
export interface TOpt extends At {
  kind: "TOpt";
  elem: TypeNode;
}
export interface TFn extends At {
  kind: "TFn";
  params: TypeNode[];
  ret: RetNode | undefined;
}
export interface TSecret extends At {
  kind: "TSecret";
  elem: TypeNode;
}
/** A type that compile-time code put in. */
export interface TGiven extends At {
  kind: "TGiven";
  ty: Type;
}
export type TypeNode = TGiven | TName | TPtr | TSlice | TArray | TOpt | TFn | TSecret;
/** A return type; `err` is the E of `T or E`. */
export interface RetNode {
  type: TypeNode;
  err: TypeNode | undefined;
}

// ---- statements

export interface Block extends At {
  kind: "Block";
  body: Stmt[];
  value?: Expr | undefined;
}
export interface Bind extends At {
  kind: "Bind";
  how: "let" | "var" | "const";
  name: string;
  nameAt: number;
  type: TypeNode | undefined;
  init: Expr | undefined;
  sym?: VarSym;
  attrs: Attr[];
  pub: boolean;
  doc?: string;
  origin?: Origin;
}
export interface Assign extends At {
  kind: "Assign";
  op: string;
  place: Expr;
  value: Expr;
}
export interface ExprStmt extends At {
  kind: "ExprStmt";
  e: Expr;
}
export interface If extends At {
  kind: "If";
  cond: Expr;
  then: Block;
  other: Stmt | undefined;
}
export interface While extends At {
  kind: "While";
  cond: Expr;
  body: Block;
}
export interface For extends At {
  kind: "For";
  name: string;
  nameAt: number;
  second: string | undefined;
  over: Expr;
  to: Expr | undefined;
  inclusive: boolean;
  body: Block;
  item?: VarSym;
  index?: VarSym;
  next?: FnSym;
}
export interface ForC extends At {
  kind: "ForC";
  init: Bind;
  cond: Expr;
  step: Assign;
  body: Block;
}
export interface PatBind {
  name: string;
  as: string;
  pos: number;
  sym?: VarSym;
  index?: number;
}
export interface Pattern extends At {
  what: "any" | "path" | "literal" | "type";
  path?: Expr;
  binds?: PatBind[];
  rest?: boolean;
  literal?: Expr;
  hi?: Expr;
  type?: TypeNode;
  ty?: Type;
  variant?: number;
  value?: bigint;
  bound?: VarSym;
}
export interface Arm {
  patterns: Pattern[];
  body: Block;
  pos: number;
}
export interface Match extends At {
  kind: "Match";
  e: Expr;
  arms: Arm[];
}
export interface Return extends At {
  kind: "Return";
  value: Expr | undefined;
  isError?: boolean;
}
export interface Jump extends At {
  kind: "Jump";
  how: "break" | "continue";
}
export interface Defer extends At {
  kind: "Defer";
  onError: boolean;
  body: Stmt;
}
export interface TapeBlock extends At {
  kind: "TapeBlock";
  body: Block;
  out?: Stmt[];
}
export interface Emit extends At {
  kind: "Emit";
  decl: Decl | undefined;
  field: Field | undefined;
  stmt: Stmt | undefined;
}

export type Stmt =
  | Block
  | Bind
  | Assign
  | ExprStmt
  | If
  | While
  | For
  | ForC
  | Match
  | Return
  | Jump
  | Defer
  | TapeBlock
  | Emit;

// ---- declarations

export interface Attr extends At {
  name: string;
  args: Expr[];
}
export interface Param {
  name: string;
  type: TypeNode | undefined;
  value: Expr | undefined;
  pos: number;
  self: "" | "copy" | "pointer";
  attrs: Attr[];
  sym?: VarSym;
}
export interface Field {
  name: string;
  type: TypeNode;
  pos: number;
  attrs: Attr[];
}

/** Where emitted code comes from: the module of its template and the call that asked for it. */
export interface Origin {
  source: Source;
  home: unknown;
  callSource: Source;
  callPos: number;
}
interface DeclBase extends At {
  name: string;
  nameAt: number;
  pub: boolean;
  attrs: Attr[];
  doc?: string;
  origin?: Origin;
}

export interface FnDecl extends DeclBase {
  kind: "Fn";
  owner: string | undefined;
  params: Param[];
  ret: RetNode | undefined;
  body: Block | undefined;
  tape: boolean;
  extern: string | undefined;
}
export interface StructDecl extends DeclBase {
  kind: "Struct";
  isUnion: boolean;
  fields: Field[];
  tapes: TapeBlock[];
}
export interface EnumMember {
  name: string;
  value: Expr | undefined;
  desc: string | undefined;
  pos: number;
}
export interface EnumDecl extends DeclBase {
  kind: "Enum";
  backing: TypeNode | undefined;
  members: EnumMember[];
}
export interface Variant {
  name: string;
  fields: Field[];
  pos: number;
  attrs: Attr[];
}
export interface TaggedDecl extends DeclBase {
  kind: "Tagged";
  variants: Variant[];
}
export interface TypeDecl extends DeclBase {
  kind: "TypeAlias";
  type: TypeNode;
}
export interface AttrDecl extends DeclBase {
  kind: "AttrDecl";
  params: Param[];
}
export interface TestDecl extends DeclBase {
  kind: "Test";
  what: "test" | "setup" | "teardown";
  body: Block;
  rows: Expr[][];
  names: string[];
}
export interface RefactorDecl extends DeclBase {
  kind: "Refactor";
  path: string;
  decls: Decl[];
}
export type Decl =
  | FnDecl
  | StructDecl
  | EnumDecl
  | TaggedDecl
  | TypeDecl
  | AttrDecl
  | Bind
  | TestDecl
  | TapeBlock
  | RefactorDecl;

export interface Import extends At {
  space: string | undefined;
  names: { name: string; as: string; pos: number }[];
  path: string;
  pathAt: number;
}
export interface Link extends At {
  name: string;
}

/** A parsed file. */
export interface File {
  readonly source: Source;
  profile: "t0" | "t1" | "t2" | undefined;
  readonly imports: Import[];
  readonly decls: Decl[];
}
