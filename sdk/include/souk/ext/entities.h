/*
 * souk.entities/1, host side: the present state of a product, customer, account, order or stock
 * level.
 */
/* The comments are laid out by hand and checked by a test. */
/* clang-format off */
#ifndef SOUK_EXT_ENTITIES_H
#define SOUK_EXT_ENTITIES_H

#include "souk/abi.h"

#define SOUK_EXT_ENTITIES "souk.entities/1"

/*
 * `entity` is the wire bytes of the entity's message (souk.v1.Product …); borrowed until this
 * returns. Called exactly once, before get() returns and on its thread; SOUK_E_NOT_FOUND when there
 * is none.
 * [any-thread]
 */
typedef void (*souk_on_entity)(void *user, souk_status status, souk_bytes entity);

typedef struct souk_entities_v1 {
  /*
   * Reads one entity; `kind` is "product", "customer", "account", "order" or "inventory". It reads
   * the database: for jobs and rare look-ups. A fold keeps what it needs from the events instead
   * and is refused here with SOUK_E_FAILED_PRECONDITION. `kind` and `id` are borrowed until this
   * returns.
   * [call]
   */
  void (*get)(const souk_host *host, souk_bytes kind, souk_bytes id, souk_on_entity on_entity,
              void *user);
} souk_entities_v1;

#endif /* SOUK_EXT_ENTITIES_H */
