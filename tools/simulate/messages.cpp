#include "tools/simulate/messages.hpp"

#include <algorithm>

#include "tools/simulate/portable_math.hpp"

namespace souk::simulate {
namespace {

constexpr double kHeldBack = 0.10;
constexpr double kBounces = 0.006;
constexpr double kMachineOpens = 0.08;  // of delivered mails, opened by a mail program alone
constexpr int kWinBackAfterDays = 45;
constexpr int kQuietDays = 3;  // between two newsletters or win-backs

struct FlowSpec {
  std::string_view name;
  std::string_view subject;
  double open_factor;
  double click_factor;
};
constexpr FlowSpec kFlows[] = {
    {"newsletter", "New this week, chosen for you", 1.0, 1.0},
    {"abandoned_cart", "You left something behind", 1.35, 3.2},
    {"welcome", "Welcome to the shop", 1.5, 1.6},
    {"win_back", "We have missed you", 0.8, 1.1},
};

const FlowSpec& spec_of(Flow flow) { return kFlows[static_cast<std::size_t>(flow)]; }

double open_probability(const Shopper& shopper, Flow flow) {
  return std::min(0.95, shopper.open_rate * spec_of(flow).open_factor);
}
double click_probability(const Shopper& shopper, Flow flow) {
  return std::min(0.8, shopper.click_rate * spec_of(flow).click_factor);
}

}  // namespace

std::string_view flow_name(Flow flow) noexcept { return spec_of(flow).name; }

double visit_rate(const Shop& shop, const Shopper& shopper) noexcept {
  if (shop.day >= shopper.churn_day || shop.day < shopper.arrive_day) return 0.0;
  double rate = shopper.visits_per_day * traffic_factor(shop.calendar);
  if (shop.calendar.weekend()) rate *= shopper.weekend_preference;
  if (shop.day - shopper.arrive_day < 10) rate *= 1.6;  // newcomers compare before they buy
  if (shopper.churn_day - shop.day < 25) rate *= 0.45;  // lapsing
  if (shopper.segment == Segment::seasonal) rate *= shop.calendar.month >= 11 ? 4.0 : 0.7;
  return rate;
}

bool Messages::may_write_to(const Shopper& shopper, Flow flow) const {
  if (!shopper.identified || !shopper.consent || shopper.bounced || shopper.account >= 0)
    return false;
  const bool prompt = flow == Flow::abandoned_cart || flow == Flow::welcome;
  return shop_.day - shopper.last_mail_day >= (prompt ? 1 : kQuietDays);
}

double Messages::visit_without(const Shopper& shopper, std::int64_t now) const {
  double stays_away = portable_exp(-visit_rate(shop_, shopper));
  if (shop_.day >= shopper.churn_day) return 0.0;
  for (const Refill& refill : shopper.refills) {
    if (refill.due_us >= now && refill.due_us < now + kDayUs) stays_away *= 1.0 - kBuysRefillHere;
  }
  return 1.0 - stays_away;
}

void Messages::plan_day() {
  auto& people = shop_.population.people();
  const std::int64_t start = shop_.day_start(shop_.day);
  const auto count = static_cast<std::uint32_t>(people.size());
  for (std::uint32_t i = 0; i < count; ++i) {
    const Shopper& shopper = people[i];
    if (!shopper.identified || !shopper.consent || shop_.day < shopper.arrive_day) continue;
    const bool turn = shopper.newsletter_slot == shop_.calendar.weekday;
    // People who stopped coming still get mail for a while: the shop cannot know.
    const bool remembered = shopper.last_session_day >= shop_.day - 120 || shop_.day < 60;
    if (turn && remembered) {
      const auto delay = static_cast<std::int64_t>(shop_.random.uniform(8.0, 10.0) * 3.6e9);
      shop_.queue.push(start + delay / 1000 * 1000, Due::send_message, i,
                       static_cast<std::uint32_t>(Flow::newsletter));
    } else if (shop_.day - shopper.last_session_day == kWinBackAfterDays) {
      shop_.queue.push(start + 16 * kHourUs, Due::send_message, i,
                       static_cast<std::uint32_t>(Flow::win_back));
    }
  }
}

void Messages::cart_left(std::uint32_t shopper, std::int64_t now) {
  if (!may_write_to(shop_.person(shopper), Flow::abandoned_cart)) return;
  shop_.queue.push(now + kHourUs, Due::send_message, shopper,
                   static_cast<std::uint32_t>(Flow::abandoned_cart));
}

void Messages::signed_up(std::uint32_t shopper, std::int64_t now) {
  shop_.queue.push(now + 2 * kMinuteUs, Due::send_message, shopper,
                   static_cast<std::uint32_t>(Flow::welcome));
}

void Messages::choose_products(const Shopper& shopper, Flow flow,
                               std::vector<std::uint32_t>& products) {
  products.clear();
  if (flow == Flow::abandoned_cart) {
    for (const CartLine& line : shopper.cart)
      products.push_back(line.product);
    return;
  }
  // The best of a few popular things in the departments the person likes.
  for (int i = 0; i < 4; ++i) {
    const auto leaf =
        i < 3
            ? static_cast<int>(shopper.favourite_leaves[static_cast<std::size_t>(i)])
            : static_cast<int>(shop_.random.below(static_cast<std::uint32_t>(leaf_specs().size())));
    int best = -1;
    double best_liking = -1e9;
    for (int draw = 0; draw < 3; ++draw) {
      const int product = shop_.catalog.draw(leaf, shop_.random);
      if (product < 0) break;
      const double liking = appeal(shopper, shop_.product(static_cast<std::uint32_t>(product)));
      if (liking > best_liking) {
        best_liking = liking;
        best = product;
      }
    }
    const auto chosen = static_cast<std::uint32_t>(best);
    if (best >= 0 && std::find(products.begin(), products.end(), chosen) == products.end()) {
      products.push_back(chosen);
    }
  }
}

void Messages::send(std::uint32_t index, Flow flow, std::int64_t now) {
  Shopper& shopper = shop_.person(index);
  if (!may_write_to(shopper, flow)) return;
  if (flow == Flow::abandoned_cart && (shopper.cart.empty() || shopper.in_session)) return;
  const std::uint64_t number = next_number_++;
  const std::string id = "m-" + std::to_string(number);
  const std::string person = shop_.population.customer_id(index);
  const bool held_back = shop_.random.chance(kHeldBack);
  MessageTruth truth;
  truth.message_id = id;
  truth.flow = flow_name(flow);
  truth.customer_id = person;
  truth.time_us = now;
  truth.sent = !held_back;
  truth.visit_without = visit_without(shopper, now);
  // Who has left for good clicks no more; a link that nobody follows has no effect.
  const bool here = shop_.day < shopper.churn_day;
  truth.click_probability =
      here ? (1.0 - kBounces) * open_probability(shopper, flow) * click_probability(shopper, flow)
           : 0.0;
  if (shop_.truth != nullptr) shop_.truth->message(truth);
  shopper.last_mail_day = shop_.day;
  if (held_back) {
    ++shop_.tallies.held_back_messages;
    return;
  }
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(messages_.size()));
    messages_.emplace_back();
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  Message& message = messages_[slot];
  message.number = number;
  message.shopper = index;
  message.flow = flow;
  message.follow_ups = 0;
  choose_products(shopper, flow, message.products);
  MessageText text{id, flow_name(flow), spec_of(flow).subject, message.products};
  Moment moment;
  moment.time_us = now;
  moment.shopper_id = person;
  moment.channel = Channel::email;
  shop_.writer.message_sent(moment, text);
  plan_reactions(slot, now);
}

void Messages::follow(std::uint32_t slot, Step what, std::int64_t time_us) {
  ++messages_[slot].follow_ups;
  shop_.queue.push(time_us, Due::message_step, slot, what);
}

void Messages::plan_reactions(std::uint32_t slot, std::int64_t now) {
  Random& random = shop_.random;
  const Message& message = messages_[slot];
  const Shopper& shopper = shop_.person(message.shopper);
  if (random.chance(kBounces)) {
    follow(slot, bounced, now + random.between(1, 20) * kSecondUs);
    return;
  }
  follow(slot, delivered, now + random.between(1, 20) * kSecondUs);
  if (shop_.day >= shopper.churn_day && random.chance(0.6)) return;  // abandoned mailbox
  if (!random.chance(open_probability(shopper, message.flow))) {
    // Pictures loaded ahead by the mail program: an opening that nobody made.
    if (random.chance(kMachineOpens)) follow(slot, opened_by_machine, now + 45 * kSecondUs);
    return;
  }
  const double hours = std::min(60.0, random.exponential(3.0));
  const std::int64_t open_time =
      now + kMinuteUs + static_cast<std::int64_t>(hours * 3600.0) * kSecondUs;
  follow(slot, opened, open_time);
  if (shop_.day < shopper.churn_day && random.chance(click_probability(shopper, message.flow))) {
    follow(slot, clicked, open_time + random.between(4, 90) * kSecondUs);
  } else if (random.chance(0.006)) {
    follow(slot, unsubscribed, open_time + random.between(5, 60) * kSecondUs);
  } else if (random.chance(0.0008)) {
    follow(slot, spam, open_time + random.between(5, 60) * kSecondUs);
  }
}

void Messages::step(std::uint32_t slot, std::uint32_t what, std::int64_t now) {
  const Message& message = messages_[slot];
  const std::uint32_t index = message.shopper;
  const Flow flow = message.flow;
  Shopper& shopper = shop_.person(index);
  const std::string id = "m-" + std::to_string(message.number);
  const std::string person = shop_.population.customer_id(index);
  MessageText text{id, flow_name(flow), {}, message.products};
  Moment moment;
  moment.time_us = now;
  moment.shopper_id = person;
  moment.channel = Channel::email;
  const int wanted = message.products.empty() ? -1 : static_cast<int>(message.products.front());
  switch (static_cast<Step>(what)) {
    case delivered:
      shop_.writer.message_event(moment, EventKind::message_delivered, text, {}, false);
      break;
    case bounced:
      shopper.bounced = true;
      shop_.writer.message_event(moment, EventKind::message_bounced, text, "550 5.1.1 user unknown",
                                 true);
      break;
    case opened:
    case opened_by_machine:
      shop_.writer.message_event(moment, EventKind::message_opened, text, {},
                                 what == opened_by_machine);
      break;
    case clicked: {
      std::string url = "https://shop.example/";
      if (wanted >= 0) url += "p/" + shop_.product(static_cast<std::uint32_t>(wanted)).id;
      shop_.writer.message_event(moment, EventKind::message_clicked, text, url, false);
      break;
    }
    case spam:
      shopper.consent = false;
      shop_.writer.message_event(moment, EventKind::message_marked_as_spam, text, {}, false);
      break;
    case unsubscribed:
      shopper.consent = false;
      shop_.writer.consent(moment, false, {}, id);
      break;
  }
  if (--messages_[slot].follow_ups == 0) free_.push_back(slot);
  if (what != clicked) return;
  const Entry entry = flow == Flow::abandoned_cart ? Entry::email_cart : Entry::email;
  const bool live = wanted >= 0 && shop_.product(static_cast<std::uint32_t>(wanted)).live;
  shop_.queue.push(now + 2 * kSecondUs, Due::visit, index, visit_code(entry, live ? wanted : -1));
}

}  // namespace souk::simulate
