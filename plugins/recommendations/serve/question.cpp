#include "plugins/recommendations/serve/question.hpp"

#include <algorithm>

#include "plugins/recommendations/state/hashing.hpp"

namespace souk::recommendations {
namespace {

template <class Names, class Add>
void find_all(const Names& names, const ItemDictionary& items, const Add& add) {
  for (const auto& name : names) {
    const ItemId item = items.find(name);
    if (item != kNoItem) add(item);
  }
}
template <class Names>
void find_all(const Names& names, const ItemDictionary& items, std::vector<ItemId>& out) {
  find_all(names, items, [&](ItemId item) { out.push_back(item); });
}
template <class Names>
void find_all(const Names& names, const ItemDictionary& items, ItemList& out) {
  find_all(names, items, [&](ItemId item) { out.add(item); });
  out.seal();
}

}  // namespace

void Question::clear() {
  product = kNoItem;
  product_unknown = has_account = by_category = sensitive_page = history_given = false;
  session.clear();
  history.clear();
  past.clear();
  cart.clear();
  exclude_categories.clear();
  category = kNoCategory;
  account = kNoItem;
  person = {};
  profile.clear();
  excluded.clear();
  shown.clear();
  in_cart.clear();
  min_price = max_price = -1;
  placement_filter.unbind();
  filter.unbind();
  boost_factors.clear();
  query_words.clear();
}

Status Question::read(const souk::v1::RecommendRequest& request, std::string_view account_id,
                      const StoreState& state, const v1::Settings& in_force, std::int64_t now) {
  clear();
  if (Status status = read_wish(request, in_force, expressions_, wish); !status.ok()) return status;
  kind = wish.kinds[0];
  limit = wish.limit;
  explain = request.explain();
  include_seen = request.include_seen();
  segment = request.segment();
  now_us = now;
  settings = serving_settings(in_force);
  seed = 0;
  exploration = settings.exploration;

  if (!request.product_id().empty()) {
    product = state.items.find(request.product_id());
    product_unknown = product == kNoItem;
  }
  for (const std::string& path : in_force.exclude_categories()) {
    const CategoryId found = state.catalog.category(path);
    if (found != kNoCategory) exclude_categories.push_back(found);
  }
  by_category = !wish.category.empty();
  if (by_category) category = state.catalog.category(wish.category);
  has_account = !account_id.empty();
  if (has_account) account = state.catalog.find_account(account_id);

  read_policy(request, state, in_force);
  read_person(request, state);
  read_session(request, state);
  read_segment(state);
  be_discreet(in_force, state);
  return {};
}

void Question::read_policy(const souk::v1::RecommendRequest& request, const StoreState& state,
                           const v1::Settings& in_force) {
  find_all(request.exclude(), state.items, excluded);
  find_all(in_force.exclude_products(), state.items, excluded);
  find_all(request.shown(), state.items, shown);
  if (request.has_min_price()) min_price = request.min_price();
  if (request.has_max_price()) max_price = request.max_price();
  currency = in_force.currency();
  const double minor_units = minor_units_of(currency);
  if (wish.placement_filter != nullptr) {
    placement_filter.bind(*wish.placement_filter, state, now_us, minor_units);
  }
  if (wish.filter != nullptr) filter.bind(*wish.filter, state, now_us, minor_units);
  add_boosts(wish.placement_boosts, state, minor_units);
  add_boosts(wish.boosts, state, minor_units);
  read_query(request.query());
}

void Question::add_boosts(const std::vector<BoostRule>* rules, const StoreState& state,
                          double minor_units) {
  if (rules == nullptr) return;
  for (const BoostRule& rule : *rules) {
    if (boosts.size() == boost_factors.size()) boosts.emplace_back();
    boosts[boost_factors.size()].bind(rule.when, state, now_us, minor_units);
    boost_factors.push_back(rule.factor);
  }
}

/// Words of two bytes and more, ASCII letters small.
void Question::read_query(std::string_view query) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  for (std::size_t at = 0; at < query.size() && query_words.size() < kMostQueryWords;) {
    std::size_t end = at;
    while (end < query.size() && is_letter(query[end]))
      ++end;
    if (end - at >= 2) {
      std::string& word = query_words.emplace_back(query.substr(at, end - at));
      for (char& c : word)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    at = end + 1;
  }
}

void Question::read_person(const souk::v1::RecommendRequest& request, const StoreState& state) {
  bool known = false;
  if (!request.shopper_id().empty()) {
    person = shopper_key(request.shopper_id());
    known = state.shoppers.read(person, profile, scratch);
  }
  if (!known && !request.session_id().empty()) {
    state.shoppers.read(visitor_key(request.session_id()), profile, scratch);
  }
  if (!request.cart().empty()) {
    find_all(request.cart(), state.items, cart);
  } else {
    for (const Profile::InCart& line : profile.cart)
      cart.push_back(line.item);
  }
  for (const ItemId item : cart)
    in_cart.add(item);
  in_cart.seal();
  if (cart.size() > kCartSeeds) {
    cart.erase(cart.begin(), cart.end() - static_cast<std::ptrdiff_t>(kCartSeeds));
  }
}

void Question::read_session(const souk::v1::RecommendRequest& request, const StoreState& state) {
  VisitKey visit = profile.visits.empty() ? 0 : profile.visits.back();
  if (!request.session_id().empty()) visit = visit_of_session(request.session_id());
  for (const Profile::Viewed& view : profile.viewed) {
    const bool now = view.visit == static_cast<std::uint32_t>(visit);
    (now ? session : history).push_back(view.item);
  }
  read_past(visit);
  if (!request.session_items().empty()) {
    session.clear();
    find_all(request.session_items(), state.items, session);
  } else if (session.empty() && !request.session_id().empty()) {
    // The visit of somebody whose shopper id the events did not carry.
    state.sessions.session_items(bytes_of(visit), session);
  }
  history_given = !request.history_items().empty();
  if (history_given) {
    history.clear();
    find_all(request.history_items(), state.items, history);
    past = history;
  }
}

void Question::read_segment(const StoreState& state) {
  segment_id = kNoItem;
  if (!segment.empty()) {
    segment_id = state.segment_names.find(segment);
  } else if (!profile.segments.empty()) {
    segment_id = profile.segments.back() & ~Profile::kByTag;
  }
}

/// What was done with sensitive products says nothing on pages about something else: neither they
/// nor what others took with them may follow the shopper there.
void Question::be_discreet(const v1::Settings& in_force, const StoreState& state) {
  sensitive.use(in_force, state);
  sensitive_page = (product != kNoItem && sensitive.contains_item(product)) ||
                   (by_category && category != kNoCategory && sensitive.contains(category));
  if (sensitive_page || !sensitive.any()) return;
  const auto is_sensitive = [&](ItemId item) { return sensitive.contains_item(item); };
  for (std::vector<ItemId>* items : {&session, &history, &past, &cart})
    std::erase_if(*items, is_sensitive);
  std::erase_if(profile.bought,
                [&](const Profile::Bought& bought) { return is_sensitive(bought.item); });
}

// Earlier views and purchases in one row, by their time.
void Question::read_past(VisitKey visit) {
  auto bought = profile.bought.begin();
  const auto take_bought_until = [&](std::uint32_t at_s) {
    for (; bought != profile.bought.end() && bought->last_s < at_s; ++bought)
      past.push_back(bought->item);
  };
  for (const Profile::Viewed& view : profile.viewed) {
    if (view.visit == static_cast<std::uint32_t>(visit)) continue;
    take_bought_until(view.at_s);
    past.push_back(view.item);
  }
  constexpr std::uint32_t kEnd = 0xffffffff;
  take_bought_until(kEnd);
}

}  // namespace souk::recommendations
