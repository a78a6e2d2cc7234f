// QuickJS-NG's main part, and what it has no function for: a context that was made when the system
// was built has the same seeds everywhere, so each process gives its own.
#include <quickjs.c>

void engine_reseed(JSContext *c, uint64_t seed) {
  c->random_state = seed | 1; // never 0
  c->hash_seed = xorshift64star(&c->random_state);
}
