// The library that scripts compile against, evaluated at build time: each module's interface, and the bytecode of all their functions.
// `svc:NAME` is made from the contract of each service of the tree. A new module of the library is a line here.
import { makeLibraryCode } from "../../tape/lower/make-library-code.ts";
import type { LibraryData } from "../../tape/lower/library-code.ts";
import { interfaceText } from "../../tape/module/interface-text.ts";
import dyn from "../../tape/std/dyn.tape" with { type: "text" };
import fs from "../../tape/std/fs.tape" with { type: "text" };
import io from "../../tape/std/io.tape" with { type: "text" };
import json from "../../tape/std/json.tape" with { type: "text" };
import list from "../../tape/std/list.tape" with { type: "text" };
import map from "../../tape/std/map.tape" with { type: "text" };
import math from "../../tape/std/math.tape" with { type: "text" };
import mem from "../../tape/std/mem.tape" with { type: "text" };
import net from "../../tape/std/net.tape" with { type: "text" };
import os from "../../tape/std/os.tape" with { type: "text" };
import rt from "../../tape/std/rt.tape" with { type: "text" };
import rt_dyn from "../../tape/std/rt_dyn.tape" with { type: "text" };
import rt_ops from "../../tape/std/rt_ops.tape" with { type: "text" };
import set from "../../tape/std/set.tape" with { type: "text" };
import string from "../../tape/std/string.tape" with { type: "text" };
import time from "../../tape/std/time.tape" with { type: "text" };
import vec from "../../tape/std/vec.tape" with { type: "text" };
import bridge from "../../sdk/tape/bridge.tape" with { type: "text" };
import { serviceModules } from "./services.contract.ts";
import shell from "./shell.tape" with { type: "text" };
import show from "./show.tape" with { type: "text" };
import sys from "../../sdk/tape/sys.tape" with { type: "text" };

const sources: { readonly [name: string]: string } = {
  dyn,
  fs,
  io,
  json,
  list,
  map,
  math,
  mem,
  net,
  os,
  rt,
  rt_dyn,
  rt_ops,
  set,
  string,
  time,
  vec,
  bridge,
  shell,
  show,
  sys,
  ...serviceModules,
};

/** Interface of each module by name. */
export const interfaces: { readonly [name: string]: string } = Object.fromEntries(
  Object.entries(sources).map(([name, text]) => [name, interfaceText(name, text)]),
);

/** Their bytecode. */
export const libraryData: LibraryData = makeLibraryCode(sources);
