#include "plugins/search/model/compounds.hpp"

#include <array>
#include <cmath>

namespace souk::search {
namespace {

constexpr std::array<std::string_view, 6> kLinks = {"", "s", "es", "n", "en", "er"};
constexpr std::size_t kMaxParts = 4;

bool plain(std::string_view word) {
  for (const char c : word) {
    if ((c >= '0' && c <= '9') || c == '#') {
      return false;
    }
  }
  return true;
}

bool inside_character(std::string_view word, std::size_t at) {
  return (static_cast<unsigned char>(word[at]) & 0xC0U) == 0x80U;
}

}  // namespace

CompoundSplit split_compound(std::string_view word,
                             const std::function<std::uint32_t(std::string_view)>& count,
                             bool links) {
  CompoundSplit best;
  if (word.size() < kMinCompound || !plain(word)) {
    return best;
  }
  for (std::size_t at = kMinModifier; at + kMinHead <= word.size(); ++at) {
    if (inside_character(word, at)) {
      continue;
    }
    const std::string_view head = word.substr(at);
    const std::uint32_t heads = count(head);
    if (heads == 0) {
      continue;
    }
    for (const std::string_view link : kLinks) {
      const std::string_view whole = word.substr(0, at);
      if ((!links && !link.empty()) || !whole.ends_with(link) ||
          whole.size() - link.size() < kMinModifier) {
        continue;
      }
      const std::string_view modifier = whole.substr(0, whole.size() - link.size());
      const double score = std::sqrt(static_cast<double>(heads) * count(modifier));
      if (score > best.score) {
        best = {modifier, head, score};
      }
    }
  }
  return best;
}

void CompoundParts::split_all(const Vocabulary& vocabulary,
                              std::span<const std::uint32_t> occurrences) {
  begin_.assign(1, 0);
  for (std::uint32_t n = 0; n < vocabulary.size(); ++n) {
    if (vocabulary[n].size() >= kMinCompound) {
      add_parts(vocabulary, occurrences, vocabulary[n], 0);
    }
    begin_.push_back(static_cast<std::uint32_t>(parts_.size()));
  }
}

void CompoundParts::add_parts(const Vocabulary& vocabulary,
                              std::span<const std::uint32_t> occurrences, std::string_view word,
                              unsigned depth) {
  const auto count = [&](std::string_view part) -> std::uint32_t {
    const std::uint32_t n = vocabulary.find(part);
    return n == Vocabulary::kNone || occurrences[n] < 2 ? 0 : occurrences[n];
  };
  const CompoundSplit split = split_compound(word, count, true);
  if (split.score == 0) {
    return;
  }
  for (const std::string_view part : {split.modifier, split.head}) {
    if (parts_.size() - begin_.back() < kMaxParts) {
      parts_.push_back(vocabulary.find(part));
    }
    if (depth == 0) {
      add_parts(vocabulary, occurrences, part, depth + 1);
    }
  }
}

std::span<const std::uint32_t> CompoundParts::of(std::uint32_t n) const {
  if (std::size_t{n} + 1 >= begin_.size()) {
    return {};
  }
  return std::span(parts_).subspan(begin_[n], begin_[n + 1] - begin_[n]);
}

}  // namespace souk::search
