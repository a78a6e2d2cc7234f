// What the engine would ask of a C library that is in it already, or has one answer here.
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
];
