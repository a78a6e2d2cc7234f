// Prints where the nucleus keeps what a fault campaign looks for in a machine's memory
// (nucleus-view.ts), as JSON. Built for the host, whose structures are laid out as the nucleus's.
#include "nucleus.h"
#include <stdio.h>

#define FIELD(type, member) printf(",\"%s\":%zu", #type "." #member, offsetof(struct type, member))

int main(void) {
  printf("{\"PAGE\":%u", PAGE);
  FIELD(process, all);
  FIELD(process, threads);
  FIELD(process, space);
  FIELD(process, id);
  FIELD(process, state);
  FIELD(process, name);
  FIELD(thread, of_process);
  FIELD(thread, since);
  FIELD(thread, buffer_address);
  puts("}");
  return 0;
}
