// Errors as one log line each: message, then positions in TypeScript through the line table of the
// bundle (`uusi.places`).
#include "engine.h"
#include <string.h>

/// Writes what the bundle makes of the engine's stack: " at f servers/x/main.ts:12 < g ...".
static void write_places(JSContext *c, JSValueConst stack, char *to, size_t size) {
  JSValue places = JS_GetPropertyStr(c, binding_object(), "places");
  JSValue text = JS_Call(c, places, binding_object(), 1, &stack);
  const char *found = JS_IsString(text) ? JS_ToCString(c, text) : 0;
  snprintf(to, size, "%s", found ? found : "");
  JS_FreeCString(c, found);
  JS_FreeValue(c, text);
  JS_FreeValue(c, places);
}

void report_exception(JSContext *c, const char *what) {
  JSValue error = JS_GetException(c);
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
  if (JS_IsString(stack))
    write_places(c, stack, line + length, sizeof line - length);
  log_line("%s: %s", what, line);
}
