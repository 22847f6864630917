/* souk.health/1, plugin side: what operators see of the instance. */
/* The comments are laid out by hand and checked by a test. */
/* clang-format off */
#ifndef SOUK_EXT_HEALTH_H
#define SOUK_EXT_HEALTH_H

#include "souk/abi.h"

#define SOUK_EXT_HEALTH "souk.health/1"

typedef struct souk_health_v1 {
  /*
   * Writes a souk.v1.PluginHealth: what data each model has and needs. Must not block.
   * The host borrows the bytes during each write only.
   * [call]
   */
  souk_status (*report)(const souk_plugin *plugin, souk_write write, void *user);
} souk_health_v1;

#endif /* SOUK_EXT_HEALTH_H */
