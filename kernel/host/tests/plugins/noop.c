/* The smallest fold: counts. For the figures of delivery and replay. Its manifest's bytes are
 * written by hand: id "noop", version "1", abi_major 1, reads "souk.v1.ProductViewed". */
#include <stddef.h>

#include <souk/abi.h>

#include "note_section.h"

#define MANIFEST         \
  "\x0a\x04noop\x12\x01" \
  "1\x20\x01\x4a\x15souk.v1.ProductViewed"
#define MANIFEST_SIZE (sizeof(MANIFEST) - 1)

__attribute__((NOTE_SECTION)) static const struct {
  uint32_t owner_size, size, type;
  char owner[8];
  char bytes[(sizeof(MANIFEST) - 1 + 3) / 4 * 4];
} note = {5, MANIFEST_SIZE, SOUK_NOTE_MANIFEST, "souk", MANIFEST};

static uint64_t folded;

static souk_status init(const souk_plugin* plugin, souk_bytes settings) {
  (void)plugin, (void)settings;
  return SOUK_OK;
}
static souk_status start(const souk_plugin* plugin) {
  (void)plugin;
  return SOUK_OK;
}
static void destroy(const souk_plugin* plugin) { (void)plugin; }
static souk_status events(const souk_plugin* plugin, const souk_event* const* batch, uint32_t count,
                          uint32_t* done) {
  (void)plugin, (void)batch;
  folded += count;
  *done = count;
  return SOUK_OK;
}

static const souk_plugin plugin = {
    sizeof(souk_plugin), 0, NULL, NULL, init, start, start, destroy, events, NULL};
static const souk_plugin* create(const souk_host* host) {
  (void)host;
  return &plugin;
}
static const souk_entry entry = {sizeof(souk_entry),          SOUK_ABI_MAJOR, 0, 0,
                                 {note.bytes, MANIFEST_SIZE}, create};

const souk_entry* souk_plugin_entry(void) { return &entry; }
