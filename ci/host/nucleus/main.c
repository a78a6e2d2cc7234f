// Runs one case by name: `program CASE SIZE SEED`.
#include "machine.h"

int main(int count, char **argument) {
#define CASE(name) {#name, case_##name},
  static const struct {
    const char *name;
    void (*run)(u32 size);
  } cases[] = {CASES(CASE)};
  check(count == 4); // case, size, seed
  seed = strtoull(argument[3], 0, 10);
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
    if (!strcmp(cases[i].name, argument[1])) {
      cases[i].run((u32)strtoul(argument[2], 0, 10));
      puts("held");
      return 0;
    }
  fprintf(stderr, "no case is called %s\n", argument[1]);
  return 1;
}
