// The second half of a visit: what goes into the cart, what is left there, what is ordered.
#include <algorithm>
#include <cmath>

#include "tools/simulate/journeys.hpp"
#include "tools/simulate/portable_math.hpp"

namespace souk::simulate {
namespace {

// On the logit of putting a viewed product into the cart; tuned to figures.hpp.
constexpr double kAddBase = -3.55;

struct CouponSpec {
  std::string_view code;
  int percent;
};
std::string_view payment_method(std::uint32_t shopper) {
  return shopper % 3 == 0 ? "paypal" : "card";
}

constexpr CouponSpec kCoupons[] = {{"SAVE5", 5}, {"WELCOME10", 10}, {"SALE15", 15}};

}  // namespace

double Journeys::add_probability(const Session& session, const Shopper& shopper,
                                 const Product& product) const {
  double logit = kAddBase + 0.75 * appeal(shopper, product) + shopper.purchase_bias;
  // Dear things are slept over.
  logit -= 0.28 * portable_log(static_cast<double>(product.price) / 3000.0);
  if (session.current == session.wanted) logit += session.entry == Entry::refill ? 4.6 : 1.0;
  if (session.partner_of >= 0) logit += 3.9;
  for (std::size_t i = 0; i < shopper.remembered_count; ++i) {
    if (static_cast<int>(shopper.remembered[i]) == session.current) {
      logit += 0.5;  // seen before
      break;
    }
  }
  for (const CartLine& line : shopper.cart) {
    if (static_cast<int>(line.product) == session.current) logit -= 4.0;
  }
  return logistic(logit);
}

int Journeys::choose_variant(const Shopper& shopper, const Product& product) {
  const auto count = static_cast<std::uint32_t>(product.variants.size());
  if (count == 1) return 0;
  // Variants stand colour by colour, each with all sizes.
  const Sizing sizing = leaf_specs()[product.leaf].sizing;
  const auto sizes =
      std::max<std::uint32_t>(1, static_cast<std::uint32_t>(size_labels(sizing).size()));
  const std::uint32_t colour = shop_.random.below(std::max(1U, count / sizes));
  std::uint32_t size = 0;
  if (sizing == Sizing::apparel || sizing == Sizing::shoe) {
    // People know their usual size, not how a brand cuts.
    const double usual = sizing == Sizing::apparel ? shopper.clothing_size : shopper.shoe_size;
    const double guess = std::floor(usual + shop_.random.normal(0.0, 0.3) + 0.5);
    size = static_cast<std::uint32_t>(std::clamp(guess, 0.0, static_cast<double>(sizes - 1)));
  } else {
    const double pick = shop_.random.uniform();
    size = std::min(sizes - 1, pick < 0.6 ? 0U : (pick < 0.9 ? 1U : 2U));
  }
  return static_cast<int>(std::min(colour * sizes + size, count - 1));
}

void Journeys::add(Session& session, std::int64_t now) {
  Random& random = shop_.random;
  Shopper& shopper = shop_.person(session.shopper);
  const auto index = static_cast<std::uint32_t>(session.current);
  const Product& product = shop_.product(index);
  const bool gone = product.variants[static_cast<std::size_t>(session.variant)].stock == 0;
  if (gone || !product.live || shopper.cart.size() >= kMaxCart) {
    // The last piece was sold between the look and the click.
    if (gone && product.live && random.chance(0.33)) shop_.lose(index, 1);
    session.partner_of = -1;
    walk(session);
    return;
  }
  int quantity = 1;
  if (product.refill_days > 0.0) {
    while (quantity < 6 && random.chance(0.30))
      ++quantity;
  } else if (product.price < 3000 && random.chance(0.12)) {
    ++quantity;
  }
  shop_.writer.product_added(at(session, now), line_of(session, quantity), session.cart_id);
  session.added = true;
  session.pages_left += 2;  // who has begun to buy looks on
  const bool partner = session.partner_of >= 0;
  session.partner_of = -1;
  shopper.cart.push_back(
      {index, static_cast<std::uint16_t>(session.variant), static_cast<std::uint16_t>(quantity)});
  if (!partner) plan_partner(session);
  if (session.partner_of >= 0) return;
  if (session.pages_left > 0 && random.chance(0.62)) {
    walk(session);
  } else {
    session.next = Action::cart;
  }
}

void Journeys::plan_partner(Session& session) {
  const Product& product = shop_.product(static_cast<std::uint32_t>(session.current));
  for (const Link& link : product.complements) {
    const Product& partner = shop_.product(link.product);
    if (!partner.live || !shop_.random.chance(link.strength)) continue;
    const int owner = session.current;
    go_to(session, static_cast<int>(link.product), "bought-together", 1, Action::click);
    session.partner_of = owner;
    return;
  }
}

std::vector<Line> Journeys::cart_lines(const Shopper& shopper) {
  std::vector<Line> lines;
  for (const CartLine& item : shopper.cart) {
    const Product& product = shop_.product(item.product);
    if (!product.live) continue;
    Line line;
    line.product = item.product;
    line.variant = item.variant;
    line.quantity = item.quantity;
    line.unit_price = product.variant_price(item.variant);
    lines.push_back(line);
  }
  return lines;
}

void Journeys::show_cart(Session& session, std::int64_t now) {
  Random& random = shop_.random;
  Shopper& shopper = shop_.person(session.shopper);
  const std::vector<Line> lines = cart_lines(shopper);
  if (lines.empty()) {
    shopper.cart.clear();
    session.next = Action::leave;
    return;
  }
  shop_.writer.cart_viewed(at(session, now), session.cart_id, lines);
  ++session.pages;
  const bool determined = session.entry == Entry::refill || session.entry == Entry::email_cart;
  const double goes_on = logistic(-1.10 + 0.35 * shopper.purchase_bias + (determined ? 1.2 : 0.0) +
                                  (shopper.identified ? 0.25 : -0.15));
  if (lines.size() > 1 && random.chance(0.08)) {
    session.next = Action::remove;
  } else if (!session.tried_coupon && random.chance(0.16 * shopper.discount_sensitivity)) {
    session.next = Action::coupon;
  } else if (random.chance(goes_on)) {
    session.next = Action::checkout;
  } else {
    session.next = Action::leave;
  }
}

void Journeys::remove_line(Session& session, std::int64_t now) {
  Shopper& shopper = shop_.person(session.shopper);
  const auto at_line = shop_.random.below(static_cast<std::uint32_t>(shopper.cart.size()));
  const CartLine item = shopper.cart[at_line];
  Line line;
  line.product = item.product;
  line.variant = item.variant;
  line.quantity = item.quantity;
  line.unit_price = shop_.product(item.product).variant_price(item.variant);
  shop_.writer.product_removed(at(session, now), line, session.cart_id);
  shopper.cart.erase(shopper.cart.begin() + static_cast<std::ptrdiff_t>(at_line));
  session.next = Action::cart;
}

void Journeys::try_coupon(Session& session, std::int64_t now) {
  const Shopper& shopper = shop_.person(session.shopper);
  const CouponSpec& coupon = kCoupons[shop_.random.below(3)];
  session.tried_coupon = true;
  shop_.writer.coupon(at(session, now), EventKind::coupon_entered, session.cart_id, coupon.code, 0,
                      {});
  const bool refused = coupon.percent == 10 ? shopper.orders > 0 : shop_.random.chance(0.35);
  if (refused) {
    shop_.writer.coupon(at(session, now), EventKind::coupon_denied, session.cart_id, coupon.code, 0,
                        coupon.percent == 10 ? "first_order_only" : "expired");
    session.next = shop_.random.chance(0.35) ? Action::leave : Action::checkout;
    return;
  }
  std::int64_t sum = 0;
  for (const Line& line : cart_lines(shopper))
    sum += line.unit_price * line.quantity;
  session.discount_percent = coupon.percent;
  shop_.writer.coupon(at(session, now), EventKind::coupon_applied, session.cart_id, coupon.code,
                      sum * coupon.percent / 100, {});
  session.next = shop_.random.chance(0.85) ? Action::checkout : Action::leave;
}

void Journeys::start_checkout(Session& session, std::int64_t now) {
  const std::vector<Line> lines = cart_lines(shop_.person(session.shopper));
  if (lines.empty()) {
    session.next = Action::leave;
    return;
  }
  session.checkout_id = "co-" + session.session_id;
  session.order_number = orders_.reserve_number();
  const std::string id = order_id(session.order_number);
  OrderText text;
  text.order_id = id;
  text.checkout_id = session.checkout_id;
  text.cart_id = session.cart_id;
  text.lines = lines;
  for (const Line& line : lines)
    text.subtotal += line.unit_price * line.quantity;
  text.discount = text.subtotal * session.discount_percent / 100;
  text.total = text.subtotal - text.discount;
  shop_.writer.checkout_started(at(session, now), text);
  session.next = shop_.random.chance(0.88) ? Action::contact_step : Action::leave;
}

void Journeys::finish_contact(Session& session, std::int64_t now) {
  if (!shop_.person(session.shopper).identified) identify(session, now);
  shop_.writer.checkout_step(at(session, now), true, session.checkout_id, 1, "standard", {});
  session.next = Action::payment_step;
}

void Journeys::identify(Session& session, std::int64_t now) {
  Shopper& shopper = shop_.person(session.shopper);
  shopper.identified = true;
  const std::string anonymous = session.person_id;
  session.person_id = shop_.population.customer_id(session.shopper);
  Moment moment = at(session, now);
  moment.anonymous_id = anonymous;
  shop_.writer.identified(moment, shop_.email_of(session.shopper));
  shop_.write_customer(now, session.shopper, {}, anonymous);
  if (!shopper.consent) return;
  Moment mail = at(session, now);
  mail.channel = Channel::email;
  shop_.writer.consent(mail, true, {}, "checkout");
  carts_.signed_up(session.shopper, now);
}

void Journeys::enter_payment(Session& session, std::int64_t now) {
  const std::string id = order_id(session.order_number);
  OrderText text;
  text.checkout_id = session.checkout_id;
  text.order_id = id;
  text.payment_method = payment_method(session.shopper);
  shop_.writer.payment_info_entered(at(session, now), text);
  shop_.writer.checkout_step(at(session, now), true, session.checkout_id, 2, "standard",
                             text.payment_method);
  session.next = shop_.random.chance(0.97) ? Action::order : Action::leave;
}

void Journeys::place_order(Session& session, std::int64_t now) {
  Shopper& shopper = shop_.person(session.shopper);
  const std::vector<Line> lines = cart_lines(shopper);
  OrderRequest request;
  request.shopper = session.shopper;
  request.number = session.order_number;
  request.session_id = session.session_id;
  request.checkout_id = session.checkout_id;
  request.payment_method = payment_method(session.shopper);
  request.discount_percent = session.discount_percent;
  for (const CouponSpec& coupon : kCoupons) {
    if (coupon.percent == session.discount_percent) request.coupon = coupon.code;
  }
  request.lines = lines;
  request.channel = at(session, now).channel;
  if (orders_.place(request, now)) {
    ++shop_.tallies.order_sessions;
    shopper.cart.clear();
  }
  session.next = Action::leave;
}

}  // namespace souk::simulate
