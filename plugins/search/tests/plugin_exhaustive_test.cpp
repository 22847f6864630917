// Random catalogs and random questions, asked of the plugin: filters, choices, facets, sorts,
// groups and pages give what a look at every product gives.
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "plugins/search/tests/search_shop.hpp"

namespace souk::search::testing {
namespace {

constexpr std::array kThings{"kettle",  "lantern", "trumpet",  "blanket",  "notebook",
                             "scooter", "mirror",  "painting", "umbrella", "hammock"};
constexpr std::array kBrands{"Acme", "Bolt", "Nova", "O'Neil \"X\""};
constexpr std::array kColours{"black", "white", "dark blue", "red"};
constexpr std::array kShelves{"Home > Kitchen", "Home > Garden", "Toys", "Home"};

/// What the test knows of a product.
struct Known {
  std::string id;
  std::set<std::string> words;
  std::string brand, colour, shelf, family;
  int price = 0;
  std::optional<int> weight;
};
using Holds = std::function<bool(const Known&)>;

class ExhaustivePlugin : public ::testing::Test {
 protected:
  static Settings settings() {
    Settings made;
    made.set_group_by("family");
    made.set_latent(false);
    made.set_understand(false);
    return made;
  }
  ExhaustivePlugin() : shop_(settings()) {
    for (int i = 0; i < 700; ++i)
      put("p" + std::to_string(i));
    // What changes and what goes leaves old entries behind, in segments of all sizes.
    for (int i = 0; i < 120; ++i)
      put("p" + std::to_string(below(700)));
    for (int i = 0; i < 60; ++i) {
      const std::string id = "p" + std::to_string(below(700));
      shop_.remove(id);
      catalog_.erase(id);
    }
  }

  std::size_t below(std::size_t end) { return random_() % end; }
  template <class List>
  std::string one_of(const List& list) {
    return list[below(list.size())];
  }

  void put(const std::string& id) {
    Known known;
    known.id = id;
    std::string title;
    for (std::size_t left = 1 + below(3); left > 0; --left) {
      const std::string word = one_of(kThings);
      if (known.words.insert(word).second) title += (title.empty() ? "" : " ") + word;
    }
    known.brand = one_of(kBrands);
    known.shelf = one_of(kShelves);
    known.price = static_cast<int>(5 + below(60));
    auto product = SearchShop::product(id, title, known.shelf, known.price, known.brand);
    if (below(4) > 0) known.colour = one_of(kColours);
    if (below(3) > 0) known.weight = static_cast<int>(below(9));
    if (below(2) > 0) known.family = "f" + std::to_string(below(120));
    auto& attributes = *product.mutable_attributes();
    if (!known.colour.empty()) attributes["colour"] = known.colour;
    if (known.weight) attributes["weight"] = std::to_string(*known.weight);
    if (!known.family.empty()) attributes["family"] = known.family;
    shop_.put(product);
    catalog_[id] = std::move(known);
  }

  static std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text)
      out += c == '"' ? "\\\"" : std::string(1, c);
    return out + "\"";
  }

  /// An expression and what it means.
  std::pair<std::string, Holds> expression(unsigned depth) {
    if (depth > 0 && below(3) > 0) {
      const auto [a, left] = expression(depth - 1);
      const auto [b, right] = expression(depth - 1);
      switch (below(3)) {
        case 0:
          return {"(" + a + " AND " + b + ")",
                  [l = left, r = right](const Known& k) { return l(k) && r(k); }};
        case 1:
          return {"(" + a + " OR " + b + ")",
                  [l = left, r = right](const Known& k) { return l(k) || r(k); }};
        default:
          return {"NOT " + a, [l = left](const Known& k) { return !l(k); }};
      }
    }
    const int number = static_cast<int>(below(65));
    switch (below(5)) {
      case 0: {
        const std::string brand = one_of(kBrands);
        return {"brand = " + quoted(brand), [brand](const Known& k) { return k.brand == brand; }};
      }
      case 1: {
        const std::string colour = one_of(kColours);
        return {"attributes.colour = " + quoted(colour),
                [colour](const Known& k) { return k.colour == colour; }};
      }
      case 2:
        return {"price < " + std::to_string(number),
                [number](const Known& k) { return k.price < number; }};
      case 3:
        return {"attributes.weight >= " + std::to_string(number % 9),
                [number](const Known& k) { return k.weight && *k.weight >= number % 9; }};
      default:
        return {"categories = \"Home\"",
                [](const Known& k) { return k.shelf.starts_with("Home"); }};
    }
  }

  void make_question() {
    request_ = v1::SearchRequest();
    wanted_.clear();
    if (below(4) > 0) wanted_.push_back(one_of(kThings));
    std::string text;
    for (const std::string& word : wanted_)
      text += word + " ";
    request_.set_q(text);
    filter_ = [](const Known&) { return true; };
    if (below(3) > 0) {
      auto [written, holds] = expression(2);
      request_.set_filters(written);
      filter_ = std::move(holds);
    }
    chosen_.clear();
    for (std::size_t left = below(4); left > 0; --left) {
      const bool brand = below(2) == 0;
      const std::string attribute = brand ? "brand" : "attributes.colour";
      const std::string value = brand ? one_of(kBrands) : one_of(kColours);
      request_.add_facet_filters(attribute + ":" + value);
      chosen_[attribute].insert(value);
    }
    for (const char* facet : {"brand", "attributes.colour", "categories"})
      request_.add_facets(facet);
    request_.set_limit(static_cast<std::uint32_t>(3 + below(30)));
    constexpr std::array<const char*, 4> kSorts{"", "price asc",
                                                "attributes.weight desc, price asc", "price desc"};
    request_.set_sort(one_of(kSorts));
    request_.set_distinct(static_cast<std::uint32_t>(below(3)));
    asked_ = "\"" + text + "\" " + request_.filters() + " sort " + request_.sort() + " distinct " +
             std::to_string(request_.distinct());
    for (const std::string& choice : request_.facet_filters())
      asked_ += " " + choice;
  }

  /// What answers the question; without what was chosen of one attribute.
  [[nodiscard]] std::vector<const Known*> answers(const std::string& without = {}) const {
    std::vector<const Known*> found;
    for (const auto& [id, known] : catalog_) {
      bool holds = filter_(known);
      for (const std::string& word : wanted_)
        holds = holds && known.words.contains(word);
      for (const auto& [attribute, values] : chosen_) {
        const std::string& own = attribute == "brand" ? known.brand : known.colour;
        holds = holds && (attribute == without || values.contains(own));
      }
      if (holds) found.push_back(&known);
    }
    return found;
  }

  void expect_facets(const v1::SearchReply& reply) const {
    for (const auto& facet : reply.facets()) {
      std::map<std::string, std::uint64_t> counts;
      for (const Known* known : answers(facet.attribute())) {
        if (facet.attribute() == "brand") {
          ++counts[known->brand];
        } else if (facet.attribute() == "categories") {
          ++counts[known->shelf];
          if (known->shelf.find('>') != std::string::npos) ++counts["Home"];
        } else if (!known->colour.empty()) {
          ++counts[known->colour];
        }
      }
      std::map<std::string, std::uint64_t> told;
      for (const auto& value : facet.values())
        told[value.value()] = value.count();
      EXPECT_EQ(told, counts) << asked_ << ": " << facet.attribute();
    }
  }

  /// All pages, one after another.
  std::vector<const Known*> read_pages(std::uint64_t total) {
    std::vector<const Known*> shown;
    std::set<std::string> ids;
    for (std::uint32_t page = 0; shown.size() < total; ++page) {
      request_.set_page(page);
      const auto reply = shop_.ask(request_);
      EXPECT_EQ(reply.total(), total) << asked_ << " page " << page;
      const std::uint64_t here = std::min<std::uint64_t>(request_.limit(), total - shown.size());
      EXPECT_EQ(static_cast<std::uint64_t>(reply.hits_size()), here) << asked_ << " page " << page;
      for (const auto& hit : reply.hits()) {
        EXPECT_TRUE(ids.insert(hit.product_id()).second)
            << asked_ << ": " << hit.product_id() << " again on page " << page;
        shown.push_back(&catalog_.at(hit.product_id()));
      }
      if (reply.hits().empty()) break;
    }
    return shown;
  }

  void expect_sorted(const std::vector<const Known*>& shown) const {
    // What has no weight stands behind what has one.
    const auto key = [&](const Known* known) -> std::pair<int, int> {
      if (request_.sort() == "price asc") return {known->price, 0};
      if (request_.sort() == "price desc") return {-known->price, 0};
      return {known->weight ? -*known->weight : 1000, known->price};
    };
    for (std::size_t i = 1; i < shown.size() && !request_.sort().empty(); ++i)
      EXPECT_LE(key(shown[i - 1]), key(shown[i])) << asked_ << " at " << i;
  }

  std::mt19937 random_{2027};
  SearchShop shop_;
  std::map<std::string, Known> catalog_;
  v1::SearchRequest request_;
  std::vector<std::string> wanted_;
  Holds filter_;
  std::map<std::string, std::set<std::string>> chosen_;
  std::string asked_;
};

TEST_F(ExhaustivePlugin, AnswersAreWhatALookAtEveryProductGives) {
  std::size_t pages = 0;
  for (int round = 0; round < 160 && !HasFailure(); ++round) {
    make_question();
    const auto expected = answers();
    const std::uint32_t most = request_.distinct();
    std::map<std::string, std::uint64_t> families;
    std::uint64_t total = 0;
    for (const Known* known : expected) {
      const std::uint64_t so_far = known->family.empty() ? 0 : families[known->family]++;
      total += most == 0 || so_far < most ? 1 : 0;
    }
    const auto first = shop_.ask(request_);
    EXPECT_EQ(first.total(), total) << asked_;
    expect_facets(first);
    const auto shown = read_pages(total);
    pages += shown.size() / request_.limit();
    expect_sorted(shown);
    std::map<std::string, std::uint64_t> of_family;
    for (const Known* known : shown) {
      EXPECT_NE(std::find(expected.begin(), expected.end(), known), expected.end()) << asked_;
      if (most == 0 || known->family.empty()) continue;
      EXPECT_LE(++of_family[known->family], most) << asked_;
    }
    for (const auto& hit : first.hits()) {
      const std::string& family = catalog_.at(hit.product_id()).family;
      if (most == 0 || family.empty()) continue;
      EXPECT_EQ(hit.group_size(), families[family] - 1) << asked_;
    }
  }
  EXPECT_GT(pages, 300U);
}

}  // namespace
}  // namespace souk::search::testing
