// The evaluation of questions over the segments of a corpus.
#pragma once

#include <memory>
#include <span>

#include "plugins/search/model/text_query.hpp"

namespace souk::search {

struct TextSearchOptions {
  float saturation = 2.0F;  ///< BM25's k1
  float proximity = 0.4F;   ///< how much closeness adds, as a share of the score
  float exactness = 0.3F;   ///< how much exact words add
  float most = 0.5F;        ///< the share of weight that "most words" means
};

/// What evaluation writes on. One a thread, kept between questions: no allocation after warm-up.
class TextScratch {
 public:
  TextScratch();
  ~TextScratch();
  TextScratch(TextScratch&&) noexcept;
  TextScratch& operator=(TextScratch&&) noexcept;

  struct State;
  [[nodiscard]] State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

/// Has no state but its options: any number of threads, each with its own scratch.
class TextSearcher {
 public:
  explicit TextSearcher(const TextSearchOptions& options = {}) : options_(options) {}

  /// Replaces what `result` holds. A question without needed words matches everything visible, in
  /// the order of the segments; its `top` is empty.
  void search(std::span<const SegmentText> segments, const TextQuery& query, TextScratch& scratch,
              TextResult& result) const;

 private:
  TextSearchOptions options_;
};

}  // namespace souk::search
