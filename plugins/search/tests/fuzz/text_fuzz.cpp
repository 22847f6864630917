// Any bytes as a text of a product and as a question to it: analysis, index, evaluation.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "plugins/search/model/text_index.hpp"
#include "plugins/search/model/text_search.hpp"

namespace {

using souk::search::Document;
using souk::search::Field;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_tokens(std::string_view text) {
  souk::search::TokenStream stream;
  souk::search::tokenize(text, stream, 200);
  for (const souk::search::Token& token : stream.tokens) {
    require(token.begin < token.end && token.end <= text.size());
    require(token.size > 0 && token.text + std::size_t{token.size} <= stream.text.size());
    require(token.place + token.span <= stream.places);
  }
}

}  // namespace

/// The bytes before the first zero are the question, the rest are texts, with zeros between them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_tokens(bytes);
  const std::size_t split = std::min(bytes.find('\0'), bytes.size());
  std::vector<Document> documents(1);
  std::string_view rest = bytes.substr(split);
  while (!rest.empty() && documents.size() < 8) {
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    Document& document = documents.emplace_back();
    document.text(documents.size() % 2 == 0 ? Field::kTitle : Field::kDescription) = {
        std::string(rest.substr(0, end))};
    rest.remove_prefix(end);
  }
  souk::search::TextIndexOptions options;
  options.languages = {souk::search::Language::kEnglish, souk::search::Language::kGerman};
  const auto index = souk::search::TextIndex::build(documents, options);
  const souk::search::SegmentText segment{index.get(), nullptr};
  souk::search::TextQuery query;
  souk::search::TextScratch scratch;
  souk::search::TextResult result;
  souk::search::read_query(bytes.substr(0, split), query);
  souk::search::TextSearcher().search({&segment, 1}, query, scratch, result);
  require(result.total <= documents.size());
  require(result.top.size() <= result.total);
  return 0;
}
