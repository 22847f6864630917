// The snapshot of ContentSimilarity; its fields are listed at save().
#include <algorithm>
#include <string>
#include <vector>

#include "plugins/recommendations/model/content_similarity.hpp"

namespace souk::recommendations {
namespace {
constexpr std::uint32_t kEnd = 0xffffffffu;
}  // namespace

Status ContentSimilarity::save(ByteSink& sink) const {
  if (Status status = names_.save(sink); !status.ok()) return status;
  SnapshotWriter out(sink, "SKCS", 1);
  out.u64(dropped_features());
  out.u64(dropped_postings());
  out.u32(items_end_);
  Cells cells;
  for (ItemId item = 0; item < items_end_; ++item) {
    const std::uint32_t size = read_cells(item, cells);
    out.u8(static_cast<std::uint8_t>(size));
    for (std::uint32_t i = 0; i < size; ++i)
      out.u32(cells[i]);
  }
  std::vector<ItemId> posting(settings_.posting_items);
  for (std::uint32_t feature = 0; feature < names_.size(); ++feature) {
    if (!postings_.has(feature)) continue;
    const std::uint32_t size = read_posting(feature, settings_.posting_items, posting.data());
    if (size == postings_[feature].products.load(std::memory_order_relaxed)) continue;
    out.u32(feature);
    out.u32(size);
    for (std::uint32_t i = 0; i < size; ++i)
      out.u32(posting[i]);
  }
  out.u32(kEnd);
  return out.finish();
}

Status ContentSimilarity::load(ByteSource& source) {
  if (names_.size() != 0) {
    return Status(Code::failed_precondition, "a snapshot is loaded into an empty model only");
  }
  if (Status status = names_.load(source); !status.ok()) return status;
  SnapshotReader in(source, "SKCS", 1);
  const std::uint64_t dropped = in.u64();
  const std::uint64_t dropped_postings = in.u64();
  load_items(in);
  load_postings(in);
  dropped_.store(dropped, std::memory_order_relaxed);
  dropped_postings_.store(dropped_postings, std::memory_order_relaxed);
  return in.finish();
}

void ContentSimilarity::load_items(SnapshotReader& in) {
  const std::uint32_t items = in.count(settings_.max_items, "the number of products (max_items)");
  Cells cells;
  for (ItemId item = 0; in.ok() && item < items; ++item) {
    const std::uint32_t size = in.u8();
    if (size > kMostFeatures) return in.fail("a product has too many features");
    for (std::uint32_t i = 0; in.ok() && i < size; ++i) {
      cells[i] = in.u32();
      const std::uint32_t feature = cells[i] >> kCodeBits;
      if (feature >= names_.size() || (i > 0 && cells[i - 1] >> kCodeBits >= feature)) {
        return in.fail("a product's features are malformed");
      }
      if (!postings_.ensure(feature)) return in.fail("there is no memory for its features");
    }
    if (!in.ok()) return;
    if (!items_.ensure(item)) return in.fail("there is no memory for its products");
    items_end_ = item + 1;
    const std::span<const std::uint32_t> list(cells.data(), size);
    if (list.empty()) continue;
    if (replace_cells(item, list) != size) return in.fail("there is no memory for its products");
    exchange(item, {}, list);
  }
}

// Products were posted in order of their numbers, so a posting of which none had ever to leave is
// what it was. Of the others the snapshot says what they held.
void ContentSimilarity::load_postings(SnapshotReader& in) {
  std::uint32_t last = 0;
  for (bool first = true; in.ok(); first = false) {
    const std::uint32_t feature = in.u32();
    if (feature == kEnd || !in.ok()) return;
    if (feature >= names_.size() || !postings_.has(feature) || (!first && feature <= last)) {
      return in.fail("a posting of an unknown feature");
    }
    last = feature;
    Posting& posting = postings_[feature];
    const std::uint32_t products = posting.products.load(std::memory_order_relaxed);
    const std::uint32_t size = in.count(std::min(products, 4096u), "a posting's products");
    Block block = unpack(posting.header.load(std::memory_order_relaxed));
    block.size = 0;
    posting.header.store(pack(block), std::memory_order_release);
    count_products(posting, products - std::min(products, size));
    ItemId before = 0;
    for (std::uint32_t i = 0; in.ok() && i < size; ++i) {
      const ItemId item = in.count(items_end_ == 0 ? 0 : items_end_ - 1, "a posting's product");
      if (i > 0 && item <= before) return in.fail("a posting's products are out of order");
      before = item;
      if (in.ok()) post(feature, item);
    }
    if (in.ok()) count_products(posting, products);
  }
}

}  // namespace souk::recommendations
