#include "plugins/search/tests/columns_fixtures.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace souk::search::testing {
namespace {

constexpr std::array<const char*, 9> kBrands{"Acme", "acme", "Bérénice",  "Zeta", "O'Neil \"X\"",
                                             "Ünal", "nova", "Nova Plus", "AND"};
constexpr std::array<const char*, 8> kCategories{
    "Apparel > Shirts > Long",  "Apparel > Shirts", "Apparel>Shoes", "Home",
    " Home > Kitchen >  Pans ", "Home > Garden",    "Toys",          "Apparel > Shirts > Short"};
constexpr std::array<const char*, 7> kColours{"black", "White", "red", "dark blue",
                                              "green", "-3",    "42"};

void add_facts(Document& made, std::size_t n, Random& random) {
  const auto text = [&](const char* attribute, std::string value) {
    made.values.push_back({attribute, std::move(value)});
  };
  if (chance(random, 0.9)) text("brand", kBrands[below(random, kBrands.size())]);
  for (std::size_t i = below(random, 3); i > 0; --i)
    text("categories", kCategories[below(random, kCategories.size())]);
  for (std::size_t i = below(random, 4); i > 0; --i)
    text("attributes.colour", kColours[below(random, kColours.size())]);
  if (chance(random, 0.03)) text("attributes.rare", "v" + std::to_string(below(random, 5)));
  if (chance(random, 0.5)) text("sku", "SKU-" + std::to_string(n));
  if (chance(random, 0.4)) text("on_sale", chance(random, 0.5) ? "true" : "false");
  if (chance(random, 0.5)) text("tags", "t" + std::to_string(below(random, 40)));
  const auto cents = [&](std::size_t end) { return static_cast<double>(below(random, end)) / 100; };
  if (chance(random, 0.95)) made.numbers.push_back({"price", cents(20'000)});
  for (std::size_t i = below(random, 3); i > 0; --i)
    made.numbers.push_back({"widths", std::floor(cents(2'000)) - 5});
  if (chance(random, 0.5)) made.numbers.push_back({"rating", std::floor(cents(500))});
  if (chance(random, 0.9))
    made.numbers.push_back({"created_at", 1.7e9 + static_cast<double>(below(random, 40)) * 43'200});
  for (std::size_t i = below(random, 3); i > 0; --i)
    made.places.push_back({cents(18'000) - 90, cents(36'000) - 180});
  if (chance(random, 0.7)) made.group = "g" + std::to_string(below(random, 200));
}

}  // namespace

bool chance(Random& random, double probability) {
  return std::uniform_real_distribution<>(0, 1)(random) < probability;
}

std::size_t below(Random& random, std::size_t end) {
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
}

std::vector<Document> random_catalog(std::size_t documents, std::uint64_t seed) {
  Random random(seed);
  std::vector<Document> made(documents);
  for (std::size_t i = 0; i < documents; ++i) {
    made[i].id = "p" + std::to_string(i);
    add_facts(made[i], i, random);
  }
  return made;
}

std::vector<std::string> texts_of(const Document& document, const std::string& attribute) {
  std::vector<std::string> found;
  if (attribute == "id") found.push_back(document.id);
  for (const TextValue& value : document.values) {
    if (value.attribute != attribute) continue;
    if (attribute != "categories") {
      found.push_back(value.value);
      continue;
    }
    std::string path;
    std::string level;
    const auto close = [&] {
      const auto begin = level.find_first_not_of(' ');
      if (begin != std::string::npos) {
        path += (path.empty() ? "" : " > ") +
                level.substr(begin, level.find_last_not_of(' ') + 1 - begin);
        found.push_back(path);
      }
      level.clear();
    };
    for (const char c : value.value) {
      if (c == '>')
        close();
      else
        level.push_back(c);
    }
    close();
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::vector<double> numbers_of(const Document& document, const std::string& attribute) {
  std::vector<double> found;
  for (const NumberValue& value : document.numbers) {
    if (value.attribute == attribute) found.push_back(value.value);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

DocSet random_set(std::size_t documents, double share, Random& random) {
  DocSet made(static_cast<std::uint32_t>(documents));
  for (DocId doc = 0; doc < documents; ++doc) {
    if (chance(random, share)) made.add(doc);
  }
  return made;
}

}  // namespace souk::search::testing
