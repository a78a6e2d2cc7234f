// The library's sources, which travel in the bundle: scripts compile against them.
import dyn from "../../tape/std/dyn.tape" with { type: "text" };
import io from "../../tape/std/io.tape" with { type: "text" };
import json from "../../tape/std/json.tape" with { type: "text" };
import list from "../../tape/std/list.tape" with { type: "text" };
import map from "../../tape/std/map.tape" with { type: "text" };
import math from "../../tape/std/math.tape" with { type: "text" };
import mem from "../../tape/std/mem.tape" with { type: "text" };
import os from "../../tape/std/os.tape" with { type: "text" };
import rt from "../../tape/std/rt.tape" with { type: "text" };
import set from "../../tape/std/set.tape" with { type: "text" };
import string from "../../tape/std/string.tape" with { type: "text" };
import time from "../../tape/std/time.tape" with { type: "text" };
import vec from "../../tape/std/vec.tape" with { type: "text" };
import bridge from "./bridge.tape" with { type: "text" };
import { serviceModules } from "./services.contract.ts";
import show from "./show.tape" with { type: "text" };
import sys from "./sys.tape" with { type: "text" };

/** Source of each module by name; `svc:NAME` is made from the contract at build time. */
export const library: { readonly [name: string]: string | undefined } = {
  dyn,
  io,
  json,
  list,
  map,
  math,
  mem,
  os,
  rt,
  set,
  string,
  time,
  vec,
  bridge,
  show,
  sys,
  ...serviceModules,
};
