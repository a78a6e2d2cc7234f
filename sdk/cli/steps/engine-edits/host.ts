// What the engine would ask of a C library and has itself, or has one answer here; what our C asks of it.
import type { Edit } from "../edited-source.ts";

export const hostEdits: readonly Edit[] = [
  // its own exact number parser
  {
    from: "s->token.u.num.val = js_float64(strtod((const char *)p_start, NULL));",
    to: `JSATODTempMem memory; const char *end;
    s->token.u.num.val = js_float64(js_atod((const char *)p_start, &end, 10, 0, &memory));`,
    times: 1,
  },
  // There are no time zones: local time is UTC.
  { from: "localtime_r(&ti, &tm);", to: "memset(&tm, 0, sizeof tm);", times: 1 },
  // promises that are settled without functions of their own (seeded.c)
  {
    from: "if (js_create_resolving_functions(ctx, resolving_funcs, obj)) {",
    to: "if (resolving_funcs && js_create_resolving_functions(ctx, resolving_funcs, obj)) {",
    times: 1,
  },
];
