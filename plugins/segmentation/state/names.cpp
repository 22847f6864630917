#include "plugins/segmentation/state/names.hpp"

#include <mutex>

namespace souk::segmentation {
namespace {

constexpr std::string_view kBetween = " > ";
constexpr int kDeepest = 16;

/// At most kLongest bytes, without half a character at the end.
std::string_view cut(std::string_view text) {
  if (text.size() <= Names::kLongest) return text;
  std::size_t end = Names::kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80)
    --end;
  return text.substr(0, end);
}

}  // namespace

Names::Names(std::uint32_t most)
    : most_(most),
      chunk_count_(most / kChunk + 1),
      chunks_(new std::atomic<Entry*>[chunk_count_] {}) {
  clear();
}

void Names::clear() {
  const auto forget = [this] {
    const std::unique_lock lock(adding_);
    numbers_.clear();
  };
  forget();
  owned_.clear();
  size_.store(0, std::memory_order_relaxed);
  append("");  // 0 is no name
  forget();
  append("(other)");
}

NameId Names::append(std::string_view text) {
  const std::uint32_t number = size_.load(std::memory_order_relaxed);
  if ((number & (kChunk - 1)) == 0) {
    owned_.push_back(std::make_unique<Entry[]>(kChunk));
    chunks_[number >> kChunkBits].store(owned_.back().get(), std::memory_order_release);
  }
  Entry& made = entry(number);
  made.text = text;
  {
    const std::unique_lock lock(adding_);
    numbers_.emplace(made.text, number);
  }
  size_.store(number + 1, std::memory_order_release);
  return number;
}

NameId Names::find(std::string_view text) const {
  const auto found = numbers_.find(cut(text));
  return found == numbers_.end() ? 0 : found->second;
}

NameId Names::find_shared(std::string_view text) const {
  const std::shared_lock lock(adding_);
  return find(text);
}

NameId Names::number(std::string_view text) {
  if (text.empty()) return 0;
  if (const NameId known = find(text); known != 0) return known;
  if (size_.load(std::memory_order_relaxed) >= most_) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return kOther;
  }
  return append(cut(text));
}

NameId Names::category(std::string_view path) {
  if (const NameId known = find(path); known != 0 && low(known) != 0) return known;
  const NameId number_of = number(path);
  const std::size_t last = path.rfind(kBetween);
  if (number_of <= kOther || last == std::string_view::npos || path.size() > kLongest) {
    return number_of;
  }
  entry(number_of).links.store(category(path.substr(0, last)), std::memory_order_release);
  return number_of;
}

std::string_view Names::text(NameId name) const {
  return name == 0 || name >= size() ? std::string_view() : std::string_view(entry(name).text);
}

NameId Names::low(NameId name) const {
  if (name == 0 || name >= size()) return 0;
  return static_cast<NameId>(entry(name).links.load(std::memory_order_acquire));
}

bool Names::within(NameId category, NameId above) const {
  for (int depth = 0; depth < kDeepest && category != 0; ++depth) {
    category = low(category);
    if (category == above && above != 0) return true;
  }
  return false;
}

void Names::set_product(NameId product, Product of) {
  if (product <= kOther || product >= size()) return;
  const std::uint64_t links = std::uint64_t{of.brand} << 32U | of.category;
  if (entry(product).links.load(std::memory_order_relaxed) == links) return;
  entry(product).links.store(links, std::memory_order_release);
}

Names::Product Names::product(NameId product) const {
  if (product == 0 || product >= size()) return {};
  const std::uint64_t links = entry(product).links.load(std::memory_order_acquire);
  return {static_cast<NameId>(links), static_cast<NameId>(links >> 32U)};
}

void Names::set_list_price(NameId product, float price) {
  if (product > kOther && product < size()) entry(product).list_price = price;
}

float Names::list_price(NameId product) const {
  return product <= kOther || product >= size() ? 0 : entry(product).list_price;
}

void Names::bought(NameId product, std::optional<float> log_gap) {
  if (product <= kOther || product >= size()) return;
  constexpr auto kRelaxed = std::memory_order_relaxed;
  for (const NameId of : {product, NameId{0}}) {
    Rebuys& rebuys = entry(of).rebuys;
    rebuys.purchases.store(rebuys.purchases.load(kRelaxed) + 1, kRelaxed);
    if (!log_gap) continue;
    rebuys.gaps.store(rebuys.gaps.load(kRelaxed) + 1, kRelaxed);
    rebuys.log_gaps.store(rebuys.log_gaps.load(kRelaxed) + *log_gap, kRelaxed);
  }
}

RebuyRate Names::rebuys_of(NameId product) const {
  if (product >= size()) return {};
  const Rebuys& rebuys = entry(product).rebuys;
  return {rebuys.log_gaps.load(std::memory_order_relaxed),
          rebuys.gaps.load(std::memory_order_relaxed),
          rebuys.purchases.load(std::memory_order_relaxed)};
}

void Names::save(souk::Writer& writer) const {
  const auto save_rebuys = [&](NameId name) {
    const RebuyRate rate = rebuys_of(name);
    writer.count(rate.purchases);
    if (rate.purchases == 0) return;
    writer.count(rate.gaps);
    writer.number(rate.log_gaps);
  };
  writer.count(size());
  save_rebuys(0);
  for (NameId name = 2; name < size(); ++name) {
    writer.text(entry(name).text);
    writer.count(entry(name).links.load(std::memory_order_relaxed));
    writer.number(entry(name).list_price);
    save_rebuys(name);
  }
  writer.count(dropped());
}

void Names::load(souk::Reader& reader) {
  clear();
  const std::uint64_t names = reader.count(most_);
  const auto load_rebuys = [&](NameId name) {
    Rebuys& rebuys = entry(name).rebuys;
    const auto purchases = static_cast<std::uint32_t>(reader.count(UINT32_MAX));
    rebuys.purchases.store(purchases, std::memory_order_relaxed);
    if (purchases == 0) return;
    rebuys.gaps.store(static_cast<std::uint32_t>(reader.count(UINT32_MAX)),
                      std::memory_order_relaxed);
    rebuys.log_gaps.store(reader.number<float>(), std::memory_order_relaxed);
  };
  load_rebuys(0);
  for (NameId name = 2; name < names && reader.ok(); ++name) {
    append(reader.text(kLongest));
    entry(name).links.store(reader.count(), std::memory_order_relaxed);
    entry(name).list_price = reader.number<float>();
    load_rebuys(name);
  }
  dropped_.store(reader.count(), std::memory_order_relaxed);
}

}  // namespace souk::segmentation
