// The first half of a visit: the pages of the shop on which people look for products.
#include <algorithm>

#include "tools/simulate/journeys.hpp"
#include "tools/simulate/portable_math.hpp"
#include "tools/simulate/queries.hpp"

namespace souk::simulate {
namespace {

constexpr std::string_view kSearchList = "search";

}  // namespace

void Journeys::show_home(Session& session, std::int64_t now) {
  shop_.writer.page_viewed(at(session, now), "Home", "/");
  ++session.pages;
  const double next = shop_.random.uniform();
  if (--session.pages_left <= 0) {
    session.next = Action::leave;
  } else if (next < 0.25) {
    session.next = Action::promotion;
  } else {
    session.next = next < 0.40 ? Action::search : Action::list;
  }
}

void Journeys::show_promotion(Session& session, std::int64_t now) {
  const auto department = shop_.catalog.leaf_category(session.leaf).id;
  const std::string id = "promo-" + department + "-" + std::to_string(shop_.day / 7);
  const auto name = shop_.catalog.leaf_category(session.leaf).name;
  shop_.writer.promotion(at(session, now), false, id, name);
  if (shop_.random.chance(0.2)) shop_.writer.promotion(at(session, now), true, id, name);
  session.next = Action::list;
}

void Journeys::run_search(Session& session, std::int64_t now) {
  Random& random = shop_.random;
  const Shopper& shopper = shop_.person(session.shopper);
  session.searched = true;
  const int target = session.wanted >= 0 ? session.wanted : best_of(shopper, session.leaf, 5);
  if (target < 0) {
    session.next = Action::leave;
    return;
  }
  const auto wanted_index = static_cast<std::uint32_t>(target);
  session.leaf = shop_.product(wanted_index).leaf;
  const Query query = make_query(shop_.product(wanted_index), shop_.catalog, random);
  if (query.typo) ++shop_.tallies.typo_searches;
  // Half of the misspelt queries, and some of the others' own words, find nothing.
  const bool nothing = (query.typo && random.chance(0.45)) || (query.synonym && random.chance(0.2));
  const int results = nothing ? 0 : random.between(3, 90);
  const std::string query_id = "q-" + session.session_id + "-" + std::to_string(session.pages + 1);
  shop_.writer.products_searched(at(session, now), query.text, results, query_id);
  ++session.pages;
  --session.pages_left;
  if (nothing) {
    session.next = session.pages_left > 0 && random.chance(0.7) ? Action::search : Action::leave;
    return;
  }
  session.shown_count = 0;
  fill_list(session);
  // A good engine shows it early, not always first.
  const std::size_t place =
      std::min<std::size_t>(static_cast<std::size_t>(random.exponential(1.6)),
                            session.shown_count > 0 ? session.shown_count - 1 : 0);
  const auto end = session.shown.begin() + static_cast<std::ptrdiff_t>(session.shown_count);
  if (shop_.product(wanted_index).live &&
      std::find(session.shown.begin(), end, wanted_index) == end && session.shown_count > 0) {
    session.shown[place] = wanted_index;
  }
  session.list = kSearchList;
  session.searching_list = true;
  session.next = Action::list;
}

void Journeys::fill_list(Session& session) {
  session.shown_count = 0;
  for (int attempt = 0; attempt < 30 && session.shown_count < kShown; ++attempt) {
    const int drawn = shop_.catalog.draw(session.leaf, shop_.random);
    if (drawn < 0) return;
    const auto product = static_cast<std::uint32_t>(drawn);
    const auto end = session.shown.begin() + static_cast<std::ptrdiff_t>(session.shown_count);
    if (std::find(session.shown.begin(), end, product) == end) {
      session.shown[session.shown_count++] = product;
    }
  }
}

void Journeys::show_list(Session& session, std::int64_t now) {
  const Category& category = shop_.catalog.leaf_category(session.leaf);
  if (!session.searching_list) {
    fill_list(session);
    session.list = category.id;
    ++session.pages;
    --session.pages_left;
  }
  session.searching_list = false;
  if (session.shown_count == 0) {
    session.next = Action::leave;
    return;
  }
  std::array<Line, kShown> lines;
  for (std::size_t i = 0; i < session.shown_count; ++i) {
    lines[i].product = session.shown[i];
    lines[i].unit_price = shop_.product(session.shown[i]).price;
    lines[i].position = static_cast<int>(i) + 1;
  }
  shop_.writer.product_list_viewed(at(session, now), session.list, category.path,
                                   {lines.data(), session.shown_count});
  if (session.pages_left <= 0) {
    session.next = Action::leave;
  } else if (session.list != kSearchList && shop_.random.chance(0.13)) {
    session.next = Action::filter;
  } else {
    click_in_list(session);
  }
}

void Journeys::filter_list(Session& session, std::int64_t now) {
  const Category& category = shop_.catalog.leaf_category(session.leaf);
  const Shopper& shopper = shop_.person(session.shopper);
  const bool by_price = shop_.random.chance(0.3 + 0.4 * shopper.discount_sensitivity);
  std::sort(session.shown.begin(),
            session.shown.begin() + static_cast<std::ptrdiff_t>(session.shown_count),
            [&](std::uint32_t x, std::uint32_t y) {
              const auto px = shop_.product(x).price;
              const auto py = shop_.product(y).price;
              return px != py ? px < py : x < y;
            });
  std::array<Line, kShown> lines;
  for (std::size_t i = 0; i < session.shown_count; ++i) {
    lines[i].product = session.shown[i];
    lines[i].unit_price = shop_.product(session.shown[i]).price;
    lines[i].position = static_cast<int>(i) + 1;
  }
  const std::string& brand = shop_.catalog.brands()[shop_.product(session.shown[0]).brand].name;
  shop_.writer.product_list_filtered(at(session, now), session.list, category.path,
                                     by_price ? "sort" : "brand", by_price ? "asc" : brand,
                                     {lines.data(), session.shown_count});
  click_in_list(session);
}

void Journeys::click_in_list(Session& session) {
  const Shopper& shopper = shop_.person(session.shopper);
  std::array<double, kShown> weights{};
  for (std::size_t i = 0; i < session.shown_count; ++i) {
    const Product& product = shop_.product(session.shown[i]);
    double liking =
        1.2 * appeal(shopper, product) + 0.4 * product.fame - 0.10 * static_cast<double>(i);
    if (static_cast<int>(session.shown[i]) == session.wanted) liking += 3.0;
    if (product.total_stock() == 0) liking -= 1.5;  // marked as sold out
    weights[i] = portable_exp(liking);
  }
  const std::size_t chosen = shop_.random.weighted({weights.data(), session.shown_count});
  go_to(session, static_cast<int>(session.shown[chosen]), session.list,
        static_cast<int>(chosen) + 1, Action::click);
}

}  // namespace souk::simulate
