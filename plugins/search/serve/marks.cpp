#include "plugins/search/serve/marks.hpp"

#include <memory>

namespace souk::search {

void append_escaped(std::string_view text, std::string& out) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
}

HighlightScratch& highlight_scratch(const v1::Settings& settings) {
  thread_local std::unique_ptr<HighlightScratch> scratch;
  const auto languages = index_options(settings).segment.text.languages;
  if (scratch == nullptr || scratch->stemmer.languages() != languages) {
    scratch = std::make_unique<HighlightScratch>(languages);
  }
  return *scratch;
}

}  // namespace souk::search
