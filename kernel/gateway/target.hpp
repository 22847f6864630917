// The request target taken apart: path segments and query parameters, percent-decoded strictly.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/schema/routes.hpp"

namespace souk::gateway {

/// Appends the decoded text to `out`. INVALID_ARGUMENT at an escape that is not '%' and two hex
/// digits, and at control characters, which no URL of ours holds; `part` ("the path") begins the
/// sentence. `plus_is_space`: form encoding, for queries, where tabs and line breaks are data.
[[nodiscard]] Status percent_decode(std::string_view part, std::string_view text,
                                    bool plus_is_space, std::string& out);

struct TargetSegment {
  std::string_view raw;      ///< as sent: "products%3Abatch"
  std::string_view decoded;  ///< an encoded slash stays inside
};

/// Reused from request to request by one thread; views live until the next parse.
class Target {
 public:
  /// INVALID_ARGUMENT for bad escapes, bytes that are not UTF-8, "." and ".." segments (encoded or
  /// not) and too many segments or parameters. An empty last segment (a trailing slash) is kept.
  Status parse(std::string_view path, std::string_view query);

  [[nodiscard]] const std::vector<TargetSegment>& segments() const noexcept { return segments_; }
  [[nodiscard]] const schema::Parameters& query() const noexcept { return query_; }
  /// The first parameter of this name; empty when there is none.
  [[nodiscard]] std::string_view parameter(std::string_view name) const noexcept;

 private:
  Status parse_path(std::string_view path);
  Status parse_query(std::string_view query);
  std::string text_;
  std::vector<TargetSegment> segments_;
  schema::Parameters query_;
};

/// True when the bytes are well-formed UTF-8.
[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

}  // namespace souk::gateway
