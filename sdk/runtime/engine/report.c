// Errors as one log line each: message, then positions in TypeScript through the line table of the
// bundle (`uusi.place`).
#include "engine.h"
#include <stdlib.h>
#include <string.h>

/// Appends to `line` the place of bundle line `number`; the number itself when there is no table.
static size_t add_place(JSContext *c, u32 number, char *line, size_t length, size_t size) {
  JSValue place = JS_GetPropertyStr(c, binding_object(), "place");
  JSValue argument = JS_NewUint32(c, number), text = JS_UNDEFINED;
  if (JS_IsFunction(c, place))
    text = JS_Call(c, place, binding_object(), 1, (JSValueConst *)&argument);
  const char *name = JS_IsString(text) ? JS_ToCString(c, text) : 0;
  size_t left = size - length;
  int n = name ? snprintf(line + length, left, "%s", name)
               : snprintf(line + length, left, "bundle:%u", number);
  if (name)
    JS_FreeCString(c, name);
  JS_FreeValue(c, text);
  JS_FreeValue(c, place);
  return length + ((size_t)n < left ? (size_t)n : left - 1);
}

/// Rewrites the engine's "at f (bundle:LINE:COLUMN)" lines as " < f servers/x/main.ts:12", at most
/// six of them.
static void add_stack(JSContext *c, const char *stack, char *line, size_t length, size_t size) {
  int frames = 0;
  for (const char *at = stack; at && *at && frames < 6; at = strchr(at, '\n')) {
    while (*at == '\n' || *at == ' ')
      at++;
    if (strncmp(at, "at ", 3) != 0)
      continue;
    at += 3;
    const char *end = strchr(at, '\n'), *open = strchr(at, '(');
    if (!end)
      end = at + strlen(at);
    if (!open || open > end)
      open = at;
    const char *colon = end;
    while (colon > open && *colon != ':')
      colon--;
    const char *before = colon - 1;
    while (before > open && *before >= '0' && *before <= '9')
      before--;
    if (colon <= open || *before != ':')
      continue; // a native function
    int n = snprintf(line + length, size - length, "%s%.*s", frames ? " < " : " at ",
                     (int)(open - at), at);
    length += (size_t)n < size - length ? (size_t)n : size - length - 1;
    length = add_place(c, (u32)strtod(before + 1, 0), line, length, size);
    frames++;
  }
  line[length < size ? length : size - 1] = 0;
}

void report_value(JSContext *c, const char *what, JSValueConst error) {
  char line[900];
  // when not even an error object can be made, the engine throws null
  int exhausted = JS_IsNull(error) && heap_exhausted();
  const char *text = exhausted ? 0 : JS_ToCString(c, error);
  const char *instead = exhausted ? "InternalError: out of memory" : "an error without text";
  int n = snprintf(line, sizeof line, "%s", text ? text : instead);
  size_t length = (size_t)n < sizeof line / 2 ? (size_t)n : sizeof line / 2;
  line[length] = 0;
  if (text)
    JS_FreeCString(c, text);
  JSValue stack = JS_IsObject(error) ? JS_GetPropertyStr(c, error, "stack") : JS_UNDEFINED;
  if (JS_IsString(stack)) {
    const char *frames = JS_ToCString(c, stack);
    if (frames) {
      add_stack(c, frames, line, length, sizeof line);
      JS_FreeCString(c, frames);
    }
  }
  log_line("%s: %s", what, line);
}

void report_exception(JSContext *c, const char *what) {
  JSValue error = JS_GetException(c);
  report_value(c, what, error);
}
