// Pairing heap (Fredman et al. 1986, two-pass merge, without recursion): run queues and deadlines.
// Equal keys leave in the order in which they came, so that the order is a function of the calls.
#include "../nucleus.h"

static bool before(const struct heap_node *a, const struct heap_node *b) {
  return a->key != b->key ? a->key < b->key : a->sequence < b->sequence;
}

/// Merges two heaps; `back` of a first child is its parent, of any other its left sibling.
static struct heap_node *merge(struct heap_node *a, struct heap_node *b) {
  if (!a || !b)
    return a ? a : b;
  if (before(b, a)) {
    struct heap_node *swap = a;
    a = b;
    b = swap;
  }
  b->sibling = a->child;
  if (a->child)
    a->child->back = b;
  b->back = a;
  a->child = b;
  a->sibling = 0;
  return a;
}

static struct heap_node *merge_children(struct heap_node *first) {
  struct heap_node *pairs = 0, *all = 0;
  while (first) {
    struct heap_node *a = first, *b = first->sibling;
    first = b ? b->sibling : 0;
    a->sibling = a->back = 0;
    if (b)
      b->sibling = b->back = 0;
    a = merge(a, b);
    a->sibling = pairs;
    pairs = a;
  }
  while (pairs) {
    struct heap_node *next = pairs->sibling;
    pairs->sibling = 0;
    all = merge(all, pairs);
    pairs = next;
  }
  return all;
}

bool heap_contains(const struct heap *h, const struct heap_node *n) {
  return n->back || h->root == n;
}

struct heap_node *heap_first(const struct heap *h) {
  return h->root;
}

void heap_insert(struct heap *h, struct heap_node *n, u64 key) {
  n->child = n->sibling = n->back = 0;
  n->key = key;
  n->sequence = h->next_sequence++;
  h->root = merge(h->root, n);
  h->root->back = 0;
}

void heap_remove(struct heap *h, struct heap_node *n) {
  if (!heap_contains(h, n))
    return;
  if (n == h->root) {
    h->root = merge_children(n->child);
  } else {
    if (n->back->child == n)
      n->back->child = n->sibling;
    else
      n->back->sibling = n->sibling;
    if (n->sibling)
      n->sibling->back = n->back;
    h->root = merge(h->root, merge_children(n->child));
  }
  if (h->root)
    h->root->back = 0;
  n->child = n->sibling = n->back = 0;
}
