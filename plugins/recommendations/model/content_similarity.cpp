// The writer's half: a product's features and the postings that lead to it.
#include "plugins/recommendations/model/content_similarity.hpp"

#include <algorithm>
#include <cmath>

namespace souk::recommendations {
namespace {

ContentSettings in_range(ContentSettings s) {
  s.max_items = std::clamp(s.max_items, 1u, 1u << 28);
  s.max_features = std::clamp(s.max_features, 16u, (1u << 27) - 1);
  s.features_per_item = std::clamp(s.features_per_item, 4u, ContentSimilarity::kMostFeatures);
  s.posting_items = std::clamp(s.posting_items, 16u, 4096u);
  return s;
}

void add(std::atomic<std::uint64_t>& counter, std::uint64_t by) {
  counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

// Room for full lists of all products, and as much again for blocks that wait for re-use.
std::size_t cells_for(const ContentSettings& s) {
  return std::max<std::size_t>(std::size_t{s.max_items} * s.features_per_item * 2,
                               std::size_t{1} << 17);
}

void move_cell(const BlockArena::Cell& from, BlockArena::Cell& to) {
  to.store(from.load(std::memory_order_relaxed), std::memory_order_release);
}

// Where `item` is or would be in the sorted list.
std::uint32_t place_of(const BlockArena::Cell* cells, std::uint32_t size, ItemId item) {
  std::uint32_t low = 0;
  for (std::uint32_t high = size; low < high;) {
    const std::uint32_t middle = (low + high) / 2;
    if (cells[middle].load(std::memory_order_relaxed) < item) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

ContentSimilarity::ContentSimilarity(const ContentSettings& settings)
    : settings_(in_range(settings)),
      names_(settings_.max_features),
      items_(settings_.max_items),
      postings_(settings_.max_features),
      item_cells_(cells_for(settings_)),
      posting_cells_(cells_for(settings_)) {
  for (std::uint32_t code = 0; code < weights_.size(); ++code) {
    const float often = std::log(static_cast<float>((code & 3) + 1));
    weights_[code] = settings_.weights[code >> 2] * (1 + often);
  }
}

std::uint64_t ContentSimilarity::pack(const Block& block) {
  return std::uint64_t{block.offset} | std::uint64_t{block.size_class} << 32 |
         std::uint64_t{block.size} << 36 | std::uint64_t{block.version & 0x7fff} << 49;
}
ContentSimilarity::Block ContentSimilarity::unpack(std::uint64_t word) {
  return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32 & 0xf),
          static_cast<std::uint32_t>(word >> 36 & 0x1fff), static_cast<std::uint32_t>(word >> 49)};
}

// ---- products ----

bool ContentSimilarity::upsert(ItemId item, std::span<const ContentFeatures::Feature> features) {
  if (item >= settings_.max_items || !items_.ensure(item)) {
    add(dropped_, features.size());
    return false;
  }
  items_end_ = std::max(items_end_, item + 1);
  Cells before;
  Cells after;
  const std::span<const std::uint32_t> was(before.data(), read_cells(item, before));
  const std::span<const std::uint32_t> is(after.data(), make_cells(features, after));
  if (std::equal(was.begin(), was.end(), is.begin(), is.end()))
    return false;  // only its stock has changed
  exchange(item, was, is.first(replace_cells(item, is)));
  return true;
}

bool ContentSimilarity::erase(ItemId item) { return items_.has(item) && upsert(item, {}); }

/// The product's cells in order of features. A feature that stands in several fields has the one
/// that weighs most, and counts as often as it stands there.
std::uint32_t ContentSimilarity::make_cells(std::span<const ContentFeatures::Feature> features,
                                            Cells& out) {
  struct Met {
    std::uint32_t feature;
    std::uint32_t field;
    std::uint32_t times;
  };
  std::array<Met, kMostFeatures> met;
  std::uint32_t size = 0;
  std::uint64_t left_out = 0;
  for (const auto& [name, field] : features) {
    // A feature that will not be kept needs no number.
    const bool room = size < settings_.features_per_item;
    const std::uint32_t feature = room ? names_.intern(name) : names_.find(name);
    const auto place = static_cast<std::uint32_t>(field);
    const auto end = met.begin() + size;
    const auto same =
        std::find_if(met.begin(), end, [&](const Met& m) { return m.feature == feature; });
    if (same != end) {
      if (settings_.weights[place] > settings_.weights[same->field]) same->field = place;
      same->times = std::min(same->times + 1, 4u);
    } else if (room && feature != kNoItem && postings_.ensure(feature)) {
      met[size++] = {feature, place, 1};
    } else {
      ++left_out;
    }
  }
  add(dropped_, left_out);
  for (std::uint32_t i = 0; i < size; ++i)
    out[i] = met[i].feature << kCodeBits | met[i].field << 2 | (met[i].times - 1);
  std::sort(out.begin(), out.begin() + size);
  return size;
}

// A list stands in a block of its own that is never changed: a reader that sees the same header
// before and after it has read, has read one list.
// Returns how many cells stand there now: all, or none without memory.
std::uint32_t ContentSimilarity::replace_cells(ItemId item, std::span<const std::uint32_t> cells) {
  auto& word = items_[item];
  const Block old = unpack(word.load(std::memory_order_relaxed));
  Block block{0, 0, 0, old.version + 1};
  if (!cells.empty()) {
    block.size_class = BlockArena::class_for(static_cast<std::uint32_t>(cells.size()));
    block.offset = item_cells_.allocate(block.size_class);
    block.size = static_cast<std::uint32_t>(cells.size());
    // cells_for() leaves room for every product's longest list.
    if (block.offset == BlockArena::kNone) block = {0, 0, 0, old.version + 1};
    for (std::uint32_t i = 0; i < block.size; ++i)
      item_cells_.cells(block.offset)[i].store(cells[i], std::memory_order_release);
  }
  word.store(pack(block), std::memory_order_release);
  if (old.size > 0) item_cells_.release(old.offset, old.size_class);
  const std::uint32_t products = products_.load(std::memory_order_relaxed);
  const auto gained = static_cast<std::uint32_t>((block.size > 0 ? 1 : 0) - (old.size > 0 ? 1 : 0));
  products_.store(products + gained, std::memory_order_release);
  return block.size;
}

void ContentSimilarity::exchange(ItemId item, std::span<const std::uint32_t> before,
                                 std::span<const std::uint32_t> after) {
  auto was = before.begin();
  auto is = after.begin();
  while (was != before.end() || is != after.end()) {
    const std::uint32_t leaves = was == before.end() ? kNoItem : *was >> kCodeBits;
    const std::uint32_t comes = is == after.end() ? kNoItem : *is >> kCodeBits;
    if (leaves < comes) unpost(leaves, item);
    if (comes < leaves) post(comes, item);
    if (leaves <= comes) ++was;
    if (comes <= leaves) ++is;
  }
}

// ---- postings ----

void ContentSimilarity::count_products(Posting& posting, std::uint32_t products) {
  posting.products.store(products, std::memory_order_release);
  posting.log_products.store(std::log(static_cast<float>(products) + 0.5f),
                             std::memory_order_release);
}

bool ContentSimilarity::widen(Posting& posting, Block& block) {
  Block wider = block;
  wider.size_class = block.size == 0 ? 0 : block.size_class + 1;
  wider.offset = posting_cells_.allocate(wider.size_class);
  if (wider.offset == BlockArena::kNone) return false;
  wider.version = (block.version + 1) & 0x7fff;
  const auto* from = posting_cells_.cells(block.offset);
  auto* to = posting_cells_.cells(wider.offset);
  for (std::uint32_t i = 0; i < block.size; ++i)
    move_cell(from[i], to[i]);
  posting.header.store(pack(wider), std::memory_order_release);
  if (block.size > 0) posting_cells_.release(block.offset, block.size_class);
  block = wider;
  return true;
}

/// Room for one more, given that `item` is to be kept. A full posting gives up its oldest eighth at
/// once: to give up one would move all the others at every upsert.
bool ContentSimilarity::make_room(Posting& posting, Block& block, ItemId item) {
  const bool has_block = posting.header.load(std::memory_order_relaxed) != 0;
  const std::uint32_t room = has_block ? BlockArena::class_cells(block.size_class) : 0;
  if (block.size < std::min(room, settings_.posting_items)) return true;
  if (block.size < settings_.posting_items && widen(posting, block)) return true;
  auto* cells = posting_cells_.cells(block.offset);
  if (block.size == 0 || item < cells[0].load(std::memory_order_relaxed)) {
    add(dropped_postings_, 1);
    return false;
  }
  const std::uint32_t leave = std::max(1u, block.size / 8);
  for (std::uint32_t i = leave; i < block.size; ++i)
    move_cell(cells[i], cells[i - leave]);
  block.size -= leave;
  add(dropped_postings_, leave);
  return true;
}

void ContentSimilarity::post(std::uint32_t feature, ItemId item) {
  Posting& posting = postings_[feature];
  count_products(posting, posting.products.load(std::memory_order_relaxed) + 1);
  Block block = unpack(posting.header.load(std::memory_order_relaxed));
  if (!make_room(posting, block, item)) return;
  auto* cells = posting_cells_.cells(block.offset);
  const std::uint32_t place = place_of(cells, block.size, item);
  for (std::uint32_t i = block.size; i > place; --i)
    move_cell(cells[i - 1], cells[i]);
  cells[place].store(item, std::memory_order_release);
  ++block.size;
  posting.header.store(pack(block), std::memory_order_release);
}

void ContentSimilarity::unpost(std::uint32_t feature, ItemId item) {
  Posting& posting = postings_[feature];
  count_products(posting, posting.products.load(std::memory_order_relaxed) - 1);
  Block block = unpack(posting.header.load(std::memory_order_relaxed));
  if (block.size == 0) return;
  auto* cells = posting_cells_.cells(block.offset);
  const std::uint32_t place = place_of(cells, block.size, item);
  if (place == block.size || cells[place].load(std::memory_order_relaxed) != item) return;
  for (std::uint32_t i = place + 1; i < block.size; ++i)
    move_cell(cells[i], cells[i - 1]);
  --block.size;
  posting.header.store(pack(block), std::memory_order_release);
}

std::size_t ContentSimilarity::memory_bytes() const {
  return names_.memory_bytes() + items_.memory_bytes() + postings_.memory_bytes() +
         item_cells_.memory_bytes() + posting_cells_.memory_bytes();
}

}  // namespace souk::recommendations
