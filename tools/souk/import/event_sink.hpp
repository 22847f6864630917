// EventSink: where mappers put what they made of a file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "souk/v1/event.pb.h"

namespace souk::cli {

/// Called by one thread.
class EventSink {
 public:
  virtual ~EventSink() = default;
  /// An event that came from `line` (the first of several). An empty id is filled in from the
  /// content, so that importing the same file again makes the same ids.
  virtual void event(souk::v1::Event&& event, std::uint64_t line) = 0;
  /// A line that is not imported, and why. `text` is the line as it stands in the file.
  virtual void reject(std::uint64_t line, std::string_view reason, std::string_view text) = 0;
  /// Something worth a line of the summary that is no reject: "identical lines merged".
  virtual void note(std::string_view what, std::uint64_t count) = 0;
  /// Everything before must be durable before what follows is sent: products before orders.
  virtual void barrier() = 0;
};

}  // namespace souk::cli
