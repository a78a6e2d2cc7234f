// The framebuffer (UEFI 12.9). The mode that the firmware chose stays, unless it can't be drawn in
// linearly, is too small to read or so large that a redraw in software drags; then the largest
// within 1280x800 is set.
#include "loader.h"

static bool usable(const struct efi_graphics_information *m, uint32_t width, uint32_t height) {
  return (m->format == EFI_PIXELS_RGBX || m->format == EFI_PIXELS_BGRX) && m->stride >= m->width &&
         m->width >= 640 && m->height >= 480 && m->width <= width && m->height <= height;
}

static void mode_choose(struct efi_graphics *g) {
  uint32_t best = UINT32_MAX, best_pixels = 0;
  for (uint32_t i = 0; !usable(g->mode->information, 1920, 1200) && i < g->mode->modes; i++) {
    struct efi_graphics_information *m;
    uint64_t bytes;
    if (g->query(g, i, &bytes, &m) != 0)
      continue;
    if (usable(m, 1280, 800) && m->width * m->height > best_pixels)
      best = i, best_pixels = m->width * m->height;
    efi->boot->free_pool(m);
  }
  if (best != UINT32_MAX)
    g->set(g, best);
}

void graphics_find(struct handover *h) {
  // 9042a9de-23dc-4a38-96fb-7aded080516a
  static const struct efi_guid guid = {0x4a3823dc9042a9de, 0x6a5180d0de7afb96};
  efi_handle *handles;
  uint64_t count = 0;
  if (efi->boot->handles(EFI_BY_PROTOCOL, &guid, 0, &count, &handles) != 0)
    return;
  // The firmware's console may offer a protocol of its own over several displays, without
  // framebuffer: the first that has one counts.
  for (uint64_t i = 0; i < count && h->framebuffer == 0; i++) {
    struct efi_graphics *g;
    if (efi->boot->protocol(handles[i], &guid, &g) != 0)
      continue;
    mode_choose(g);
    const struct efi_graphics_information *m = g->mode->information;
    if (!usable(m, UINT16_MAX, UINT16_MAX) ||
        g->mode->framebuffer_bytes / 4 / m->stride < m->height)
      continue;
    h->framebuffer = g->mode->framebuffer;
    h->framebuffer_bytes = g->mode->framebuffer_bytes;
    h->width = m->width, h->height = m->height, h->stride = m->stride;
    h->format = m->format == EFI_PIXELS_BGRX ? FRAMEBUFFER_BGRX : FRAMEBUFFER_RGBX;
  }
}
