#include "plugins/recommendations/state/trials.hpp"

#include <algorithm>

namespace souk::recommendations {
namespace {
// Stops below the end of its range: a count that wraps would make a favourite of a stranger.
void raise(std::atomic<std::uint32_t>& counter, std::uint32_t by = 1) {
  const std::uint32_t now = counter.load(std::memory_order_relaxed);
  counter.store(now + std::min(by, 0xffffffffu - now), std::memory_order_release);
}
}  // namespace

void Trials::show(ItemId item) {
  if (!cells_.ensure(item)) return;
  items_end_ = std::max(items_end_, item + 1);
  raise(cells_[item].shown);
  raise(shown_);
}

void Trials::click(ItemId item) {
  const Trial now = of(item);
  if (now.clicked >= now.shown) return;
  raise(cells_[item].clicked);
  raise(clicked_);
}

Trials::Trial Trials::of(ItemId item) const {
  if (!cells_.has(item)) return {};
  // Clicks first: a click is never seen without the showing before it.
  const std::uint32_t clicked = cells_[item].clicked.load(std::memory_order_acquire);
  return {cells_[item].shown.load(std::memory_order_acquire), clicked};
}

Status Trials::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKTL", 1);
  out.u32(items_end_);
  for (ItemId item = 0; item < items_end_; ++item) {
    const Trial trial = of(item);
    out.u32(trial.shown);
    out.u32(trial.clicked);
  }
  return out.finish();
}

Status Trials::load(ByteSource& source) {
  SnapshotReader in(source, "SKTL", 1);
  const auto most = static_cast<std::uint32_t>(std::min<std::size_t>(cells_.max_size(), kNoItem));
  const std::uint32_t items = in.count(most, "the products that were shown (max_products)");
  for (ItemId item = 0; in.ok() && item < items; ++item) {
    const std::uint32_t shown = in.u32();
    const std::uint32_t clicked = in.count(shown, "clicks of what was shown");
    if (!in.ok() || shown == 0) continue;
    if (!cells_.ensure(item)) {
      in.fail("there is no memory for its products");
      break;
    }
    raise(cells_[item].shown, shown);
    raise(cells_[item].clicked, clicked);
    raise(shown_, shown);
    raise(clicked_, clicked);
  }
  items_end_ = in.ok() ? items : 0;
  return in.finish();
}

}  // namespace souk::recommendations
