// The engine behind wire_to_json. Used inside this room only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/schema/message_table.hpp"
#include "kernel/schema/wire.hpp"
#include "kernel/schema/wire_to_json.hpp"

namespace souk::schema {

/// Writes one message after another. Not thread-safe.
class JsonWriter {
 public:
  /// `out` and `options` outlive the writing.
  void start(std::string& out, const JsonWriteOptions& options) noexcept;

  // False: the bytes are not such a message; see error(). `out` is then to be dropped.
  [[nodiscard]] bool write_content(const MessageTable& table, std::string_view wire,
                                   unsigned depth);
  [[nodiscard]] const std::string& error() const noexcept { return error_; }

 private:
  /// One field as it was met: bits of a number, or a view of anything with a length.
  struct Met {
    std::uint16_t field;
    bool packed;  // `bytes` are many numbers
    std::uint32_t order;
    std::uint64_t bits;
    std::string_view bytes;
  };
  using Range = std::pair<std::size_t, std::size_t>;  // of met_

  [[nodiscard]] bool write_message(const MessageTable& table, std::string_view wire,
                                   unsigned depth);
  [[nodiscard]] bool collect(const MessageTable& table, std::string_view wire);
  void drop_lost_oneofs(const MessageTable& table, std::size_t base);
  [[nodiscard]] bool write_field(const MessageTable& table, const Field& field, Range met,
                                 unsigned depth);
  [[nodiscard]] bool write_singular(const MessageTable& table, const Field& field, Range met,
                                    unsigned depth);
  [[nodiscard]] bool write_list(const Field& field, Range met, unsigned depth);
  [[nodiscard]] bool write_packed(const Field& field, std::string_view bytes, bool& first);
  [[nodiscard]] bool write_map(const Field& field, Range met, unsigned depth);
  [[nodiscard]] bool write_map_entry(const Field& field, std::string_view entry, unsigned depth);
  [[nodiscard]] bool write_one(const Field& field, const Met& met, unsigned depth);
  [[nodiscard]] bool write_string(std::string_view text);
  void write_number(const Field& field, std::uint64_t bits);
  [[nodiscard]] bool write_seconds_nanos(WellKnown kind, std::string_view wire);
  [[nodiscard]] bool write_field_mask(std::string_view wire);
  [[nodiscard]] bool write_wrapper(const Field& field, std::string_view wire, unsigned depth);
  [[nodiscard]] bool write_struct(std::string_view wire, unsigned depth);
  [[nodiscard]] bool write_value(std::string_view wire, unsigned depth);
  [[nodiscard]] bool write_list_value(std::string_view wire, unsigned depth);
  [[nodiscard]] bool write_custom_data(std::string_view bytes, Range siblings, unsigned depth,
                                       bool& written);
  void name(std::string_view json_name);
  bool fail(const MessageTable& table, std::string_view what);
  bool fail(std::string_view what);

  std::string* out_ = nullptr;
  const JsonWriteOptions* options_ = nullptr;
  std::vector<Met> met_;  // a stack: one range for each open message
  Range message_{0, 0};   // the range of the message whose fields are being written
  std::string error_;
};

}  // namespace souk::schema
