/*
 * souk.outbox/1: effects on the world (a message, a webhook) that a crash neither loses nor
 * repeats.
 */
/* The comments are laid out by hand and checked by a test. */
/* clang-format off */
#ifndef SOUK_EXT_OUTBOX_H
#define SOUK_EXT_OUTBOX_H

#include "souk/abi.h"

#define SOUK_EXT_OUTBOX "souk.outbox/1"

/* Host side. */
typedef struct souk_outbox_v1 {
  /*
   * Records an effect; it is durable together with the position of the event that caused it, and
   * then handed to the plugin's perform(). `key` (1 to 128 bytes) names the kind of effect for
   * operators; `payload` at most 1 MiB; both copied. With effects off: SOUK_OK, nothing is
   * recorded. SOUK_E_RESOURCE_EXHAUSTED: 100,000 effects of the instance wait.
   * [event]
   */
  souk_status (*enqueue)(const souk_host *host, souk_bytes key, int64_t not_before_us,
                         souk_bytes payload);

  /*
   * Says how the effect `id` ended, exactly once for each perform(). SOUK_OK: done, never again.
   * SOUK_E_UNAVAILABLE, SOUK_E_DEADLINE_EXCEEDED or SOUK_E_RESOURCE_EXHAUSTED: again later with
   * back-off, for up to 3 days. Anything else: given up, kept as a dead letter with `error`, which
   * the host copies.
   * [any-thread]
   */
  void (*done)(const souk_host *host, uint64_t id, souk_status status, souk_bytes error);
} souk_outbox_v1;

/* Plugin side, under the same id. */
typedef struct souk_outbox_handler_v1 {
  /*
   * Performs the effect and reports through done(), now or later. `id` is the same at every
   * attempt: give it to the receiver as idempotency key. `attempt` counts from 1; above 1 the
   * effect may have happened already (the daemon may have died between the effect and done()).
   * `key` and `payload` are borrowed until this returns.
   * [call]
   */
  void (*perform)(const souk_plugin *plugin, uint64_t id, uint32_t attempt, souk_bytes key,
                  souk_bytes payload);
} souk_outbox_handler_v1;

#endif /* SOUK_EXT_OUTBOX_H */
