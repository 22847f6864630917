// How well texts fit queries, for examples: by the same search that answers.
//
// Texts are read at the time of training, from the catalog as it is then. They hardly change with
// time, and nothing that shoppers do is in them, so nothing of later leaks into what is learned.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "plugins/search/serve/finder.hpp"

namespace souk::search {

struct TextFit {
  float relevance = 0;  ///< of the best of the answer: 0 … 1
  float exactness = 0;
};

/// One thread.
class ExampleTexts {
 public:
  /// `sources` must outlive it.
  explicit ExampleTexts(const Sources& sources);
  /// Fills `fits` with those of `products` that the query finds.
  void find(std::string_view query, const std::vector<std::uint64_t>& products,
            std::unordered_map<std::uint64_t, TextFit>& fits);

 private:
  void take(const TextHit& hit, float best, std::unordered_map<std::uint64_t, TextFit>& fits) const;

  const Sources& sources_;
  TextSearcher searcher_;
  TextScratch scratch_;
  TextResult result_;
  TextQuery query_;
  std::vector<SegmentText> all_;
};

}  // namespace souk::search
