// The schema, as numbered steps from an empty database to today's tables. One text for both
// engines.
#pragma once

#include "kernel/base/status.hpp"
#include "kernel/storage/connection.hpp"

namespace souk::storage {

/// The number of the newest migration that this build knows.
[[nodiscard]] int newest_schema_version() noexcept;

/// Brings the schema up to date. The caller holds the daemon lock, so no two processes migrate at
/// once; a step that was cut off by a crash is done again (each statement may run twice).
/// FAILED_PRECONDITION when the schema is newer than this build.
Status migrate(soci::session& session, Engine engine);

/// For tools that only read: FAILED_PRECONDITION unless the schema is exactly this build's.
Status require_current_schema(soci::session& session);

}  // namespace souk::storage
