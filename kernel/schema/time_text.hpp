// Timestamps and durations as text: RFC 3339 and "1.5s", as Protobuf's JSON mapping writes them.
// Used inside this room only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace souk::schema {

/// A google.protobuf.Timestamp or Duration.
struct SecondsNanos {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
};

inline constexpr std::int64_t kMinTimestampSeconds = -62'135'596'800;  // 0001-01-01T00:00:00Z
inline constexpr std::int64_t kMaxTimestampSeconds = 253'402'300'799;  // 9999-12-31T23:59:59Z
inline constexpr std::int64_t kMaxDurationSeconds = 315'576'000'000;   // 10,000 years

/// "2026-11-22T10:00:00.5+02:00". False when it is not RFC 3339 or not of the years 1 to 9999.
bool parse_timestamp(std::string_view text, SecondsNanos& value) noexcept;
/// With 0, 3, 6 or 9 digits of fraction, in UTC; false when out of range.
bool append_timestamp(std::string& out, SecondsNanos value);

/// "1.5s", "-3s". False when it is not of this form or beyond 10,000 years.
bool parse_duration(std::string_view text, SecondsNanos& value) noexcept;
/// With 0, 3, 6 or 9 digits of fraction; false when out of range or of mixed signs.
bool append_duration(std::string& out, SecondsNanos value);

}  // namespace souk::schema
