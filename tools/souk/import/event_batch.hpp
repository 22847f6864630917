// EventBatch: events on their way to the daemon, as the wire bytes of souk.v1.PostEventsRequest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace souk::cli {

class EventBatch {
 public:
  struct Item {
    std::size_t offset = 0;  ///< of the element, tag included
    std::uint64_t line = 0;  ///< of the file
  };

  /// Adds one event's wire bytes.
  void add(std::string_view event, std::uint64_t line);
  [[nodiscard]] const std::string& body() const noexcept { return body_; }
  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
  [[nodiscard]] bool empty() const noexcept { return items_.empty(); }
  [[nodiscard]] std::uint64_t line(std::size_t at) const noexcept { return items_[at].line; }
  /// Events [from, to) as a batch of their own.
  [[nodiscard]] EventBatch part(std::size_t from, std::size_t to) const;

 private:
  std::string body_;
  std::vector<Item> items_;
};

}  // namespace souk::cli
