#include "kernel/gateway/tracking/rejections.hpp"

#include <algorithm>
#include <array>

namespace souk::gateway {
namespace {

/// Cut between two characters, not within one.
std::string cut(std::string_view text) {
  if (text.size() <= RecentRejections::kMaxText) return std::string(text);
  std::size_t size = RecentRejections::kMaxText;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80U)
    --size;
  return std::string(text.substr(0, size)) + "…";
}

/// A sender may write anything as the type: only those that exist are repeated.
std::string_view known_type(std::string_view type) noexcept {
  static constexpr std::array<std::string_view, 6> kTypes = {"track",  "identify", "page",
                                                             "screen", "group",    "alias"};
  const auto found = std::find(kTypes.begin(), kTypes.end(), type);
  return found == kTypes.end() ? std::string_view() : *found;
}

}  // namespace

void RecentRejections::add(std::int64_t now_us, std::string_view type, const Status& reason) {
  Rejection fresh{
      now_us, now_us, 1, std::string(known_type(type)), cut(reason.field()), cut(reason.message())};
  const std::lock_guard lock(mutex_);
  const auto known =
      std::find_if(newest_first_.begin(), newest_first_.end(), [&](const Rejection& one) {
        return one.type == fresh.type && one.field == fresh.field && one.reason == fresh.reason;
      });
  if (known != newest_first_.end()) {
    fresh.first_us = known->first_us;
    fresh.count = known->count + 1;
    newest_first_.erase(known);
  } else if (newest_first_.size() == kMost) {
    newest_first_.pop_back();
  }
  newest_first_.push_front(std::move(fresh));
}

std::vector<Rejection> RecentRejections::list() const {
  const std::lock_guard lock(mutex_);
  return {newest_first_.begin(), newest_first_.end()};
}

}  // namespace souk::gateway
