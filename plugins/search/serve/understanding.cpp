#include "plugins/search/serve/understanding.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "plugins/search/model/units.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

constexpr double kUnbounded = std::numeric_limits<double>::infinity();
constexpr double kPriceFactor = 3;
constexpr std::size_t kLongestValue = 3;  ///< words
constexpr std::size_t kMostIntents = 8;

enum class Bound { none, below, above, around, between };

struct Marker {
  std::array<std::string_view, 2> words;  ///< the second may be empty
  Bound bound;
};

// Folded. Of two that begin alike the longer one stands first.
constexpr std::array kMarkers = {
    Marker{{"less", "than"}, Bound::below},   Marker{{"cheaper", "than"}, Bound::below},
    Marker{{"up", "to"}, Bound::below},       Marker{{"under", ""}, Bound::below},
    Marker{{"below", ""}, Bound::below},      Marker{{"unter", ""}, Bound::below},
    Marker{{"bis", "zu"}, Bound::below},      Marker{{"bis", ""}, Bound::below},
    Marker{{"hochstens", ""}, Bound::below},  Marker{{"maximal", ""}, Bound::below},
    Marker{{"max", ""}, Bound::below},        Marker{{"moins", "de"}, Bound::below},
    Marker{{"jusqu", "a"}, Bound::below},     Marker{{"menos", "de"}, Bound::below},
    Marker{{"hasta", ""}, Bound::below},      Marker{{"meno", "di"}, Bound::below},
    Marker{{"fino", "a"}, Bound::below},      Marker{{"sotto", ""}, Bound::below},
    Marker{{"onder", "de"}, Bound::below},    Marker{{"onder", ""}, Bound::below},
    Marker{{"minder", "dan"}, Bound::below},  Marker{{"ate", ""}, Bound::below},
    Marker{{"abaixo", "de"}, Bound::below},   Marker{{"upp", "till"}, Bound::below},
    Marker{{"mindre", "an"}, Bound::below},   Marker{{"more", "than"}, Bound::above},
    Marker{{"over", ""}, Bound::above},       Marker{{"above", ""}, Bound::above},
    Marker{{"uber", ""}, Bound::above},       Marker{{"mehr", "als"}, Bound::above},
    Marker{{"plus", "de"}, Bound::above},     Marker{{"mas", "de"}, Bound::above},
    Marker{{"piu", "di"}, Bound::above},      Marker{{"meer", "dan"}, Bound::above},
    Marker{{"boven", ""}, Bound::above},      Marker{{"mais", "de"}, Bound::above},
    Marker{{"mer", "an"}, Bound::above},      Marker{{"around", ""}, Bound::around},
    Marker{{"about", ""}, Bound::around},     Marker{{"circa", ""}, Bound::around},
    Marker{{"ca", ""}, Bound::around},        Marker{{"etwa", ""}, Bound::around},
    Marker{{"environ", ""}, Bound::around},   Marker{{"between", ""}, Bound::between},
    Marker{{"zwischen", ""}, Bound::between}, Marker{{"entre", ""}, Bound::between},
    Marker{{"tra", ""}, Bound::between},      Marker{{"tussen", ""}, Bound::between},
    Marker{{"mellan", ""}, Bound::between},   Marker{{"from", ""}, Bound::between},
    Marker{{"von", ""}, Bound::between}};

constexpr std::array<std::string_view, 12> kCurrencies = {"euro",    "euros", "eur", "dollar",
                                                          "dollars", "usd",   "gbp", "pounds",
                                                          "chf",     "kr",    "sek", "reais"};
constexpr std::array<std::string_view, 9> kJoins = {"and", "to", "und", "bis", "et",
                                                    "y",   "e",  "en",  "och"};

template <class List>
bool is_one_of(std::string_view word, const List& list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

class PriceReader {
 public:
  PriceReader(TextQuery& query, std::vector<Intent>& intents)
      : words_(query.words), intents_(intents) {}

  void read() {
    for (std::size_t at = 0; at < words_.size(); ++at) {
      for (const Marker& marker : kMarkers) {
        const std::size_t used = marked(at, marker);
        if (used > 0 && read_numbers(at, at + used, marker.bound)) break;
      }
    }
  }

 private:
  [[nodiscard]] bool usable(std::size_t at) const {
    return at < words_.size() && words_[at].role == WordRole::kNeeded && words_[at].phrase == 0;
  }
  [[nodiscard]] std::size_t marked(std::size_t at, const Marker& marker) const {
    if (!usable(at) || words_[at].text != marker.words[0]) return 0;
    if (marker.words[1].empty()) return 1;
    return usable(at + 1) && words_[at + 1].text == marker.words[1] ? 2 : 0;
  }
  /// A number at `at`, perhaps with a currency; moves `at` behind it.
  bool number(std::size_t& at, double& value, bool& currency) const {
    if (usable(at) && is_one_of(words_[at].text, kCurrencies)) {
      currency = true;
      ++at;
    }
    if (!usable(at) || !parse_quantity(words_[at].text, value)) return false;
    ++at;
    if (usable(at) && is_one_of(words_[at].text, kCurrencies)) {
      currency = true;
      ++at;
    }
    return true;
  }

  bool read_numbers(std::size_t first, std::size_t at, Bound bound) {
    double low = 0;
    double high = 0;
    bool currency = false;
    if (!number(at, low, currency)) return false;
    if (bound == Bound::between) {
      if (!usable(at) || !is_one_of(words_[at].text, kJoins)) return false;
      ++at;
      if (!number(at, high, currency) || high < low) return false;
    }
    // "under 15 inch" is no price: what follows is a unit.
    if (!currency && at < words_.size() && is_unit(words_[at].text)) return false;
    add(first, at, bound, low, high);
    return true;
  }

  static std::string text_of(double value) {
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
  }

  void add(std::size_t first, std::size_t end, Bound bound, double low, double high) {
    Intent intent;
    for (std::size_t i = first; i < end; ++i) {
      if (i > first) intent.words += ' ';
      intent.words += words_[i].text;
      words_[i].role = WordRole::kIgnored;
    }
    const std::string value = text_of(low);
    switch (bound) {
      case Bound::below:
        intent.filter = "price <= " + value;
        intent.when = between_filter("price", -kUnbounded, low);
        break;
      case Bound::above:
        intent.filter = "price >= " + value;
        intent.when = between_filter("price", low, kUnbounded);
        break;
      case Bound::around:
        intent.filter = "price: " + text_of(low * 0.8) + " TO " + text_of(low * 1.2);
        intent.when = between_filter("price", low * 0.8, low * 1.2);
        break;
      default:
        intent.filter = "price: " + value + " TO " + text_of(high);
        intent.when = between_filter("price", low, high);
    }
    intent.evidence = "a number after a word that limits it";
    intent.factor = kPriceFactor;
    intents_.push_back(std::move(intent));
  }

  std::vector<QueryWord>& words_;
  std::vector<Intent>& intents_;
};

/// How much more a product counts that has a value which the query names. Brands and categories are
/// what a query is about; the rest only helps.
double factor_of(std::string_view attribute) {
  if (attribute == "brand") return 1.35;
  if (attribute == "categories") return 1.3;
  return 1.5;
}

}  // namespace

void read_prices(TextQuery& query, std::vector<Intent>& intents) {
  PriceReader(query, intents).read();
}

void read_values(const TextQuery& query, const Corpus& corpus, std::span<const DocSet> visible,
                 std::vector<Intent>& intents) {
  const auto& words = query.words;
  for (std::size_t first = 0; first < words.size(); ++first) {
    std::string phrase;
    for (std::size_t n = 0; n < kLongestValue && first + n < words.size(); ++n) {
      const QueryWord& word = words[first + n];
      if (word.role != WordRole::kNeeded) break;
      if (n > 0) phrase += ' ';
      phrase += word.text;
      // attribute → (value as written, products that have it)
      std::map<std::string_view, std::pair<std::string_view, std::uint64_t>> found;
      for (std::size_t part = 0; part < corpus.parts.size(); ++part) {
        const Segment& segment = *corpus.parts[part].segment;
        segment.find_value(key_of(phrase), [&](const Segment::Value& value) {
          const std::uint64_t count = segment.count(value, visible[part]);
          if (count == 0) return;
          auto& entry = found[segment.attribute(value)];
          entry.first = segment.text_of(value);
          entry.second += count;
        });
      }
      for (const auto& [attribute, value] : found) {
        if (intents.size() >= kMostIntents) return;
        Intent intent;
        intent.words = phrase;
        intent.when = equal_filter(std::string(attribute), {std::string(value.first)});
        intent.filter = to_text(intent.when);
        intent.evidence = std::string(attribute) + " of " + std::to_string(value.second) +
                          (value.second == 1 ? " product" : " products");
        intent.factor = factor_of(attribute);
        intent.in_text = true;
        intents.push_back(std::move(intent));
      }
    }
  }
}

}  // namespace souk::search
