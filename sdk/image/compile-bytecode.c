// The bytecode compiler of the build: the same engine, built for the host. `compile IN.js OUT.qjs`
// keeps line numbers and drops the source; `compile --run IN.js` runs a script and prints what it
// passes to `print` (for the language probes).
#include "quickjs.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    fprintf(stderr, "compile: cannot read %s\n", path);
    exit(2);
  }
  fseek(file, 0, SEEK_END);
  *length = (size_t)ftell(file);
  rewind(file);
  char *text = malloc(*length + 1);
  if (fread(text, 1, *length, file) != *length)
    exit(2);
  text[*length] = 0;
  fclose(file);
  return text;
}

static int report(JSContext *c) {
  JSValue error = JS_GetException(c);
  const char *text = JS_ToCString(c, error);
  fprintf(stderr, "%s\n", text ? text : "error");
  JSValue stack = JS_GetPropertyStr(c, error, "stack");
  const char *frames = JS_ToCString(c, stack);
  if (frames)
    fprintf(stderr, "%s", frames);
  return 1;
}

static JSValue print(JSContext *c, JSValueConst this, int count, JSValueConst *v) {
  const char *text = count > 0 ? JS_ToCString(c, v[0]) : 0;
  if (text)
    puts(text);
  JS_FreeCString(c, text);
  return JS_UNDEFINED;
}

static int run(JSContext *c, const char *name, const char *text, size_t length) {
  JSValue global = JS_GetGlobalObject(c);
  JS_SetPropertyStr(c, global, "print", JS_NewCFunction(c, print, "print", 1));
  if (JS_IsException(JS_Eval(c, text, length, name, JS_EVAL_TYPE_GLOBAL)))
    return report(c);
  JSContext *in;
  int result;
  while ((result = JS_ExecutePendingJob(JS_GetRuntime(c), &in)) > 0)
    ;
  return result < 0 ? report(in) : 0;
}

int main(int count, char **arguments) {
  if (count != 3) {
    fprintf(stderr, "usage: compile IN.js OUT.qjs | compile --run IN.js\n");
    return 2;
  }
  int running = strcmp(arguments[1], "--run") == 0;
  JSContext *c = JS_NewContext(JS_NewRuntime());
  size_t length;
  char *text = read_file(arguments[running ? 2 : 1], &length);
  if (running)
    return run(c, arguments[2], text, length);
  JSValue code =
      JS_Eval(c, text, length, "bundle", JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
  if (JS_IsException(code))
    return report(c);
  size_t size;
  unsigned char *bytecode =
      JS_WriteObject(c, &size, code, JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE);
  FILE *out = bytecode ? fopen(arguments[2], "wb") : 0;
  if (!out || fwrite(bytecode, 1, size, out) != size || fclose(out) != 0) {
    fprintf(stderr, "compile: cannot write %s\n", arguments[2]);
    return 2;
  }
  return 0;
}
