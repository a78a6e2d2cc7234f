// Text on the framebuffer, for panics alone.
#ifndef NUCLEUS_SCREEN_H
#define NUCLEUS_SCREEN_H
#include "cpu.h"
void screen_start(const struct handover *h);
void screen_write(const char *text, size_t bytes);
#endif
