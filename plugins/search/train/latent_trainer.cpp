#include "plugins/search/train/latent_trainer.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <vector>

#include "plugins/search/model/latent_text.hpp"

namespace souk::search {
namespace {

// A query counts when it was clicked through about twice: one click may be a slip.
constexpr float kLeastClicks = 1.5F;
constexpr float kMostSaid = 12;  ///< however often it is clicked: four times in the title
constexpr std::size_t kMostClickEdges = 2'000'000;

using ClickWords = std::unordered_map<std::uint64_t, std::vector<LatentWord>>;

std::vector<Language> languages_of(const Corpus& corpus) {
  return corpus.parts.empty() ? std::vector<Language>{}
                              : corpus.parts.front().segment->text().languages();
}

/// For each product the words of the queries by which it was found.
ClickWords click_words(const Corpus& corpus, const BehaviourView& behaviour) {
  ClickWords made;
  LatentWords words(languages_of(corpus));
  std::size_t edges = 0;
  std::vector<LatentWord> said;
  behaviour.queries.for_each([&](std::uint64_t, const QueryEntry& query) {
    said.clear();
    words.read(query.text, 1, said);
    for (const ProductRate& rate : query.products) {
      const float clicks = rate.clicks + static_cast<float>(kBuyValue) * rate.buys;
      if (clicks < kLeastClicks || edges >= kMostClickEdges) continue;
      for (const LatentWord& word : said) {
        made[rate.product].push_back({word.key, std::min(clicks, kMostSaid)});
        ++edges;
      }
    }
  });
  return made;
}

}  // namespace

Result<std::shared_ptr<const LatentSpace>> train_latent(
    const Corpus& corpus, const BehaviourView& behaviour, const LatentLimits& limits,
    const std::function<bool()>& cancelled, const std::function<void(double)>& progress) {
  const ClickWords clicks = click_words(corpus, behaviour);
  std::vector<LatentSegment> segments;
  for (const Corpus::Part& part : corpus.parts) {
    if (cancelled()) return Status(Code::cancelled, "the training was cancelled");
    segments.emplace_back(part.segment->text());
  }
  const LatentProducts products = [&](const auto& take) {
    std::vector<LatentWord> words;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      const Corpus::Part& part = corpus.parts[i];
      part.live->for_each_while([&](DocId doc) {
        segments[i].read(doc, words);
        const auto clicked = clicks.find(part.segment->key(doc));
        if (clicked != clicks.end()) {
          words.insert(words.end(), clicked->second.begin(), clicked->second.end());
          unite(words);
        }
        take(words);
        return !cancelled();
      });
    }
  };
  auto learned = learn_latent_space(products, limits, cancelled, progress);
  if (!learned) return learned.status();
  return std::make_shared<const LatentSpace>(std::move(*learned));
}

}  // namespace souk::search
