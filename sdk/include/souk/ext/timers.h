/* souk.timers/1: durable timers ("cart of shopper 7: 60 minutes"). */
/* The comments are laid out by hand and checked by a test. */
/* clang-format off */
#ifndef SOUK_EXT_TIMERS_H
#define SOUK_EXT_TIMERS_H

#include "souk/abi.h"

#define SOUK_EXT_TIMERS "souk.timers/1"

/*
 * Host side. Timers belong to the instance and are part of its snapshot: nothing to restore by
 * hand.
 */
typedef struct souk_timers_v1 {
  /*
   * Sets the timer `key` (1 to 256 bytes, copied), replacing one of the same key. `payload` (at
   * most 4 KiB, copied) comes back when it fires. A due time in the past fires before the next
   * event. SOUK_E_RESOURCE_EXHAUSTED beyond 1,000,000 timers of the instance.
   * [event]
   */
  souk_status (*set)(const souk_host *host, souk_bytes key, int64_t due_us, souk_bytes payload);

  /*
   * Removes the timer of this key (borrowed); SOUK_E_NOT_FOUND when there is none.
   * [event]
   */
  souk_status (*cancel)(const souk_host *host, souk_bytes key);
} souk_timers_v1;

/* Plugin side, under the same id. */
typedef struct souk_timer_handler_v1 {
  /*
   * The timer is due. `now` carries flags (effects off in a replay), the log position and the time;
   * its id, type and payload are empty. Failure is handled as in souk_plugin.events. Timers fire
   * ordered by due time, then key, before the first event whose received_us is at or after the due
   * time. All that is passed is borrowed until this returns.
   * [event]
   */
  souk_status (*fire)(const souk_plugin *plugin, souk_bytes key, int64_t due_us, souk_bytes payload,
                      const souk_event *now);
} souk_timer_handler_v1;

#endif /* SOUK_EXT_TIMERS_H */
