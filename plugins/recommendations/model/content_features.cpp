#include "plugins/recommendations/model/content_features.hpp"

#include <algorithm>
#include <cmath>

#include "plugins/recommendations/model/text_tokens.hpp"

namespace souk::recommendations {
namespace {
constexpr std::size_t kTitleWords = 24;
constexpr std::size_t kDescriptionWords = 24;
constexpr std::size_t kDescriptionBytes = 400;  // of it, only the beginning says what it is
constexpr std::size_t kValueWords = 4;
constexpr std::size_t kMostPaths = 8;
constexpr std::size_t kMostAttributes = 32;
constexpr std::size_t kMostTags = 16;
constexpr std::size_t kLongestPart = 60;  // bytes of a folded name or value
constexpr std::string_view kSeparator = " > ";
// Prices within a factor of 1.6 share a band; two systems of bands, half a band apart, so that
// prices on either side of a border still share one.
constexpr double kBand = 1.6;
}  // namespace

void ContentFeatures::read(const ContentFacts& facts) {
  names_.clear();
  names_.reserve(kMost * (2 * kLongestPart + 4));
  features_.clear();
  for (const auto path : facts.categories.first(std::min(facts.categories.size(), kMostPaths))) {
    add_category(path);
  }
  fold_text(facts.brand, kLongestPart, folded_);
  add(ContentField::brand, 'b', folded_);
  for (const auto& attribute :
       facts.attributes.first(std::min(facts.attributes.size(), kMostAttributes))) {
    add_attribute(attribute);
  }
  for (const auto tag : facts.tags.first(std::min(facts.tags.size(), kMostTags))) {
    fold_text(tag, kLongestPart, folded_);
    add(ContentField::tag, 'g', folded_);
  }
  add_words(ContentField::title, facts.title, kTitleWords);
  for (const auto& attribute :
       facts.attributes.first(std::min(facts.attributes.size(), kMostAttributes))) {
    add_words(ContentField::value, attribute.second, kValueWords);
  }
  add_price(facts.price_minor);
  add_words(ContentField::description, facts.description.substr(0, kDescriptionBytes),
            kDescriptionWords);
}

void ContentFeatures::add(ContentField field, char space, std::string_view text) {
  if (text.empty()) return;
  if (features_.size() == kMost) {
    ++dropped_;
    return;
  }
  const std::size_t at = names_.size();
  names_.push_back(space);
  names_.append(text);
  features_.push_back({std::string_view(names_).substr(at), field});
}

void ContentFeatures::add_words(ContentField field, std::string_view text, std::size_t most) {
  TokenReader words(text);
  for (std::size_t i = 0; i < most && words.next(word_); ++i)
    add(field, 't', word_);
}

// Each level with those above it: "shoes" of men and "shoes" of women are different shelves.
void ContentFeatures::add_category(std::string_view path) {
  std::string levels;
  while (!path.empty() && levels.size() < 2 * kLongestPart) {
    const std::size_t end = std::min(path.find(kSeparator), path.size());
    fold_text(path.substr(0, end), kLongestPart, folded_);
    path.remove_prefix(std::min(path.size(), end + kSeparator.size()));
    if (folded_.empty()) continue;
    if (!levels.empty()) levels.push_back('>');
    levels.append(folded_);
    add(ContentField::category, 'c', std::string_view(levels).substr(0, 2 * kLongestPart));
  }
}

void ContentFeatures::add_attribute(const ContentFacts::Attribute& attribute) {
  std::string pair;
  fold_text(attribute.first, kLongestPart, pair);
  fold_text(attribute.second, kLongestPart, folded_);
  if (pair.empty() || folded_.empty()) return;
  add(ContentField::attribute, 'a', pair.append("=").append(folded_));
}

void ContentFeatures::add_price(std::int64_t price_minor) {
  if (price_minor <= 0) return;
  const double place = std::log(static_cast<double>(price_minor)) / std::log(kBand);
  add(ContentField::price, 'p', std::to_string(static_cast<int>(place)));
  add(ContentField::price, 'q', std::to_string(static_cast<int>(place + 0.5)));
}

}  // namespace souk::recommendations
