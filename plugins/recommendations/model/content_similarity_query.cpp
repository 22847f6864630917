// The readers' half: a question's vector, candidates from the rarest features, exact cosines.
#include <algorithm>
#include <cmath>
#include <functional>

#include "plugins/recommendations/model/content_similarity.hpp"

namespace souk::recommendations {
namespace {
// A reader that meets a list while it is replaced reads again; products are upserted rarely.
constexpr int kReadAttempts = 4;
// So many of the best by partial products are offered to accept() and then compared.
constexpr std::size_t kNear = 512;

bool better(const ContentMatch& a, const ContentMatch& b) {
  return a.score != b.score ? a.score > b.score : a.item < b.item;
}
}  // namespace

std::uint32_t ContentSimilarity::read_cells(ItemId item, Cells& out) const {
  if (!items_.has(item)) return 0;
  const auto& word = items_[item];
  for (int attempt = 0; attempt < kReadAttempts; ++attempt) {
    const std::uint64_t before = word.load(std::memory_order_acquire);
    const Block block = unpack(before);
    if (block.size == 0 || block.size > kMostFeatures) return 0;
    const auto* cells = item_cells_.cells(block.offset);
    for (std::uint32_t i = 0; i < block.size; ++i)
      out[i] = cells[i].load(std::memory_order_acquire);
    if (word.load(std::memory_order_relaxed) == before) return block.size;
  }
  return 0;
}

/// The last `most` products of the posting: the newest.
std::uint32_t ContentSimilarity::read_posting(std::uint32_t feature, std::uint32_t most,
                                              ItemId* out) const {
  const auto& word = postings_[feature].header;
  for (int attempt = 0; attempt < kReadAttempts; ++attempt) {
    const Block block = unpack(word.load(std::memory_order_acquire));
    const std::uint32_t size = std::min(block.size, most);
    if (size == 0) return 0;
    const auto* cells = posting_cells_.cells(block.offset) + (block.size - size);
    for (std::uint32_t i = 0; i < size; ++i)
      out[i] = cells[i].load(std::memory_order_acquire);
    if (unpack(word.load(std::memory_order_relaxed)).version == block.version) return size;
  }
  return 0;
}

bool ContentSimilarity::holds(ItemId item) const {
  return items_.has(item) && unpack(items_[item].load(std::memory_order_acquire)).size > 0;
}

float ContentSimilarity::rarity(std::uint32_t feature, float log_catalog) const {
  return std::max(0.0f,
                  log_catalog - postings_[feature].log_products.load(std::memory_order_acquire));
}

void ContentSimilarity::prepare(std::span<const ItemId> items, std::span<const float> weights,
                                ContentFields fields, ContentQuery& query) const {
  query.terms.clear();
  query.items.assign(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(
                                                        std::min(items.size(), kMostAsked)));
  query.fields = fields;
  query.log_catalog = std::log(static_cast<float>(products()) + 1);
  Cells cells;
  for (std::size_t i = 0; i < query.items.size(); ++i) {
    const std::size_t first = query.terms.size();
    const std::uint32_t size = read_cells(query.items[i], cells);
    float square = 0;
    for (std::uint32_t c = 0; c < size; ++c) {
      if ((fields >> (cells[c] >> 2 & 7) & 1) == 0) continue;
      const std::uint32_t feature = cells[c] >> kCodeBits;
      const float rare = rarity(feature, query.log_catalog);
      const float weight = weight_of(cells[c]) * rare;
      square += weight * weight;
      query.terms.push_back({feature, weight, rare});
    }
    const float share = square > 0 ? (i < weights.size() ? weights[i] : 1) / std::sqrt(square) : 0;
    for (std::size_t t = first; t < query.terms.size(); ++t)
      query.terms[t].weight *= share;
  }
  const auto by_feature = [](const auto& a, const auto& b) { return a.feature < b.feature; };
  auto& terms = query.terms;
  if (query.items.size() > 1) std::sort(terms.begin(), terms.end(), by_feature);
  std::size_t kept = 0;
  for (std::size_t t = 0; t < terms.size(); ++t) {
    if (kept > 0 && terms[kept - 1].feature == terms[t].feature) {
      terms[kept - 1].weight += terms[t].weight;
    } else {
      terms[kept++] = terms[t];
    }
  }
  terms.resize(kept);
  if (kept > kMostTerms) {
    const auto heavier = [](const auto& a, const auto& b) {
      return a.weight != b.weight ? a.weight > b.weight : a.feature < b.feature;
    };
    std::nth_element(terms.begin(), terms.begin() + kMostTerms, terms.end(), heavier);
    terms.resize(kMostTerms);
    std::sort(terms.begin(), terms.end(), by_feature);
  }
  double square = 0;
  for (const auto& term : terms)
    square += double{term.weight} * term.weight;
  query.length = std::sqrt(square);
}

double ContentSimilarity::cosine(const ContentQuery& query, ItemId item) const {
  if (!(query.length > 0)) return 0;
  Cells cells;
  const std::uint32_t size = read_cells(item, cells);
  double product = 0;
  double square = 0;
  auto term = query.terms.begin();
  for (std::uint32_t c = 0; c < size; ++c) {
    if ((query.fields >> (cells[c] >> 2 & 7) & 1) == 0) continue;
    const std::uint32_t feature = cells[c] >> kCodeBits;
    const float weight = weight_of(cells[c]) * rarity(feature, query.log_catalog);
    square += double{weight} * weight;
    while (term != query.terms.end() && term->feature < feature)
      ++term;
    if (term != query.terms.end() && term->feature == feature) {
      product += double{weight} * term->weight;
    }
  }
  return product > 0 ? std::min(1.0, product / (std::sqrt(square) * query.length)) : 0;
}

void ContentSimilarity::collect(ContentScratch& scratch) const {
  const ContentQuery& query = scratch.query;
  scratch.order.resize(query.terms.size());
  for (std::uint32_t i = 0; i < scratch.order.size(); ++i)
    scratch.order[i] = i;
  std::sort(scratch.order.begin(), scratch.order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto& x = query.terms[a];
    const auto& y = query.terms[b];
    return x.rarity != y.rarity ? x.rarity > y.rarity : x.feature < y.feature;
  });
  scratch.posting.resize(kPostingsRead);
  scratch.sums.clear();
  std::size_t left = kPostingsRead;
  for (const std::uint32_t at : scratch.order) {
    const auto& term = query.terms[at];
    // The product's own weight is not in the posting: it stands for the question's.
    const float gain = term.weight * term.rarity;
    if (left == 0) break;
    if (!(gain > 0)) continue;
    const std::uint32_t size =
        read_posting(term.feature, static_cast<std::uint32_t>(left), scratch.posting.data());
    left -= size;
    for (std::uint32_t i = 0; i < size; ++i)
      scratch.sums[scratch.posting[i]] += gain;
  }
  scratch.near.clear();
  for (const auto& [item, sum] : scratch.sums.entries()) {
    if (std::find(query.items.begin(), query.items.end(), item) != query.items.end()) continue;
    scratch.near.push_back(near_of(sum, item));
  }
  // As whole numbers: comparing scores and ties one after the other takes most of the time.
  if (scratch.near.size() > kNear) {
    std::nth_element(scratch.near.begin(), scratch.near.begin() + kNear, scratch.near.end(),
                     std::greater<>());
    scratch.near.resize(kNear);
  }
}

void ContentSimilarity::sort_piece(std::vector<std::uint64_t>& near, std::size_t from) {
  const auto begin = near.begin() + static_cast<std::ptrdiff_t>(from);
  const auto end =
      near.begin() + static_cast<std::ptrdiff_t>(std::min(near.size(), from + kSortedAtOnce));
  if (end != near.end()) std::nth_element(begin, end, near.end(), std::greater<>());
  std::sort(begin, end, std::greater<>());
}

void ContentSimilarity::rank(std::size_t k, ContentScratch& scratch,
                             std::vector<ContentMatch>& out) const {
  out.clear();
  // Two lines of each, all over the catalog.
  for (const ItemId candidate : scratch.candidates)
    __builtin_prefetch(&items_[candidate]);
  for (const ItemId candidate : scratch.candidates) {
    const Block block = unpack(items_[candidate].load(std::memory_order_acquire));
    if (block.size > 0) __builtin_prefetch(item_cells_.cells(block.offset));
  }
  for (const ItemId candidate : scratch.candidates) {
    const double score = cosine(scratch.query, candidate);
    if (score > 0) out.push_back({candidate, score});
  }
  const auto top = out.begin() + static_cast<std::ptrdiff_t>(std::min(k, out.size()));
  std::partial_sort(out.begin(), top, out.end(), better);
  out.erase(top, out.end());
}

}  // namespace souk::recommendations
