// Doubly linked rings. A node that stands nowhere is its own ring, so that removing it again does
// nothing.
#include "../nucleus.h"

void list_init(struct list *l) { l->next = l->previous = l; }

bool list_empty(const struct list *l) { return l->next == l; }

void list_append(struct list *l, struct list *node) {
  node->previous = l->previous;
  node->next = l;
  l->previous->next = node;
  l->previous = node;
}

void list_remove(struct list *node) {
  node->previous->next = node->next;
  node->next->previous = node->previous;
  list_init(node);
}
