#include "plugins/search/state/synonyms.hpp"

#include <algorithm>
#include <utility>

#include "plugins/search/model/analyzer.hpp"
#include "plugins/search/state/synonym_record.hpp"

namespace souk::search {
namespace {

constexpr float kSynonymWeight = 0.9F;

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::size_t words_of(std::string_view phrase) {
  return 1 + static_cast<std::size_t>(std::count(phrase.begin(), phrase.end(), ' '));
}

}  // namespace

void Synonyms::add(std::string_view from, std::string_view to, float weight) {
  std::string phrase = normalized(from);
  std::string other = normalized(to);
  if (phrase.empty() || other.empty() || phrase == other) return;
  const std::size_t words = words_of(phrase);
  if (words > kMostWords) return;
  if (entries_.size() >= kMostPhrases && !entries_.contains(phrase)) return;
  auto& list = entries_[std::move(phrase)];
  const auto same = [&](const Alternative& each) { return each.text == other; };
  if (list.size() >= kMostAlternatives || std::any_of(list.begin(), list.end(), same)) return;
  list.push_back({std::move(other), weight});
  longest_ = std::max(longest_, words);
}

bool Synonyms::add_line(std::string_view line) {
  const std::size_t arrow = line.find("=>");
  const std::size_t before = entries_.size();
  if (arrow != std::string_view::npos) {
    for (const auto from : split(line.substr(0, arrow))) {
      for (const auto to : split(line.substr(arrow + 2)))
        add(from, to, kSynonymWeight);
    }
  } else {
    const auto all = split(line);
    for (const auto from : all) {
      for (const auto to : all)
        add(from, to, kSynonymWeight);
    }
  }
  return entries_.size() > before;
}

const std::vector<Synonyms::Alternative>* Synonyms::find(std::string_view phrase) const {
  const auto at = entries_.find(phrase);
  return at == entries_.end() ? nullptr : &at->second;
}

void SynonymEvents::compile(const RecordStore& some) {
  compiled_ = Synonyms();
  for (const auto& [key, json] : some.all())
    add_synonym_record(json, compiled_);
}

}  // namespace souk::search
