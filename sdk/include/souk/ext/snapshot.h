/*
 * souk.snapshot/1, plugin side: state that survives restarts without folding the whole log again.
 */
/* The comments are laid out by hand and checked by a test. */
/* clang-format off */
#ifndef SOUK_EXT_SNAPSHOT_H
#define SOUK_EXT_SNAPSHOT_H

#include "souk/abi.h"

#define SOUK_EXT_SNAPSHOT "souk.snapshot/1"

typedef struct souk_snapshot_v1 {
  /*
   * The version of the plugin's format. A stored snapshot of another version is not offered to
   * restore(); the log is replayed instead.
   */
  uint32_t format_version;
  uint32_t reserved; /* 0 */

  /*
   * Writes the whole state through `write`, in pieces of any size. The same events folded give the
   * same bytes. When `write` returns an error, stop and return it. The bytes are borrowed by the
   * host during each write only.
   * [event]
   */
  souk_status (*save)(const souk_plugin *plugin, souk_write write, void *user);

  /*
   * Replaces the fresh state by a saved one. Called at most once, between init and start. On
   * failure the host destroys the instance, makes a new one and tries an older snapshot or the log.
   * The bytes verified against their checksum, yet may come from an older build: check every size.
   * `read` and `user` are valid until this returns.
   * [control]
   */
  souk_status (*restore)(const souk_plugin *plugin, souk_read read, void *user);
} souk_snapshot_v1;

#endif /* SOUK_EXT_SNAPSHOT_H */
