/*
 * souk.effect_events/1: what an effect came to, told by events that are durable if and only if its
 * end is.
 */
/* The comments are laid out by hand and checked by a test. */
/* clang-format off */
#ifndef SOUK_EXT_EFFECT_EVENTS_H
#define SOUK_EXT_EFFECT_EVENTS_H

#include "souk/abi.h"

#define SOUK_EXT_EFFECT_EVENTS "souk.effect_events/1"

/* Host side. */
typedef struct souk_effect_events_v1 {
  /*
   * Publishes an event with the attempt at the effect `effect` that goes on now, before its
   * souk.outbox/1 done(). When done() ends the effect, done or given up, the event and the end are
   * one transaction: a crash leaves both or neither. When done() asks for another attempt, the event
   * is dropped. The host copies everything; time_us 0 is the host clock.
   * SOUK_E_INVALID_ARGUMENT: as souk_host.publish. SOUK_E_FAILED_PRECONDITION: no attempt at this
   * effect goes on. SOUK_E_RESOURCE_EXHAUSTED: 16 events wait for this end.
   * [any-thread]
   */
  souk_status (*publish)(const souk_host *host, uint64_t effect,
                         const souk_publication *publication);
} souk_effect_events_v1;

#endif /* SOUK_EXT_EFFECT_EVENTS_H */
