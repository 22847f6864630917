#include "plugins/recommendations/serve/question.hpp"

#include <algorithm>
#include <string>

#include "plugins/recommendations/state/hashing.hpp"

namespace souk::recommendations {
namespace {

constexpr std::array<std::string_view, kKinds> kNames{
    "for_you",   "similar",  "bought_together", "bundle",          "upsell",   "cross_sell",
    "buy_again", "trending", "new_arrivals",    "recently_viewed", "discover", "complete_the_look",
    "size"};

bool needs_product(Kind kind) {
  return kind == Kind::similar || kind == Kind::upsell || kind == Kind::size ||
         kind == Kind::complete_the_look;
}
bool needs_product_or_cart(Kind kind) {
  return kind == Kind::bought_together || kind == Kind::bundle || kind == Kind::cross_sell;
}

template <class Names>
void find_all(const Names& names, const ItemDictionary& items, std::vector<ItemId>& out) {
  for (const auto& name : names) {
    const ItemId item = items.find(name);
    if (item != kNoItem) out.push_back(item);
  }
}

}  // namespace

std::string_view name_of(Kind kind) { return kNames[static_cast<std::size_t>(kind)]; }

void Question::clear() {
  product = kNoItem;
  product_unknown = has_account = by_category = false;
  session.clear();
  history.clear();
  cart.clear();
  exclude.clear();
  exclude_categories.clear();
  category = kNoCategory;
  account = kNoItem;
  profile.clear();
}

Status Question::read_kind(const souk::v1::RecommendRequest& request) {
  kind = Kind::for_you;
  if (!request.kind().empty()) {
    const auto found = std::find(kNames.begin(), kNames.end(), request.kind());
    if (found == kNames.end()) {
      std::string allowed;
      for (const std::string_view name : kNames)
        allowed.append(allowed.empty() ? "" : ", ").append(name);
      return Status(
          Code::invalid_argument,
          "there is no kind \"" + request.kind().substr(0, 64) + "\"; allowed are " + allowed,
          "kind");
    }
    kind = static_cast<Kind>(found - kNames.begin());
  }
  if (request.limit() > kMostItems) {
    return Status(Code::invalid_argument,
                  "limit is " + std::to_string(request.limit()) + ", allowed is 1 to " +
                      std::to_string(kMostItems),
                  "limit");
  }
  const std::string name(name_of(kind));
  if (needs_product(kind) && request.product_id().empty()) {
    return Status(Code::invalid_argument, name + " needs the product that it is about",
                  "productId");
  }
  if (needs_product_or_cart(kind) && request.product_id().empty() && request.cart().empty() &&
      request.shopper_id().empty() && request.session_id().empty()) {
    return Status(Code::invalid_argument,
                  name + " needs a product, a cart, or a shopper who has one", "productId");
  }
  return {};
}

Status Question::read(const souk::v1::RecommendRequest& request, std::string_view account_id,
                      const StoreState& state, const v1::Settings& store_settings,
                      std::int64_t now) {
  clear();
  if (Status status = read_kind(request); !status.ok()) return status;
  limit = request.limit() == 0 ? kDefaultLimit : request.limit();
  explain = request.explain();
  include_seen = request.include_seen();
  now_us = now;
  settings = serving_settings(store_settings);

  if (!request.product_id().empty()) {
    product = state.items.find(request.product_id());
    product_unknown = product == kNoItem;
  }
  find_all(request.exclude(), state.items, exclude);
  find_all(store_settings.exclude_products(), state.items, exclude);
  for (const std::string& path : store_settings.exclude_categories()) {
    const CategoryId found = state.catalog.category(path);
    if (found != kNoCategory) exclude_categories.push_back(found);
  }
  by_category = !request.category().empty();
  if (by_category) category = state.catalog.category(request.category());
  has_account = !account_id.empty();
  if (has_account) account = state.catalog.find_account(account_id);

  read_person(request, state);
  read_session(request, state);
  return {};
}

void Question::read_person(const souk::v1::RecommendRequest& request, const StoreState& state) {
  bool known = false;
  if (!request.shopper_id().empty()) {
    known = state.shoppers.read(shopper_key(request.shopper_id()), profile, scratch);
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
}

void Question::read_session(const souk::v1::RecommendRequest& request, const StoreState& state) {
  VisitKey visit = profile.visits.empty() ? 0 : profile.visits.back();
  if (!request.session_id().empty()) visit = visit_of_session(request.session_id());
  for (const Profile::Viewed& view : profile.viewed) {
    const bool now = view.visit == static_cast<std::uint32_t>(visit);
    (now ? session : history).push_back(view.item);
  }
  if (!request.session_items().empty()) {
    session.clear();
    find_all(request.session_items(), state.items, session);
  } else if (session.empty() && !request.session_id().empty()) {
    // The visit of somebody whose shopper id the events did not carry.
    state.sessions.session_items(bytes_of(visit), session);
  }
}

}  // namespace souk::recommendations
