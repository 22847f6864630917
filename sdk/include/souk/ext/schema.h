/* souk.schema/1, plugin side: the descriptors of its settings, events and services, as data. */
/* The comments are laid out by hand and checked by a test. */
/* clang-format off */
#ifndef SOUK_EXT_SCHEMA_H
#define SOUK_EXT_SCHEMA_H

#include "souk/abi.h"

#define SOUK_EXT_SCHEMA "souk.schema/1"

typedef struct souk_schema_v1 {
  /*
   * Wire bytes of a google.protobuf.FileDescriptorSet with every import, static, equal to the ELF
   * note of type SOUK_NOTE_SCHEMA. The host keeps a private pool of them for each plugin and does
   * JSON, validation and OpenAPI from it.
   */
  souk_bytes descriptor_set;
} souk_schema_v1;

#endif /* SOUK_EXT_SCHEMA_H */
