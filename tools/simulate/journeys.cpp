#include "tools/simulate/journeys.hpp"

#include <algorithm>

#include "tools/simulate/portable_math.hpp"

namespace souk::simulate {
namespace {

constexpr double kBounceRate = 0.33;
constexpr double kMeanPages = 6.5;
constexpr std::size_t kMaxLeaves = 128;

constexpr std::string_view kSimilarList = "similar";
constexpr std::string_view kTogetherList = "bought-together";

}  // namespace

std::uint32_t Journeys::take_slot() {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(sessions_.size()));
    sessions_.emplace_back();
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  return slot;
}

Moment Journeys::at(const Session& session, std::int64_t now) const {
  const Shopper& shopper = shop_.population.people()[session.shopper];
  Moment moment;
  moment.time_us = now;
  moment.shopper_id = session.person_id;
  moment.session_id = session.session_id;
  // Regulars with a telephone use the application.
  const bool app = shopper.mobile && shopper.segment == Segment::loyal;
  moment.channel = app ? Channel::app : Channel::web;
  return moment;
}

void Journeys::start(std::uint32_t index, Entry entry, int wanted, std::int64_t now) {
  Shopper& shopper = shop_.person(index);
  if (shopper.in_session || shop_.day >= shopper.churn_day || shop_.day < shopper.arrive_day)
    return;
  shopper.in_session = true;
  // A cart is forgotten after a fortnight.
  if (shop_.day - shopper.last_session_day > 14) shopper.cart.clear();
  shopper.last_session_day = shop_.day;
  ++shopper.sessions;
  const std::uint32_t slot = take_slot();
  Session& session = sessions_[slot];
  session = Session{};
  session.shopper = index;
  session.entry = entry;
  session.wanted = wanted;
  session.person_id = shopper.identified ? shop_.population.customer_id(index)
                                         : shop_.population.anonymous_id(index);
  const std::string generation =
      shopper.generation > 0 ? "-" + std::to_string(shopper.generation) : "";
  session.session_id =
      "s-" + std::to_string(index + 1) + generation + "-" + std::to_string(shopper.sessions);
  if (shopper.cart.empty()) ++shopper.cart_number;
  session.cart_id =
      "cart-" + std::to_string(index + 1) + generation + "-" + std::to_string(shopper.cart_number);
  ++shop_.tallies.sessions;
  if (!shopper.identified) ++shop_.tallies.anonymous_sessions;
  choose_mission(session);
  step(slot, now);
}

void Journeys::choose_mission(Session& session) {
  Random& random = shop_.random;
  const Shopper& shopper = shop_.person(session.shopper);
  if (session.entry == Entry::email_cart && !shopper.cart.empty()) {
    session.pages_left = 3;
    session.next = Action::cart;
    return;
  }
  const bool bounce = random.chance(session.entry == Entry::browse ? kBounceRate : 0.12);
  session.pages_left = bounce ? 1 : 2 + static_cast<int>(random.exponential(kMeanPages - 2.0));
  session.leaf = session.wanted >= 0
                     ? shop_.product(static_cast<std::uint32_t>(session.wanted)).leaf
                     : choose_leaf(shopper);
  const double way = random.uniform();
  if (session.wanted >= 0) {
    if (session.entry == Entry::refill && way < 0.35) {
      session.next = Action::search;
    } else {
      go_to(session, session.wanted, {}, 0, Action::view);
    }
    return;
  }
  if (!shopper.cart.empty() && way < 0.15) {
    session.next = Action::cart;  // comes back for what was left
  } else if (way < 0.40) {
    session.next = Action::home;
  } else if (way < 0.55) {
    session.next = Action::search;
  } else if (way < 0.75) {
    session.next = Action::list;
  } else {
    // From an advertisement, a search engine or memory straight to a product.
    int product = -1;
    if (shopper.remembered_count > 0 && random.chance(0.4)) {
      product = static_cast<int>(shopper.remembered[random.below(shopper.remembered_count)]);
    } else {
      product = best_of(shopper, session.leaf, 2);
    }
    if (product >= 0 && shop_.product(static_cast<std::uint32_t>(product)).live) {
      go_to(session, product, {}, 0, Action::view);
    } else {
      session.next = Action::home;
    }
  }
}

int Journeys::choose_leaf(const Shopper& shopper) {
  const auto leaves = leaf_specs();
  std::array<double, kMaxLeaves> weights{};
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const auto department =
        static_cast<std::size_t>(shop_.catalog.department_of(static_cast<int>(i)));
    weights[i] = leaves[i].demand * shop_.season[i] *
                 (0.02 + static_cast<double>(shopper.departments[department]));
  }
  for (const std::uint16_t favourite : shopper.favourite_leaves)
    weights[favourite] *= 4.0;
  return static_cast<int>(shop_.random.weighted({weights.data(), leaves.size()}));
}

void Journeys::finish(std::uint32_t index, Session& session, std::int64_t now) {
  Shopper& shopper = shop_.person(session.shopper);
  shopper.in_session = false;
  Tallies& tallies = shop_.tallies;
  if (session.pages <= 1) ++tallies.bounced_sessions;
  if (session.searched) ++tallies.searching_sessions;
  if (session.added) ++tallies.cart_sessions;
  if (session.added && !shopper.cart.empty()) carts_.cart_left(session.shopper, now);
  free_.push_back(index);
}

void Journeys::step(std::uint32_t index, std::int64_t now) {
  if (!act(sessions_[index], now)) {
    finish(index, sessions_[index], now);
    return;
  }
  const double pause = pause_seconds(sessions_[index]);
  const auto delay = static_cast<std::int64_t>(pause * 1000.0) * 1000;
  shop_.queue.push(now + std::max<std::int64_t>(delay, 1000), Due::step, index);
}

double Journeys::pause_seconds(const Session& session) {
  switch (session.next) {
    case Action::view:
      return shop_.random.uniform(0.3, 1.5);  // the page loads after the click
    case Action::promotion:
    case Action::filter:
      return shop_.random.log_normal(5.0, 0.5);
    case Action::contact_step:
    case Action::payment_step:
      return shop_.random.uniform(0.5, 2.0);
    case Action::contact_done:
    case Action::payment:
      return shop_.random.log_normal(35.0, 0.5);
    default:
      return session.searching_list ? 0.4 : shop_.random.log_normal(22.0, 0.8);
  }
}

bool Journeys::act(Session& session, std::int64_t now) {
  switch (session.next) {
    case Action::home:
      show_home(session, now);
      break;
    case Action::promotion:
      show_promotion(session, now);
      break;
    case Action::search:
      run_search(session, now);
      break;
    case Action::list:
      show_list(session, now);
      break;
    case Action::filter:
      filter_list(session, now);
      break;
    case Action::click:
      shop_.writer.product_clicked(at(session, now), line_of(session, 0), session.list);
      session.next = Action::view;
      break;
    case Action::view:
      view(session, now);
      break;
    case Action::wishlist: {
      const std::string list = "w-" + std::to_string(session.shopper + 1);
      shop_.writer.product_added_to_wishlist(at(session, now), line_of(session, 0), list);
      walk(session);
      break;
    }
    case Action::add:
      add(session, now);
      break;
    case Action::cart:
      show_cart(session, now);
      break;
    case Action::remove:
      remove_line(session, now);
      break;
    case Action::coupon:
      try_coupon(session, now);
      break;
    case Action::checkout:
      start_checkout(session, now);
      break;
    case Action::contact_step:
      shop_.writer.checkout_step(at(session, now), false, session.checkout_id, 1, "standard", {});
      session.next = shop_.random.chance(0.90) ? Action::contact_done : Action::leave;
      break;
    case Action::contact_done:
      finish_contact(session, now);
      break;
    case Action::payment_step:
      shop_.writer.checkout_step(at(session, now), false, session.checkout_id, 2, "standard", {});
      session.next = shop_.random.chance(0.93) ? Action::payment : Action::leave;
      break;
    case Action::payment:
      enter_payment(session, now);
      break;
    case Action::order:
      place_order(session, now);
      break;
    case Action::leave:
      return false;
  }
  return true;
}

void Journeys::go_to(Session& session, int product, std::string_view list, int position,
                     Action how) {
  session.current = product;
  session.list = list;
  session.position = position;
  session.variant = choose_variant(shop_.person(session.shopper),
                                   shop_.product(static_cast<std::uint32_t>(product)));
  session.next = how;
}

Line Journeys::line_of(const Session& session, int quantity) const {
  Line line;
  line.product = static_cast<std::uint32_t>(session.current);
  line.variant = session.variant;
  line.quantity = quantity;
  line.unit_price = shop_.catalog.products()[line.product].variant_price(
      static_cast<std::size_t>(session.variant));
  line.position = quantity == 0 ? session.position : 0;
  return line;
}

void Journeys::view(Session& session, std::int64_t now) {
  Random& random = shop_.random;
  Shopper& shopper = shop_.person(session.shopper);
  const auto index = static_cast<std::uint32_t>(session.current);
  const Product& product = shop_.product(index);
  shop_.writer.product_viewed(at(session, now), line_of(session, 0));
  ++session.pages;
  --session.pages_left;
  session.leaf = product.leaf;
  const double wants = add_probability(session, shopper, product);
  shopper.remember(index);
  const bool buys = product.live && random.chance(wants);
  const bool there = product.variants[static_cast<std::size_t>(session.variant)].stock > 0;
  if (buys && there) {
    session.next = Action::add;
    return;
  }
  if (buys) {
    // Would have bought it. About a third of what is added is ordered in the end; a refill nearly
    // always.
    if (random.chance(session.current == session.wanted ? 0.75 : 0.33)) shop_.lose(index, 1);
    session.partner_of = -1;
    const int other = similar_to(shopper, product);
    if (other >= 0 && random.chance(0.45)) {
      go_to(session, other, kSimilarList, 1, Action::click);
    } else {
      session.next = Action::leave;
    }
    return;
  }
  session.partner_of = -1;
  if (random.chance(0.012)) {
    session.next = Action::wishlist;
    return;
  }
  walk(session);
}

void Journeys::walk(Session& session) {
  Random& random = shop_.random;
  Shopper& shopper = shop_.person(session.shopper);
  if (session.pages_left <= 0) {
    session.next = shopper.cart.empty() || !session.added ? Action::leave : Action::cart;
    return;
  }
  const Product& product = shop_.product(static_cast<std::uint32_t>(session.current));
  const double turn = random.uniform();
  if (turn < 0.46) {
    const int other = similar_to(shopper, product);
    if (other >= 0) {
      go_to(session, other, kSimilarList, random.between(1, 6), Action::click);
      return;
    }
  } else if (turn < 0.56 && !product.complements.empty()) {
    const auto pick = random.below(static_cast<std::uint32_t>(product.complements.size()));
    const std::uint32_t partner = product.complements[pick].product;
    if (shop_.product(partner).live) {
      go_to(session, static_cast<int>(partner), kTogetherList, static_cast<int>(pick) + 1,
            Action::click);
      return;
    }
  } else if (turn < 0.66 && session.shown_count > 0 &&
             shop_.product(session.shown[0]).leaf == session.leaf) {
    click_in_list(session);  // back to the list
    return;
  } else if (turn < 0.69) {
    session.wanted = -1;
    session.next = Action::search;
    return;
  } else if (turn < 0.78) {
    session.leaf = choose_leaf(shopper);
  }
  session.next = Action::list;
}

int Journeys::best_of(const Shopper& shopper, int leaf, int draws) {
  int best = -1;
  double best_liking = -1e9;
  for (int i = 0; i < draws; ++i) {
    const int drawn = shop_.catalog.draw(leaf, shop_.random);
    if (drawn < 0) return -1;
    const double liking = appeal(shopper, shop_.product(static_cast<std::uint32_t>(drawn)));
    if (liking > best_liking) {
      best_liking = liking;
      best = drawn;
    }
  }
  return best;
}

int Journeys::similar_to(const Shopper& shopper, const Product& product) {
  std::array<double, 16> weights{};
  std::size_t count = 0;
  for (const Link& link : product.substitutes) {
    const Product& other = shop_.product(link.product);
    const double liking =
        appeal(shopper, other) + 0.6 * other.fame - 0.18 * static_cast<double>(count);
    weights[count] = other.live ? link.strength * portable_exp(liking) : 0.0;
    ++count;
  }
  if (count == 0) return -1;
  const std::size_t chosen = shop_.random.weighted({weights.data(), count});
  return weights[chosen] > 0.0 ? static_cast<int>(product.substitutes[chosen].product) : -1;
}

}  // namespace souk::simulate
