#include "plugins/search/serve/category_intent.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace souk::search {
namespace {

constexpr double kLeastShare = 0.6;     // of the weight of all votes
constexpr double kMostOfCatalog = 0.5;  // what half of the catalog is in tells nothing apart
constexpr std::size_t kFewestVotes = 5;
constexpr float kFewestClicks = 3;
/// What the clicks of a question weigh against its texts: as much at so many.
constexpr double kClicksAsTexts = 5;
constexpr double kFactor = 1.3;

const TextColumn* categories_of(const Segment& segment) {
  for (const TextColumn& column : segment.columns().texts()) {
    if (column.name == "categories") return &column;
  }
  return nullptr;
}

/// Weights by path; the texts are those of the segments.
class Tallies {
 public:
  explicit Tallies(const Corpus& corpus) {
    for (const Corpus::Part& part : corpus.parts)
      columns_.push_back(categories_of(*part.segment));
  }
  /// Counts for every level of the product's paths.
  void count(std::uint32_t part, DocId doc, double weight) {
    if (columns_[part] == nullptr) return;
    columns_[part]->ordinals.for_each(doc, [&](Ordinal ordinal) {
      votes_.push_back({part, ordinal, weight});
    });
  }
  /// Adds up what was counted. Votes are few, paths long: so paths are compared once a path.
  [[nodiscard]] std::vector<std::pair<std::string_view, double>> sums() {
    std::stable_sort(votes_.begin(), votes_.end(), [](const Vote& a, const Vote& b) {
      return a.part != b.part ? a.part < b.part : a.ordinal < b.ordinal;
    });
    std::vector<std::pair<std::string_view, double>> sums;
    for (std::size_t i = 0; i < votes_.size();) {
      const Vote& first = votes_[i];
      const std::string_view path = columns_[first.part]->dictionary.value(first.ordinal);
      // In one part each path stands once.
      auto at = first.part == votes_.front().part
                    ? sums.end()
                    : std::find_if(sums.begin(), sums.end(),
                                   [&](const auto& known) { return known.first == path; });
      if (at == sums.end()) at = sums.insert(at, {path, 0});
      for (;
           i < votes_.size() && votes_[i].part == first.part && votes_[i].ordinal == first.ordinal;
           ++i)
        at->second += votes_[i].weight;
    }
    return sums;
  }
  [[nodiscard]] std::uint64_t products_in(std::string_view path) const {
    std::uint64_t sum = 0;
    for (const TextColumn* column : columns_) {
      if (column == nullptr) continue;
      const Ordinal ordinal = column->dictionary.find(path);
      if (ordinal != Ordinals::kNone) sum += column->ordinals.documents_of(ordinal).size();
    }
    return sum;
  }

 private:
  struct Vote {
    std::uint32_t part;
    Ordinal ordinal;
    double weight;
  };
  std::vector<const TextColumn*> columns_;  ///< by part
  std::vector<Vote> votes_;
};

}  // namespace

void predict_category(std::span<const CategoryVote> votes, const QueryEntry* query,
                      const Corpus& corpus, std::vector<Intent>& intents) {
  Tallies tallies(corpus);
  double all = 0;
  for (const CategoryVote& vote : votes) {
    tallies.count(vote.part, vote.doc, vote.weight);
    all += vote.weight;
  }
  float clicks = 0;
  if (query != nullptr) {
    for (const ProductRate& rate : query->products)
      clicks += rate.clicks;
  }
  const bool clicked = clicks >= kFewestClicks;
  if (votes.size() < kFewestVotes && !clicked) return;
  if (clicked) {
    const double each = std::max(all, 1.0) / kClicksAsTexts;
    for (const ProductRate& rate : query->products) {
      const Corpus::Place place = corpus.find(rate.product);
      if (!place || rate.clicks <= 0) continue;
      const double weight = each * (rate.clicks + kBuyValue * rate.buys);
      tallies.count(place.part, place.doc, weight);
      all += weight;
    }
  }
  std::string_view best;
  double weight = 0;
  for (const auto& [path, sum] : tallies.sums()) {
    // Of those with enough of the weight the longest path lies deepest.
    if (sum < kLeastShare * all || path.size() < best.size()) continue;
    if (path.size() == best.size() && path >= best) continue;
    best = path;
    weight = sum;
  }
  if (best.empty() || static_cast<double>(tallies.products_in(best)) >
                          kMostOfCatalog * static_cast<double>(corpus.products)) {
    return;
  }
  Intent intent;
  intent.when = equal_filter("categories", {std::string(best)});
  intent.filter = to_text(intent.when);
  const bool known = std::any_of(intents.begin(), intents.end(),
                                 [&](const Intent& i) { return i.filter == intent.filter; });
  if (known) return;
  const auto share = static_cast<int>(100 * weight / all + 0.5);
  intent.evidence = "category of " + std::to_string(share) + " % of what fits best";
  if (clicked) intent.evidence += " or was clicked for it";
  intent.factor = kFactor;
  intent.in_text = true;
  intents.push_back(std::move(intent));
}

}  // namespace souk::search
