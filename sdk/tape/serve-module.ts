// What a server in Tape is built from beside its own source: the module `serve:NAME` with the contract's replies, and the program
// around the source, which takes calls and hands out answers. Runs at build time.
// Invariant: what the compiler checks is the author's functions against the contract's types; a method without a function is named.
import type { Contract, Method, Methods } from "../contract/contract.ts";
import type { Field, Fields } from "../contract/field.ts";
import type { FnDecl } from "../../tape/parse/ast.ts";
import {
  give,
  holdsHandle,
  parameters,
  read,
  replyName,
  replyStruct,
  safe,
} from "./contract-module.ts";
import { EVENTS, FIRST_METHOD, SAVE } from "./serve-numbers.ts";

type Part = readonly [string, Field<unknown>];

const partsOf = (fields: Fields): Part[] => Object.entries(fields);

/** A method that the server takes: its contract and its place. */
export interface Taken {
  /** Name behind /svc/ or /dev/, as a module's name. */
  readonly module: string;
  readonly name: string;
  readonly method: Method;
}

/** The methods of the served contracts that come to the server, in the order of their numbers. */
export function takenMethods(
  contracts: readonly { readonly module: string; readonly contract: Contract<Methods> }[],
): Taken[] {
  return contracts.flatMap(({ module, contract }) =>
    Object.entries(contract.methods)
      .filter(([, method]) => method.kind === "call" || method.to === "server")
      .map(([name, method]) => ({ module, name, method })),
  );
}

/** The fields that a method's function takes, and those that it answers with. */
const requestOf = ({ method }: Taken) =>
  partsOf(method.kind === "call" ? method.request : method.fields);
const replyOf = ({ method }: Taken) => partsOf(method.kind === "call" ? method.reply : {});

/** Source of the module `serve:MODULE`. */
export function serveModule(module: string, contract: Contract<Methods>): string {
  const lines = [
    `// What a server of ${contract.name} ${contract.version} answers, from its contract.`,
    "@profile(t2);",
    'import bridge from "bridge";',
    'import dyn from "dyn";',
  ];
  for (const [name, method] of Object.entries(contract.methods)) {
    if (method.kind === "call") {
      const reply = partsOf(method.reply);
      if (reply.length > 0) lines.push(...replyStruct(replyName(name), reply));
    } else if (method.to === "client") {
      const fields = partsOf(method.fields);
      const given = fields.map(([field, type]) => give(type, safe(field)));
      if (given.includes(undefined)) continue;
      lines.push(
        `// To every client: the event \`${name}\`.`,
        `pub fn ${safe(name)}(${parameters(fields)}) {`,
        ...given.map((each) => `    ${each}`),
        `    bridge.call("send ${module} ${name} ${fields.map(([field]) => field).join(",")}");`,
        "}",
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

/** The head that a method's function must have. */
export function handlerHead(taken: Taken): string {
  const reply = replyOf(taken);
  const type =
    reply.length === 0 ? "" : ` -> ${taken.module.replaceAll("-", "_")}.${replyName(taken.name)}`;
  return `pub fn ${safe(taken.name)}(${parameters(requestOf(taken))})${type}`;
}

/** Why no function of Tape can answer a method; undefined when one can. */
function beyondTape(taken: Taken): string | undefined {
  const { name } = taken;
  const all = [...requestOf(taken), ...replyOf(taken)];
  if (holdsHandle(Object.fromEntries(all)))
    return `\`${name}\` carries a handle, which no Tape program can hold; serve it in TypeScript`;
  if (replyOf(taken).some(([field, type]) => give(type, field) === undefined))
    return `the reply of \`${name}\` has bytes inside a list; serve it in TypeScript`;
  return undefined;
}

/** Statements that hand a reply over as a record. */
function giveReply(reply: readonly Part[]): string[] {
  return [
    `bridge.begin(${reply.length});`,
    ...reply.flatMap(([field, type]) => [
      `bridge.text("${field}");`,
      give(type, `reply.${safe(field)}`) as string,
    ]),
  ];
}

/** What happens for a method: the function's call and the answer. */
function branch(taken: Taken, number: number, decl: FnDecl): string[] {
  const request = requestOf(taken);
  const reply = replyOf(taken);
  const args = request.map(([field, type]) => read(type, field, "request")).join(", ");
  const fails = decl.ret?.err === undefined ? "" : ' or { serve.refuse("{err}"); return; }';
  const made = `server.${safe(taken.name)}(${args})${fails};`;
  return [
    `    if (kind == ${number}) {`,
    ...(request.length === 0 ? [] : ["        let request = bridge.take();"]),
    `        ${reply.length === 0 ? "" : "let reply = "}${made}`,
    ...giveReply(reply).map((each) => `        ${each}`),
    "        serve.answer();",
    "        return;",
    "    }",
  ];
}

/** The program around the author's source, or what that lacks. */
export type ServerText = { readonly text: string } | { readonly problems: readonly string[] };

/**
 * The program.
 * @param source how the program imports the author's source
 * @param decls functions of that source
 * @param hears whether it imports `sys`, and so may call `on`
 */
export function serverText(
  source: string,
  taken: readonly Taken[],
  decls: readonly FnDecl[],
  hears: boolean,
): ServerText {
  const problems: string[] = [];
  const branches: string[] = [];
  taken.forEach((each, i) => {
    const beyond = beyondTape(each);
    const decl = decls.find(({ name, owner }) => name === safe(each.name) && owner === undefined);
    if (beyond !== undefined) problems.push(beyond);
    else if (decl === undefined)
      problems.push(`the contract has \`${each.name}\`: write \`${handlerHead(each)} { ... }\``);
    else branches.push(...branch(each, FIRST_METHOD + i, decl));
  });
  const main = decls.find(({ name, owner }) => name === "main" && owner === undefined);
  if (taken.length === 0 && main === undefined)
    problems.push("it serves nothing, so it needs `pub fn main() { ... }`");
  if (problems.length > 0) return { problems };
  const begin =
    main === undefined
      ? []
      : main.ret === undefined
        ? ["    server.main();"]
        : ["    let code = server.main();", "    if (code != 0) { os.exit(code as i32); }"];
  const has = (name: string) =>
    decls.some((each) => each.name === name && each.owner === undefined && each.pub);
  if (has("restore"))
    begin.unshift("    if (serve.inherited()) { server.restore(bridge.take()); }");
  const save = has("save") ? [`pub fn ${SAVE}() { bridge.give(server.save()); }`] : [];
  const listen = hears ? ["        serve.listen(sys.last_seen());"] : [];
  const lines = [
    "@profile(t2);",
    ...["bridge", "os", "serve", ...(hears ? ["sys"] : [])].map(
      (name) => `import ${name} from "${name}";`,
    ),
    `import server from "${source}";`,
    "fn handle(kind: i64) {",
    ...branches,
    `    if (kind == ${EVENTS.timer}) { serve.fire(bridge.take()); }`,
    ...(hears ? [`    if (kind == ${EVENTS.news}) { sys.tell(bridge.take()); }`] : []),
    "}",
    ...save,
    "fn main() {",
    ...begin,
    "    serve.ready();",
    "    while (true) {",
    ...listen,
    "        handle(serve.next());",
    "    }",
    "}",
  ];
  return { text: `${lines.join("\n")}\n` };
}
