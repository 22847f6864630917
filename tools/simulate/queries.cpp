#include "tools/simulate/queries.hpp"

#include <utility>

namespace souk::simulate {
namespace {

constexpr double kTypoRate = 0.09;     // one query in ten or so is misspelt in shop logs
constexpr double kSynonymRate = 0.45;  // where the catalog's word has another

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

char beside(char c, Random& random) {
  constexpr std::string_view kRows[] = {"qwertyuiop", "asdfghjkl", "zxcvbnm"};
  for (const std::string_view row : kRows) {
    const std::size_t at = row.find(c);
    if (at == std::string_view::npos) continue;
    const bool right = at == 0 || (at + 1 < row.size() && random.chance(0.5));
    return row[right ? at + 1 : at - 1];
  }
  return c;
}

std::string_view text_of_colour(const Product& product) {
  const int colour = product.variants.front().colour;
  return colour >= 0 ? colours()[static_cast<std::size_t>(colour)] : std::string_view{};
}

}  // namespace

std::string with_typo(const std::string& text, Random& random) {
  if (text.size() < 4) return text;
  std::string out = text;
  // The first letter is seldom wrong.
  const std::size_t at = 1 + random.below(static_cast<std::uint32_t>(text.size() - 2));
  switch (random.below(4)) {
    case 0:
      out.erase(at, 1);
      break;
    case 1:
      out.insert(at, 1, out[at]);
      break;
    case 2:
      std::swap(out[at], out[at + 1]);
      break;
    default:
      out[at] = beside(out[at], random);
      break;
  }
  return out;
}

Query make_query(const Product& product, const Catalog& catalog, Random& random) {
  Query query;
  std::string noun = lower(product.noun);
  for (const Synonym& synonym : synonyms()) {
    if (synonym.catalog != product.noun) continue;
    if (random.chance(kSynonymRate)) {
      noun = synonym.query;
      query.synonym = true;
    }
    break;
  }
  const std::string brand = lower(catalog.brands()[product.brand].name);
  const double form = random.uniform();
  if (form < 0.44) {
    query.text = noun;
  } else if (form < 0.62) {
    query.text = brand + " " + noun;
  } else if (form < 0.74) {
    const auto colour = text_of_colour(product);
    query.text = colour.empty() ? noun : lower(colour) + " " + noun;
  } else if (form < 0.84) {
    query.text = lower(style_word(product.dominant_style, 0)) + " " + noun;
  } else if (form < 0.91) {
    query.text = brand;
  } else if (form < 0.96) {
    query.text = lower(leaf_specs()[product.leaf].name);
  } else {
    query.text = lower(product.title);
  }
  if (random.chance(kTypoRate)) {
    std::string wrong = with_typo(query.text, random);
    query.typo = wrong != query.text;
    query.text = std::move(wrong);
  }
  return query;
}

}  // namespace souk::simulate
