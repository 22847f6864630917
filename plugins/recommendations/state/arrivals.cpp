#include "plugins/recommendations/state/arrivals.hpp"

#include <algorithm>

namespace souk::recommendations {

void Arrivals::put(ItemId item, std::uint32_t before_s, std::uint32_t since_s) {
  const Arrival arrival{since_s, item};
  const auto place = std::lower_bound(arrivals_.begin(), arrivals_.end(), arrival, newer);
  if (place != arrivals_.end() && place->item == item && place->since_s == since_s) return;
  if (before_s != 0 && before_s != since_s) erase(item, before_s);
  const auto at = std::lower_bound(arrivals_.begin(), arrivals_.end(), arrival, newer);
  if (at == arrivals_.end() && arrivals_.size() >= kMost) return;
  arrivals_.insert(at, arrival);
  if (arrivals_.size() > kMost) arrivals_.pop_back();
  changed_ = true;
}

void Arrivals::erase(ItemId item, std::uint32_t since_s) {
  const Arrival arrival{since_s, item};
  const auto place = std::lower_bound(arrivals_.begin(), arrivals_.end(), arrival, newer);
  if (place == arrivals_.end() || place->item != item) return;
  arrivals_.erase(place);
  changed_ = true;
}

void Arrivals::publish() {
  if (!changed_) return;
  // When readers hold every other copy the news goes with the next batch.
  changed_ = !view_.publish([&](std::vector<Arrival>& copy) { copy = arrivals_; });
}

void Arrivals::newest(std::uint32_t from_s, std::size_t most, std::vector<Arrival>& out) const {
  out.clear();
  view_.read([&](const std::vector<Arrival>& arrivals) {
    for (const Arrival& arrival : arrivals) {
      if (arrival.since_s < from_s || out.size() >= most) return;
      out.push_back(arrival);
    }
  });
}

}  // namespace souk::recommendations
