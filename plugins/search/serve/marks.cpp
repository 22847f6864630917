#include "plugins/search/serve/marks.hpp"

#include <memory>

namespace souk::search {

HighlightScratch& highlight_scratch(const v1::Settings& settings) {
  thread_local std::unique_ptr<HighlightScratch> scratch;
  const auto languages = index_options(settings).segment.text.languages;
  if (scratch == nullptr || scratch->stemmer.languages() != languages) {
    scratch = std::make_unique<HighlightScratch>(languages);
  }
  return *scratch;
}

}  // namespace souk::search
