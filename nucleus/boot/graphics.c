// The framebuffer (UEFI 12.9). The mode that the firmware chose stays, unless it can't be drawn in
// linearly, is too small to read or so large that a redraw in software drags; then the largest
// within 1280x800 is set.
#include "loader.h"

static bool linear(const struct efi_graphics_information *m) {
  return (m->format == EFI_PIXELS_RGBX || m->format == EFI_PIXELS_BGRX) && m->stride >= m->width;
}
static bool within(const struct efi_graphics_information *m, uint32_t width, uint32_t height) {
  return m->width <= width && m->height <= height;
}

static void mode_choose(struct efi_graphics *g) {
  const struct efi_graphics_information *now = g->mode->information;
  if (linear(now) && within(now, 1920, 1200) && now->width >= 640 && now->height >= 480)
    return;
  uint32_t best = UINT32_MAX;
  uint64_t best_pixels = 0;
  for (uint32_t i = 0; i < g->mode->modes; i++) {
    struct efi_graphics_information *m;
    uint64_t bytes;
    if (g->query(g, i, &bytes, &m) != 0)
      continue;
    uint64_t pixels = (uint64_t)m->width * m->height;
    if (linear(m) && within(m, 1280, 800) && pixels > best_pixels)
      best = i, best_pixels = pixels;
    efi->boot->free_pool(m);
  }
  if (best != UINT32_MAX)
    g->set(g, best);
}

void graphics_find(struct handover *h) {
  static const struct efi_guid guid = {
      0x9042a9de, 0x23dc, 0x4a38, {0x96, 0xfb, 0x7a, 0xde, 0xd0, 0x80, 0x51, 0x6a}};
  efi_handle *handles;
  uint64_t count;
  if (efi->boot->locate_handle_buffer(EFI_BY_PROTOCOL, &guid, 0, &count, &handles) != 0)
    return;
  // The firmware's console may offer a protocol of its own over several displays, without
  // framebuffer: the first that has one counts.
  for (uint64_t i = 0; i < count && h->framebuffer == 0; i++) {
    struct efi_graphics *g;
    if (efi->boot->handle_protocol(handles[i], &guid, &g) != 0 || g->mode == 0 ||
        g->mode->information == 0)
      continue;
    mode_choose(g);
    const struct efi_graphics_information *m = g->mode->information;
    if (!linear(m) || g->mode->framebuffer == 0 ||
        (uint64_t)m->stride * m->height * 4 > g->mode->framebuffer_bytes)
      continue;
    h->framebuffer = g->mode->framebuffer;
    h->framebuffer_bytes = g->mode->framebuffer_bytes;
    h->width = m->width, h->height = m->height, h->stride = m->stride;
    h->format = m->format == EFI_PIXELS_BGRX ? FRAMEBUFFER_BGRX : FRAMEBUFFER_RGBX;
  }
  efi->boot->free_pool(handles);
}
