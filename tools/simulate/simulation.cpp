#include "tools/simulate/simulation.hpp"

#include <algorithm>
#include <vector>

#include "tools/simulate/accounts.hpp"
#include "tools/simulate/days.hpp"
#include "tools/simulate/journeys.hpp"
#include "tools/simulate/messages.hpp"
#include "tools/simulate/orders.hpp"
#include "tools/simulate/shop.hpp"
#include "tools/simulate/stock.hpp"
#include "tools/simulate/subscriptions.hpp"

namespace souk::simulate {

struct Simulation::Parts {
  explicit Parts(const SimulationSettings& settings)
      : shop(settings),
        stock(shop),
        orders(shop, stock),
        messages(shop),
        journeys(shop, orders, messages),
        days(shop, stock),
        accounts(shop, stock, orders),
        subscriptions(shop, orders) {
    orders.set_offer(&subscriptions);
    shop.queue.push(settings.start_us, Due::new_day);
  }

  void begin_day(std::int64_t now);
  void handle(const Happening& happening);
  void handle_order(const Happening& happening);
  void refill(std::uint32_t shopper, std::uint32_t product, std::int64_t now);

  Shop shop;
  Stock stock;
  Orders orders;
  Messages messages;
  Journeys journeys;
  Days days;
  Accounts accounts;
  Subscriptions subscriptions;
};

void Simulation::Parts::begin_day(std::int64_t now) {
  const bool first = now == shop.settings.start_us;
  days.begin(now);
  if (first) {
    days.open(now);
    accounts.open(now);
    subscriptions.open(now);
  }
  days.change_assortment(now);
  days.plan_visits();
  messages.plan_day();
  accounts.plan_day();
  shop.queue.push(now + kDayUs, Due::new_day);
}

void Simulation::Parts::refill(std::uint32_t index, std::uint32_t product, std::int64_t now) {
  Shopper& shopper = shop.person(index);
  const auto found =
      std::find_if(shopper.refills.begin(), shopper.refills.end(),
                   [&](const Refill& r) { return r.product == product && r.due_us == now; });
  // Bought again meanwhile, forgotten, or the person is another: this entry is stale.
  if (found == shopper.refills.end()) return;
  // Some buy it elsewhere; they keep the habit here only with luck.
  if (!shop.product(product).live || !shop.random.chance(kBuysRefillHere)) {
    shopper.refills.erase(found);
    return;
  }
  // Not at the moment it runs out, but when the person is next at a screen that day.
  const auto wait = static_cast<std::int64_t>(shop.random.uniform(0.0, 14.0) * 60.0) * kMinuteUs;
  shop.queue.push(now + wait, Due::visit, index,
                  visit_code(Entry::refill, static_cast<int>(product)));
}

void Simulation::Parts::handle_order(const Happening& happening) {
  switch (happening.due) {
    case Due::ship_order:
      orders.ship(happening.a, happening.time_us);
      break;
    case Due::deliver_order:
      orders.deliver(happening.a, happening.time_us);
      break;
    case Due::cancel_order:
      orders.cancel(happening.a, happening.time_us);
      break;
    case Due::request_return:
      orders.request_return(happening.a, happening.b, happening.time_us);
      break;
    case Due::take_return:
      orders.take_return(happening.a, happening.b, happening.time_us);
      break;
    default:
      orders.review(happening.a, happening.b, happening.time_us);
      break;
  }
}

void Simulation::Parts::handle(const Happening& happening) {
  const std::int64_t now = happening.time_us;
  switch (happening.due) {
    case Due::new_day:
      begin_day(now);
      break;
    case Due::visit:
      journeys.start(happening.a, entry_of(happening.b), wanted_of(happening.b), now);
      break;
    case Due::step:
      journeys.step(happening.a, now);
      break;
    case Due::refill:
      refill(happening.a, happening.b, now);
      break;
    case Due::stock_arrival:
      stock.arrive(happening.a, static_cast<int>(happening.b), now);
      break;
    case Due::send_message:
      messages.send(happening.a, static_cast<Flow>(happening.b), now);
      break;
    case Due::message_step:
      messages.step(happening.a, happening.b, now);
      break;
    case Due::account_order:
      accounts.step(happening.a, now);
      break;
    case Due::subscription:
      subscriptions.due(happening.a, now);
      break;
    default:
      handle_order(happening);
      break;
  }
}

Result<std::unique_ptr<Simulation>> Simulation::create(const SimulationSettings& settings) {
  if (const Status status = check(settings); !status.ok()) return status;
  return std::unique_ptr<Simulation>(new Simulation(settings));
}

Simulation::Simulation(const SimulationSettings& settings)
    : parts_(std::make_unique<Parts>(settings)), now_us_(settings.start_us) {}

Simulation::~Simulation() = default;

void Simulation::live(std::int64_t until_us, const EventSink* sink,
                      const ProgressCallback& progress) {
  Shop& shop = parts_->shop;
  shop.writer.set_sink(sink);
  const std::int64_t from_us = now_us_;
  const int all = static_cast<int>((until_us - from_us + kDayUs - 1) / kDayUs);
  while (shop.queue.next_time() < until_us) {
    const Happening happening = shop.queue.pop();
    parts_->handle(happening);
    if (happening.due == Due::new_day && progress) {
      progress(static_cast<int>((happening.time_us - from_us) / kDayUs), all, shop.writer.total());
    }
  }
  now_us_ = std::max(now_us_, until_us);
  shop.writer.set_sink(nullptr);
  if (progress) progress(all, all, shop.writer.total());
}

void Simulation::run_days(int days, const EventSink& sink, const ProgressCallback& progress) {
  live(parts_->shop.day_start(days_done() + days), &sink, progress);
}

std::uint64_t Simulation::run_until(std::int64_t until_us, const EventSink& sink) {
  const std::uint64_t before = events();
  if (until_us > now_us_) live(until_us, &sink, {});
  return events() - before;
}

void Simulation::skip_to_day(int day, const ProgressCallback& progress) {
  const std::int64_t until = parts_->shop.day_start(day);
  if (until > now_us_) live(until, nullptr, progress);
}

int Simulation::days_done() const noexcept {
  return static_cast<int>((now_us_ - parts_->shop.settings.start_us) / kDayUs);
}

std::int64_t Simulation::next_us() const noexcept { return parts_->shop.queue.next_time(); }

std::uint64_t Simulation::events() const noexcept { return parts_->shop.writer.total(); }

void Simulation::set_truth(TruthSink* truth) noexcept { parts_->shop.truth = truth; }

void Simulation::flush_truth() { parts_->days.tell_demand(); }

const Shop& Simulation::shop() const noexcept { return parts_->shop; }

const Subscriptions& Simulation::subscriptions() const noexcept { return parts_->subscriptions; }

const Accounts& Simulation::accounts() const noexcept { return parts_->accounts; }

}  // namespace souk::simulate
