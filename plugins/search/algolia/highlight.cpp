#include "plugins/search/algolia/highlight.hpp"

#include <algorithm>
#include <charconv>

namespace souk::search::algolia {
namespace {

constexpr std::size_t kSnippetWords = 10;

HighlightStyle style_of(const Parameters& parameters) {
  HighlightStyle style;
  style.before = parameters.pre;
  style.after = parameters.post;
  style.ellipsis = parameters.ellipsis;
  style.escape_html = false;
  return style;
}

/// Marks the texts of one record.
class Mirror {
 public:
  Mirror(const Highlighter& highlighter, const Parameters& parameters, HighlightScratch& scratch)
      : highlighter_(highlighter), style_(style_of(parameters)), scratch_(scratch) {}

  /// Null when there is no text in it.
  JsonValue of(const JsonValue& value) {
    if (value.kind == JsonValue::Kind::text) return entry(value.text);
    JsonValue made;
    made.kind = value.kind;
    for (const JsonValue& item : value.items) {
      JsonValue one = of(item);
      if (one.kind != JsonValue::Kind::null) made.items.push_back(std::move(one));
    }
    for (const auto& [name, member] : value.members) {
      JsonValue one = of(member);
      if (one.kind != JsonValue::Kind::null) made.members.emplace_back(name, std::move(one));
    }
    return made.items.empty() && made.members.empty() ? JsonValue() : made;
  }

  JsonValue snippet(const std::string& text, std::size_t words) {
    highlighter_.snippet(text, words, style_, scratch_, marked_);
    JsonValue entry = JsonValue::object();
    entry.set("value", JsonValue::of(std::string_view(marked_.text)));
    entry.set("matchLevel", JsonValue::of(name_of(marked_.level)));
    return entry;
  }

 private:
  JsonValue entry(const std::string& text) {
    highlighter_.mark(text, style_, scratch_, marked_);
    JsonValue entry = JsonValue::object();
    entry.set("value", JsonValue::of(std::string_view(marked_.text)));
    entry.set("matchLevel", JsonValue::of(name_of(marked_.level)));
    if (marked_.level != MatchLevel::none) {
      entry.set("fullyHighlighted", JsonValue::of(marked_.whole));
    }
    JsonValue list = JsonValue::list();
    for (const std::string& word : marked_.matched_words)
      list.items.push_back(JsonValue::of(std::string_view(word)));
    entry.set("matchedWords", std::move(list));
    return entry;
  }

  const Highlighter& highlighter_;
  HighlightStyle style_;
  HighlightScratch& scratch_;
  Highlight marked_;
};

bool wanted(const Parameters& parameters, const std::string& name) {
  if (!parameters.highlight) return true;
  return std::any_of(
      parameters.highlight->begin(), parameters.highlight->end(), [&name](const std::string& one) {
        return one == "*" || one == name ||
               (one.size() > name.size() && one.starts_with(name) && one[name.size()] == '.');
      });
}

}  // namespace

JsonValue highlights_of(const JsonValue& record, const Highlighter& highlighter,
                        const Parameters& parameters, HighlightScratch& scratch) {
  Mirror mirror(highlighter, parameters, scratch);
  JsonValue all = JsonValue::object();
  for (const auto& [name, value] : record.members) {
    if (name == "objectID" || !wanted(parameters, name)) continue;
    JsonValue one = mirror.of(value);
    if (one.kind != JsonValue::Kind::null) all.members.emplace_back(name, std::move(one));
  }
  return all;
}

JsonValue snippets_of(const JsonValue& record, const Highlighter& highlighter,
                      const Parameters& parameters, HighlightScratch& scratch) {
  Mirror mirror(highlighter, parameters, scratch);
  JsonValue all = JsonValue::object();
  for (const std::string& wish : parameters.snippets) {
    const std::size_t colon = wish.rfind(':');
    const std::string name = wish.substr(0, colon);
    std::size_t words = kSnippetWords;
    if (colon != std::string::npos) {
      std::from_chars(wish.data() + colon + 1, wish.data() + wish.size(), words);
    }
    for (const auto& [member, value] : record.members) {
      if (value.kind != JsonValue::Kind::text || (name != "*" && name != member)) continue;
      all.set(member, mirror.snippet(value.text, std::clamp<std::size_t>(words, 1, 1'000)));
    }
  }
  return all;
}

}  // namespace souk::search::algolia
