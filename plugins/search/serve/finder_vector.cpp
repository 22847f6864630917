// What the merchant's own model says: cosines between the request's `vector` and the products',
// fused with the words.
//
// Models differ in what a cosine is worth (0.9 may be a stranger, 0.3 a twin), so it is measured
// between the last of the nearest and the first, and the two relevances are added as shares of the
// best of each: a convex combination, which beats reciprocal ranks (Bruch, Gai, Ingber, TOIS 2023).
#include <algorithm>
#include <cmath>
#include <tuple>

#include "plugins/search/serve/finder.hpp"

namespace souk::search {
namespace {

constexpr std::size_t kMeasured = 200;  ///< the farthest of the nearest is worth nothing
constexpr std::size_t kLetIn = 50;      ///< products let in without the words
constexpr std::size_t kModels = 5;      ///< products that others are alike to
constexpr std::size_t kAlike = 20;      ///< products let in because they are alike
constexpr float kAlikeShare = 0.25F;    ///< of the best text, as a meaning without words

/// The length of most products' vectors; 0: no product has one.
std::uint32_t vector_length(const Corpus& corpus, std::size_t wanted) {
  std::uint32_t length = 0;
  std::uint32_t most = 0;
  for (const Corpus::Part& part : corpus.parts) {
    if (part.segment->vectors().dimensions() == wanted) return part.segment->vectors().dimensions();
    if (part.segment->with_vector() <= most) continue;
    most = part.segment->with_vector();
    length = part.segment->vectors().dimensions();
  }
  return length;
}

/// 1 of the nearest, 0 of the last that is measured.
class CosineScale {
 public:
  CosineScale(float best, float last) : last_(last), width_(best - last) {}
  [[nodiscard]] float of(float cosine) const {
    return width_ > 1e-6F ? std::clamp((cosine - last_) / width_, 0.0F, 1.0F) : 1.0F;
  }

 private:
  float last_, width_;
};

}  // namespace

Status Finder::check_vector(const Question& question, const Sources& sources) {
  const std::vector<float>& vector = question.vector;
  if (vector.empty()) return {};
  const auto wrong = [](const std::string& what) {
    return Status(Code::invalid_argument, what, "vector");
  };
  const auto bad = std::find_if_not(vector.begin(), vector.end(),
                                    [](float value) { return std::isfinite(value); });
  if (bad != vector.end()) {
    return wrong("vector holds what is no finite number, at place " +
                 std::to_string(bad - vector.begin() + 1));
  }
  if (ByteQuery(vector).empty()) return wrong("vector has no direction: all its numbers are 0");
  const std::uint32_t length = vector_length(sources.corpus, vector.size());
  if (length == 0 || length == vector.size()) return {};
  return wrong("vector has " + std::to_string(vector.size()) + " numbers, the products' have " +
               std::to_string(length));
}

/// The nearest of what is allowed, over all parts.
void Finder::near_vectors(const ByteQuery& asked, const Sources& sources, std::size_t most,
                          std::vector<NearProduct>& found) const {
  std::vector<ByteVectors::Near> nearest;
  for (std::uint32_t part = 0; part < allowed_.size(); ++part) {
    const ByteVectors& vectors = sources.corpus.parts[part].segment->vectors();
    if (vectors.dimensions() != asked.dimensions()) continue;
    asked.nearest(vectors, allowed_[part], most, -2, nearest);
    for (const ByteVectors::Near& near : nearest)
      found.push_back({part, near.doc, near.cosine});
  }
  std::sort(found.begin(), found.end(), [](const NearProduct& a, const NearProduct& b) {
    return std::tie(b.cosine, a.part, a.doc) < std::tie(a.cosine, b.part, b.doc);
  });
  if (found.size() > most) found.resize(most);
}

void Finder::add_vector(const Question& question, const Sources& sources, Answer& answer) {
  const double weight = sources.serving.weights.vectors;
  if (weight <= 0 || !question.hits) return;
  const ByteQuery asked(question.vector);
  std::vector<NearProduct> found;
  near_vectors(asked, sources, kMeasured, found);
  if (found.empty()) {
    answer.notes.emplace_back("no product has a vector: ranked by the words alone");
    return;
  }
  const CosineScale scale(found.front().cosine, found.size() > 1 ? found.back().cosine : -1);
  const bool browsing = !has_words();
  const float share = browsing ? 1 : static_cast<float>(weight / (1 + weight));
  float best = 0;
  float last = 0;
  for (const Scored& scored : scored_) {
    best = std::max(best, scored.text);
    last = scored.text;
  }
  if (best <= 0) best = 1;
  for (Scored& scored : scored_) {
    const ByteVectors& vectors = sources.corpus.parts[scored.part].segment->vectors();
    scored.words = browsing ? 0 : (1 - share) * scored.text / best;
    scored.meaning = asked.cosine(vectors, scored.doc);
    const bool near = vectors.dimensions() == asked.dimensions() && vectors.has(scored.doc);
    scored.text = scored.words + (near ? share * scale.of(scored.meaning) : 0);
    scored.missing = 0;  // words that it lacks have cost it already
  }
  std::size_t let_in = 0;
  for (const NearProduct& near : found) {
    const bool ranked = std::any_of(scored_.begin(), scored_.end(), [&](const Scored& s) {
      return s.part == near.part && s.doc == near.doc;
    });
    if (ranked) continue;
    const bool there = matches_[near.part].contains(near.doc);
    if (!there && ++let_in > kLetIn) break;
    if (!there) {
      matches_[near.part].add(near.doc);
      ++total_;
    }
    const Segment& segment = *sources.corpus.parts[near.part].segment;
    // What has the words further down has at most what the last that was ranked has.
    const float words = there && !browsing ? (1 - share) * last / best : 0;
    scored_.push_back({.part = near.part,
                       .doc = near.doc,
                       .missing = 0,
                       .sold_out = segment.sold_out().contains(near.doc),
                       .key = segment.key(near.doc),
                       .text = words + share * scale.of(near.cosine),
                       .words = words,
                       .meaning = near.cosine,
                       .score = 0});
  }
  answer.sources.emplace_back("vector");
}

/// Where few products have all words: those that the merchant's model holds to be like them.
void Finder::add_alike(const Sources& sources) {
  std::vector<float> middle;
  float best = 0;
  std::uint8_t missing = 1;
  std::size_t taken = 0;
  for (const Scored& scored : scored_) {
    best = std::max(best, scored.text);
    if (scored.missing > 0) missing = scored.missing;
    const ByteVectors& vectors = sources.corpus.parts[scored.part].segment->vectors();
    if (scored.missing > 0 || taken >= kModels || vectors.dimensions() == 0 ||
        !vectors.has(scored.doc) || (taken > 0 && middle.size() != vectors.dimensions())) {
      continue;
    }
    ++taken;
    middle.resize(vectors.dimensions());
    const auto bytes = vectors.bytes(scored.doc);
    for (std::size_t i = 0; i < middle.size(); ++i)
      middle[i] += static_cast<float>(bytes[i]);
  }
  const ByteQuery asked(middle);
  if (asked.empty()) return;
  std::vector<NearProduct> found;
  near_vectors(asked, sources, kMeasured, found);
  if (found.size() < 2) return;
  const CosineScale scale(found.front().cosine, found.back().cosine);
  std::size_t let_in = 0;
  for (const NearProduct& near : found) {
    if (matches_[near.part].contains(near.doc)) continue;
    if (++let_in > kAlike) break;
    matches_[near.part].add(near.doc);
    ++total_;
    const Segment& segment = *sources.corpus.parts[near.part].segment;
    scored_.push_back({.part = near.part,
                       .doc = near.doc,
                       .missing = missing,
                       .sold_out = segment.sold_out().contains(near.doc),
                       .key = segment.key(near.doc),
                       .text = kAlikeShare * best * scale.of(near.cosine),
                       .meaning = near.cosine,
                       .score = 0});
  }
}

}  // namespace souk::search
