// Searches, clicks, carts, orders → what is taken for which query, what is popular, who likes what.
#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "plugins/search/model/analyzer.hpp"
#include "plugins/search/search.hpp"
#include "plugins/search/state/keys.hpp"
#include "plugins/search/state/query_id.hpp"

namespace souk::search {
namespace {

// How much each act says of a product, beside a look at it.
constexpr double kView = 1;
constexpr double kClick = 1;
constexpr double kAdd = 3;
constexpr double kOrder = 5;

/// A list of search results, by the name that storefronts give it ("search", "search-results").
bool is_search_list(std::string_view list_id) {
  constexpr std::string_view kWord = "search";
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return std::search(list_id.begin(), list_id.end(), kWord.begin(), kWord.end(), same) !=
         list_id.end();
}

}  // namespace

Behaviour::Who Search::who_of(const EventInfo& info) {
  Behaviour::Who who;
  who.shopper = key_of(info.shopper_id());
  who.visit = visit_key(info.session_id());
  who.now_us = info.received_us();
  who.personal = info.may_personalize();
  return who;
}

std::uint64_t Search::search_named(std::string_view query_id, const EventInfo& info) {
  return key_of(query_id.empty() ? info.attribution_token() : query_id);
}

std::uint64_t Search::query_behind(const Behaviour::Who& who, std::string_view query_id,
                                   const EventInfo& info, bool from_visit) {
  const std::string_view text = query_id.empty() ? info.attribution_token() : query_id;
  const std::uint64_t id = key_of(text);
  if (id != 0 && !behaviour_.knows(id)) {
    const std::uint64_t query = query_in_id(text);
    if (query != 0) {
      behaviour_.implied(who, query, id);
      QueryCounts counts;
      counts.searches = 1;
      days_.count(who.now_us, query, counts);
    }
  }
  return behaviour_.query_of(who, id, from_visit);
}

void Search::touch_product(const Behaviour::Who& who, std::string_view product_id, double weight) {
  const std::uint64_t key = key_of(product_id);
  const std::uint32_t number = index_.number_of(key);
  if (number == IndexWriter::kNoNumber) return;
  popularity_.add(number, weight, who.now_us, half_life_us_);
  if (const auto facts = index_.facts_of(key)) behaviour_.liked(who, key, *facts, weight);
  behaviour_changed_ = true;
}

/// `query`: the search that it is credited to; 0: none.
void Search::count_bought(const Behaviour::Who& who, std::uint64_t query, bool ordered) {
  if (query == 0) return;
  QueryCounts counts;
  (ordered ? counts.ordered : counts.added) = 1;
  days_.count(who.now_us, query, counts);
}

void Search::on(const souk::v1::ProductsSearched& event, const EventInfo& info) {
  folded(info);
  const Behaviour::Who who = who_of(info);
  const std::uint64_t id = search_named(event.query_id(), info);
  behaviour_.searched(who, event.query(), id, event.has_results() ? event.results() : -1);
  if (const std::string text = normalized(event.query()); !text.empty()) {
    QueryCounts counts;
    counts.searches = 1;
    counts.without_results = event.has_results() && event.results() == 0 ? 1 : 0;
    counts.results = event.results();
    days_.count(who.now_us, key_of(text), counts);
  }
  behaviour_changed_ = true;
  if (event.products_size() == 0) return;
  shown_.clear();
  std::int32_t place = 0;
  for (const auto& product : event.products()) {
    ++place;
    shown_.push_back(
        {key_of(product.product_id()), product.has_position() ? product.position() : place});
  }
  const std::uint64_t query = behaviour_.query_of(who, id, true);
  record_example(who, id, query);
  behaviour_.shown(who, query, shown_);
}

void Search::on(const souk::v1::ProductListViewed& event, const EventInfo& info) {
  folded(info);
  const bool of_search = is_search_list(event.list_id());
  const Behaviour::Who who = who_of(info);
  if (beside_.contains(event.list_id())) return;
  const std::uint64_t query = query_behind(who, {}, info, of_search);
  if (query == 0) return;
  shown_.clear();
  std::int32_t place = 0;
  for (const auto& product : event.products()) {
    ++place;
    shown_.push_back(
        {key_of(product.product_id()), product.has_position() ? product.position() : place});
  }
  record_example(who, key_of(info.attribution_token()), query);
  behaviour_.shown(who, query, shown_);
  behaviour_changed_ = true;
}

void Search::on(const souk::v1::ProductClicked& event, const EventInfo& info) {
  folded(info);
  const Behaviour::Who who = who_of(info);
  // Records of an index beside the catalog are no products.
  if (beside_.contains(event.list_id())) return;
  const bool of_search = is_search_list(event.list_id());
  const std::uint64_t id = search_named(event.query_id(), info);
  const std::uint64_t query = query_behind(who, event.query_id(), info, of_search);
  example_outcome(who, id, key_of(event.product_id()), Examples::clicked, of_search && id == 0);
  if (query != 0) {
    QueryCounts counts;
    const bool first = behaviour_.clicked(who, query, id, key_of(event.product_id()),
                                          event.has_position() ? event.position() : 0);
    counts.clicked = first ? 1 : 0;
    if (event.position() > 0) {
      counts.positions = event.position();
      counts.placed = 1;
    }
    days_.count(who.now_us, query, counts);
    behaviour_changed_ = true;
  }
  touch_product(who, event.product_id(), kClick);
}

void Search::on(const souk::v1::ProductViewed& event, const EventInfo& info) {
  folded(info);
  touch_product(who_of(info), event.product_id(), kView);
}

void Search::on(const souk::v1::ProductAdded& event, const EventInfo& info) {
  folded(info);
  const Behaviour::Who who = who_of(info);
  const std::uint64_t id = search_named(event.query_id(), info);
  const std::uint64_t query = query_behind(who, event.query_id(), info, false);
  example_outcome(who, id, key_of(event.product_id()), Examples::added, id == 0);
  count_bought(who, behaviour_.bought(who, query, key_of(event.product_id()), false), false);
  touch_product(who, event.product_id(), kAdd);
}

void Search::on(const souk::v1::OrderCompleted& event, const EventInfo& info) {
  folded(info);
  if (!new_order(event.order_id())) return;
  const Behaviour::Who who = who_of(info);
  std::vector<std::uint64_t> led_to_it;
  for (const auto& line : event.products()) {
    if (line.product_id().empty()) continue;
    const std::uint64_t id = search_named(line.query_id(), info);
    const std::uint64_t query = query_behind(who, line.query_id(), info, false);
    example_outcome(who, id, key_of(line.product_id()), Examples::ordered, id == 0);
    const std::uint64_t credited = behaviour_.bought(who, query, key_of(line.product_id()), true);
    // However many of its products came from there, it is one order of that search.
    if (std::find(led_to_it.begin(), led_to_it.end(), credited) == led_to_it.end()) {
      led_to_it.push_back(credited);
      count_bought(who, credited, true);
    }
    touch_product(who, line.product_id(), kOrder);
    size_of_line(who, line.product_id(), line.variant_id(), true);
  }
}

void Search::on(const souk::v1::ProductReturned& event, const EventInfo& info) {
  folded(info);
  const Behaviour::Who who = who_of(info);
  for (const auto& line : event.products())
    size_of_line(who, line.product_id(), line.variant_id(), false);
}

void Search::size_of_line(const Behaviour::Who& who, std::string_view product,
                          std::string_view variant, bool kept) {
  if (!who.personal) return;
  const auto bought = index_.size_of(key_of(product), variant);
  if (!bought) return;
  behaviour_.sized(who, bought->kind, bought->size, kept);
  behaviour_changed_ = true;
}

}  // namespace souk::search
