#include "tools/bench/search_catalog.hpp"

#include <algorithm>
#include <cmath>

namespace souk::search::bench {

Catalog::Catalog(std::uint32_t seed) : random_(seed) {
  const auto fill = [this](std::vector<std::string>& words, std::size_t count) {
    while (words.size() < count)
      words.push_back(word());
  };
  fill(brands_, 400);
  fill(kinds_, 600);
  fill(qualities_, 800);
  fill(colours_, 16);
  fill(materials_, 40);
  fill(words_, 20'000);
}

std::string Catalog::word() {
  static constexpr const char* kStarts[] = {"b",  "c", "d",  "f",  "g",  "k",  "l",  "m",  "n",
                                            "p",  "r", "s",  "t",  "v",  "br", "cl", "dr", "gr",
                                            "pl", "s", "st", "sh", "tr", "",   "h",  "w"};
  static constexpr const char* kVowels[] = {"a", "e", "i", "o", "u", "ea", "oo", "ai"};
  static constexpr const char* kEnds[] = {"", "", "n", "r", "l", "s", "t", "ck", "m", "nd"};
  std::string made;
  const auto syllables = 1 + random_() % 3 + (random_() % 2);
  for (std::size_t i = 0; i < syllables; ++i) {
    made += kStarts[random_() % std::size(kStarts)];
    made += kVowels[random_() % std::size(kVowels)];
    made += i + 1 == syllables ? kEnds[random_() % std::size(kEnds)] : "";
  }
  return made;
}

/// Ranks r with P(r) ∝ 1 / (r + 5).
std::string Catalog::pick(const std::vector<std::string>& words) {
  const double low = std::log(5.0);
  const double span = std::log(static_cast<double>(words.size()) + 5) - low;
  const double rank = std::exp(low + std::uniform_real_distribution<double>()(random_) * span) - 5;
  return words[std::min(static_cast<std::size_t>(std::max(rank, 0.0)), words.size() - 1)];
}

std::vector<Document> Catalog::products(std::size_t count) {
  std::vector<Document> documents(count);
  for (std::size_t n = 0; n < count; ++n) {
    Document& document = documents[n];
    const std::string brand = pick(brands_);
    const std::string kind = pick(kinds_);
    const std::string colour = pick(colours_);
    const std::string material = pick(materials_);
    const std::string code = word().substr(0, 2) + std::to_string(1000 + random_() % 9000);
    document.id = "p" + std::to_string(n);
    document.text(Field::kTitle) = {brand + " " + pick(qualities_) + " " + pick(qualities_) + " " +
                                    kind + " " + colour + " " + code};
    document.text(Field::kBrand) = {brand};
    document.text(Field::kCategory) = {kind};
    document.text(Field::kAttributes) = {colour, material};
    document.text(Field::kCodes) = {code, document.id};
    std::string description;
    for (int i = 0; i < 40; ++i)
      description += pick(words_) + " ";
    document.text(Field::kDescription) = {description};
    document.values = {{"brand", brand},
                       {"categories", kind},
                       {"colour", colour},
                       {"material", material},
                       {"size", std::to_string(random_() % 12)}};
    document.numbers = {{"price", static_cast<double>(random_() % 50'000) / 100}};
  }
  return documents;
}

std::vector<std::string> Catalog::questions(std::size_t count, bool typos) {
  std::vector<std::string> asked;
  while (asked.size() < count) {
    std::string text;
    const auto words = 1 + random_() % 3;
    if (words == 3) text += pick(random_() % 2 == 0 ? colours_ : brands_) + " ";
    if (words >= 2) text += pick(random_() % 3 == 0 ? materials_ : qualities_) + " ";
    std::string last = pick(kinds_);
    if (asked.size() % 4 == 3 && last.size() > 3) last.resize(last.size() / 2 + 1);
    if (typos && asked.size() % 5 == 4) misspell(last);
    asked.push_back(text + last);
  }
  return asked;
}

/// Words of five letters and more, as they are forgiven.
void Catalog::misspell(std::string& word) {
  if (word.size() > 4)
    word[1 + random_() % (word.size() - 1)] = static_cast<char>('a' + random_() % 26);
}

std::vector<std::string> Catalog::broad_questions(std::size_t count, bool typos) {
  constexpr std::size_t kFrequent = 60;  // of the words of descriptions
  std::vector<std::string> asked;
  while (asked.size() < count) {
    std::string text;
    if (random_() % 2 == 0) text = colours_[random_() % 6] + " ";
    std::string last = words_[random_() % kFrequent];
    if (typos && asked.size() % 4 == 3) {
      while (last.size() < 5)
        last = words_[random_() % kFrequent];
      misspell(last);
    }
    asked.push_back(text + last);
  }
  return asked;
}

}  // namespace souk::search::bench
