// Text on the framebuffer: 5 x 7 glyphs, doubled, white on black, from the top; it starts over at
// the bottom.
#include "cpu.h"

/// Glyphs of ' ' to '~': bit 5 * row + column.
static const u64 glyphs[95] = {
    0x0,         0x100421084, 0x294a,      0x295f57d4a, 0x11f4717c4, 0x632222263, 0x593511526,
    0x1084,      0x208210888, 0x88842082,  0x9575480,   0x84f9080,   0x88400000,  0xf8000,
    0x18c000000, 0x2222200,   0x3a33ae62e, 0x3884210c4, 0x7c226422e, 0x3a306422e, 0x211f4a988,
    0x3a3083c3f, 0x3a317844c, 0x8422221f,  0x3a317462e, 0x1910f462e, 0xc6018c0,   0x886018c0,
    0x208208888, 0x1f07c00,   0x88882082,  0x10044422e, 0x782daf62e, 0x4631fc62e, 0x3e317c62f,
    0x3a210862e, 0x3e318c62f, 0x7c217843f, 0x4217843f,  0x3a31e862e, 0x4631fc631, 0x38842108e,
    0x19284211c, 0x452519531, 0x7c2108421, 0x4631ad771, 0x4631cd671, 0x3a318c62e, 0x4217c62f,
    0x59358c62e, 0x45257c62f, 0x3a307062e, 0x10842109f, 0x3a318c631, 0x11518c631, 0x4775ac631,
    0x462a22a31, 0x108422a31, 0x7c222221f, 0x38421084e, 0x20820820,  0x39084210e, 0x4544,
    0x7c0000000, 0x82,        0x7a3e83800, 0x3e318bc21, 0x78210f800, 0x7a318fa10, 0x383f8b800,
    0x84213c4c,  0x3a1e8c7c0, 0x46318bc21, 0x388421804, 0x192843008, 0x24a32a421, 0x388421086,
    0x56b5aac00, 0x46318bc00, 0x3a318b800, 0x42f8c5e0,  0x421e8c7c0, 0x4219b400,  0x3e0e0f800,
    0x304213c42, 0x7a318c400, 0x11518c400, 0x2ab5ac400, 0x454454400, 0x3a1e8c620, 0x7c4447c00,
    0x608411098, 0x108421084, 0xc8441083,  0x9ac800,
};
enum { CELL_WIDTH = 12, CELL_HEIGHT = 18, LEFT = 8 };

static volatile u32 *pixels;
static u32 width, height, stride, x, y;

void screen_start(void) {
  if (boot->format == FRAMEBUFFER_NONE || !boot->framebuffer || boot->stride < boot->width ||
      boot->width < 320 || boot->height < 200 ||
      boot->framebuffer_bytes / 4 / boot->stride < boot->height)
    return;
  pixels = device_map(boot->framebuffer, (u64)boot->stride * boot->height * 4);
  width = boot->width, height = boot->height, stride = boot->stride;
  x = LEFT;
}

static void blit(u64 glyph) {
  for (u32 row = 0; row < CELL_HEIGHT; row++)
    for (u32 column = 0; column < CELL_WIDTH; column++) {
      bool on = row / 2 < 7 && column / 2 < 5 && glyph >> (5 * (row / 2) + column / 2) & 1;
      pixels[(y + row) * stride + x + column] = on ? 0xffffff : 0;
    }
}

static void new_line(void) {
  for (; x + CELL_WIDTH <= width; x += CELL_WIDTH)
    blit(0);
  x = LEFT;
  y += CELL_HEIGHT;
  if (y + CELL_HEIGHT > height)
    y = 0;
}

void screen_write(const char *text, size_t bytes) {
  for (size_t i = 0; pixels && i < bytes; i++) {
    if (text[i] == '\n' || x + CELL_WIDTH > width)
      new_line();
    if (text[i] >= ' ' && text[i] <= '~') {
      blit(glyphs[text[i] - ' ']);
      x += CELL_WIDTH;
    }
  }
}
