#include "plugins/search/serve/marks.hpp"

#include <algorithm>

#include "plugins/search/model/analyzer.hpp"

namespace souk::search {
namespace {

constexpr std::size_t kLeastStem = 3;   ///< letters that must be the same
constexpr std::size_t kMostEnding = 3;  ///< letters that an ending has at most

/// The same word, the beginning of it, or another ending of it.
bool is_form_of(std::string_view token, std::string_view word) {
  if (token == word) return true;
  if (token.size() > word.size() && token.starts_with(word)) return word.size() >= 2;
  const std::size_t shorter = std::min(token.size(), word.size());
  std::size_t same = 0;
  while (same < shorter && token[same] == word[same])
    ++same;
  return same >= kLeastStem && same + kMostEnding >= word.size() &&
         same + kMostEnding >= token.size() && same + 1 >= shorter;
}

}  // namespace

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

std::string mark_words(std::string_view text, const std::vector<std::string>& words,
                       std::string_view before, std::string_view after, bool& marked) {
  thread_local TokenStream stream;
  tokenize(text, stream);
  std::string out;
  out.reserve(text.size() + 32);
  std::size_t at = 0;
  marked = false;
  for (const Token& token : stream.tokens) {
    if (token.begin < at) continue;  // lies over what is marked already
    const std::string_view folded = stream.of(token);
    const bool hit = std::any_of(words.begin(), words.end(),
                                 [&](const std::string& word) { return is_form_of(folded, word); });
    if (!hit) continue;
    append_escaped(text.substr(at, token.begin - at), out);
    out += before;
    append_escaped(text.substr(token.begin, token.end - token.begin), out);
    out += after;
    at = token.end;
    marked = true;
  }
  append_escaped(text.substr(at), out);
  return out;
}

}  // namespace souk::search
