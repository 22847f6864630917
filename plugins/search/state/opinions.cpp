#include "plugins/search/state/opinions.hpp"

#include <algorithm>
#include <utility>

namespace souk::search {

float Opinion::share(std::uint64_t product) const {
  const auto at =
      std::lower_bound(products.begin(), products.end(), product,
                       [](const Recommended& r, std::uint64_t key) { return r.product < key; });
  return at != products.end() && at->product == product ? at->share : 0;
}

std::shared_ptr<const Opinion> Opinions::find(std::uint64_t key, std::int64_t now_us) const {
  const Part& part = parts_[key % kParts];
  const std::lock_guard lock(part.mutex);
  const auto at = part.all.find(key);
  if (at == part.all.end() || at->second->until_us <= now_us) return nullptr;
  return at->second;
}

void Opinions::put(std::uint64_t key, std::shared_ptr<const Opinion> opinion) {
  Part& part = parts_[key % kParts];
  const std::lock_guard lock(part.mutex);
  // All of a part give way: they are good for a moment only.
  if (part.all.size() >= kMost / kParts && !part.all.contains(key)) part.all.clear();
  part.all[key] = std::move(opinion);
}

void Opinions::clear() {
  for (Part& part : parts_) {
    const std::lock_guard lock(part.mutex);
    part.all.clear();
  }
}

std::size_t Opinions::size() const {
  std::size_t sum = 0;
  for (const Part& part : parts_) {
    const std::lock_guard lock(part.mutex);
    sum += part.all.size();
  }
  return sum;
}

}  // namespace souk::search
