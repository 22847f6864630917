#include "plugins/search/state/stock.hpp"

#include <algorithm>

namespace souk::search {

void Stock::set(std::uint64_t product, std::uint64_t level, std::optional<double> available) {
  const auto owner = owner_.find(level);
  if (owner == owner_.end() && owner_.size() >= limit_) {
    ++dropped_;
    return;
  }
  if (owner != owner_.end() && owner->second != product) remove(level);
  owner_[level] = product;
  auto& levels = products_[product];
  auto at =
      std::find_if(levels.begin(), levels.end(), [&](const Level& l) { return l.id == level; });
  if (at == levels.end()) at = levels.insert(levels.end(), Level{level, 0, false});
  at->available = available.value_or(0);
  at->counted = available.has_value();
}

std::uint64_t Stock::remove(std::uint64_t level) {
  const auto owner = owner_.find(level);
  if (owner == owner_.end()) return 0;
  const std::uint64_t product = owner->second;
  owner_.erase(owner);
  auto& levels = products_[product];
  std::erase_if(levels, [&](const Level& l) { return l.id == level; });
  if (levels.empty()) products_.erase(product);
  return product;
}

StockState Stock::state(std::uint64_t product) const {
  StockState state;
  const auto found = products_.find(product);
  if (found == products_.end()) return state;
  state.counted = true;
  state.sellable = false;
  for (const Level& level : found->second) {
    if (!level.counted) return {};  // somewhere it is without limit
    state.quantity += static_cast<float>(level.available);
    if (level.available > 0) state.sellable = true;
    (level.available > 0 ? state.some : state.none) |= std::uint64_t{1} << (level.id & 63);
  }
  return state;
}

void Stock::save(souk::Writer& writer) const {
  writer.map(products_, [](souk::Writer& out, std::uint64_t product, const auto& levels) {
    out.number(product);
    out.count(levels.size());
    for (const Level& level : levels) {
      out.number(level.id);
      out.number(level.available);
      out.boolean(level.counted);
    }
  });
}

void Stock::load(souk::Reader& reader) {
  products_.clear();
  owner_.clear();
  reader.map(limit_, [this](souk::Reader& in) {
    const auto product = in.number<std::uint64_t>();
    auto& levels = products_[product];
    for (std::uint64_t left = in.count(limit_); left > 0 && in.ok(); --left) {
      Level level;
      level.id = in.number<std::uint64_t>();
      level.available = in.number<double>();
      level.counted = in.boolean();
      levels.push_back(level);
      owner_[level.id] = product;
    }
  });
}

}  // namespace souk::search
