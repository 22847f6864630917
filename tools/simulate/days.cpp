#include "tools/simulate/days.hpp"

#include <algorithm>
#include <cmath>

#include "tools/simulate/journeys.hpp"
#include "tools/simulate/messages.hpp"

namespace souk::simulate {
namespace {

constexpr int kMaxShift = 6;
constexpr double kReducedShare = 0.05;  // of the assortment, each week
constexpr double kNewcomerShare = 0.45;
constexpr int kForgottenAfterDays = 40;  // longer than any order is open

Moment office(std::int64_t now) {
  Moment moment;
  moment.time_us = now;
  moment.channel = Channel::api;
  return moment;
}

}  // namespace

Days::Days(Shop& shop, Stock& stock) : shop_(shop), stock_(stock) {
  for (int shift = -kMaxShift; shift <= kMaxShift; ++shift) {
    std::vector<double> weights;
    for (int hour = 0; hour < 24; ++hour)
      weights.push_back(hour_factor(hour, shift));
    hours_.emplace_back(weights);
  }
  const auto count = static_cast<std::uint32_t>(shop_.catalog.products().size());
  for (std::uint32_t i = 0; i < count; ++i)
    stock_.open(i);
}

void Days::begin(std::int64_t now) {
  if (now != shop_.settings.start_us) tell_demand();
  shop_.day = static_cast<int>((now - shop_.settings.start_us) / kDayUs);
  shop_.calendar = calendar_of(now);
  const auto leaves = leaf_specs();
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    shop_.season[i] = season_factor(leaves[i], shop_.calendar);
  }
  if (shop_.day >= static_cast<int>(shop_.settings.days)) replace_people();
}

void Days::tell_demand() {
  for (std::uint32_t i = 0; i < shop_.sold_today.size(); ++i) {
    if (shop_.sold_today[i] == 0 && shop_.lost_today[i] == 0) continue;
    if (shop_.truth != nullptr) {
      shop_.truth->demand(
          {shop_.day, shop_.product(i).id, shop_.sold_today[i], shop_.lost_today[i]});
    }
    shop_.sold_today[i] = 0;
    shop_.lost_today[i] = 0;
  }
}

void Days::open(std::int64_t now) {
  const auto count = static_cast<std::uint32_t>(shop_.catalog.products().size());
  for (std::uint32_t i = 0; i < count; ++i) {
    if (shop_.product(i).launch_day > 0) continue;
    shop_.product(i).live = true;
    shop_.writer.product_upserted(office(now), i);
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    if (shop_.product(i).live) stock_.write_levels(i, now);
  }
  const auto leaves = static_cast<int>(leaf_specs().size());
  for (int leaf = 0; leaf < leaves; ++leaf)
    shop_.catalog.refresh(leaf);
  const auto people = static_cast<std::uint32_t>(shop_.population.people().size());
  for (std::uint32_t i = 0; i < people; ++i) {
    const Shopper& shopper = shop_.person(i);
    if (shopper.identified && shopper.account < 0) shop_.write_customer(now, i, {}, {});
  }
}

void Days::change_assortment(std::int64_t now) {
  const auto count = static_cast<std::uint32_t>(shop_.catalog.products().size());
  for (std::uint32_t i = 0; i < count; ++i) {
    Product& product = shop_.product(i);
    const bool launched = shop_.day > 0 && product.launch_day == shop_.day;
    const bool delisted = product.delist_day == shop_.day && product.live;
    if (!launched && !delisted) continue;
    product.live = launched;
    shop_.catalog.refresh(product.leaf);
    shop_.writer.product_upserted(office(now), i);
    if (launched) stock_.write_levels(i, now);
  }
  if (shop_.calendar.weekday == 0 && shop_.day > 0) change_prices(now);
}

void Days::change_prices(std::int64_t now) {
  const auto count = static_cast<std::uint32_t>(shop_.catalog.products().size());
  for (std::uint32_t i = 0; i < count; ++i) {
    Product& product = shop_.product(i);
    const bool reduced = shop_.random.chance(kReducedShare);
    constexpr double kReductions[] = {0.10, 0.15, 0.20, 0.20, 0.30, 0.40};
    const double reduction = kReductions[shop_.random.below(6)];
    if (!product.live) continue;
    std::int64_t price = product.list_price;
    if (reduced) price = round_price(static_cast<double>(product.list_price) * (1.0 - reduction));
    price = std::min(price, product.list_price);
    if (price == product.price) continue;
    product.price = price;
    shop_.writer.product_upserted(office(now), i);
  }
}

void Days::replace_people() {
  auto& people = shop_.population.people();
  const auto count = static_cast<std::uint32_t>(people.size());
  const double mean = kNewcomerShare * shop_.settings.shoppers / shop_.settings.days;
  std::uint32_t wanted = shop_.random.poisson(mean);
  for (std::uint32_t looked = 0; looked < count && wanted > 0; ++looked) {
    const std::uint32_t index = replaced_up_to_;
    replaced_up_to_ = (replaced_up_to_ + 1) % count;
    const Shopper& shopper = people[index];
    if (shopper.account >= 0 || shopper.in_session) continue;
    if (shop_.day - shopper.churn_day < kForgottenAfterDays) continue;
    if (shop_.truth != nullptr) shop_.truth->departed(shop_.population, index);
    shop_.population.replace(index, shop_.day);
    --wanted;
  }
}

void Days::plan_visit(std::uint32_t index) {
  const Shopper& shopper = shop_.person(index);
  const int shift =
      std::clamp(static_cast<int>(std::floor(shopper.hour_shift + 0.5)), -kMaxShift, kMaxShift);
  const auto hour = hours_[static_cast<std::size_t>(shift + kMaxShift)].draw(shop_.random);
  const auto within = static_cast<std::int64_t>(shop_.random.uniform() * 3600.0 * 1000.0) * 1000;
  const std::int64_t time =
      shop_.day_start(shop_.day) + static_cast<std::int64_t>(hour) * kHourUs + within;
  shop_.queue.push(time, Due::visit, index, visit_code(Entry::browse, -1));
}

void Days::plan_visits() {
  const auto count = static_cast<std::uint32_t>(shop_.population.people().size());
  for (std::uint32_t i = 0; i < count; ++i) {
    const Shopper& shopper = shop_.person(i);
    const bool absent = shop_.day >= shopper.churn_day || shop_.day < shopper.arrive_day;
    if (absent || shopper.account >= 0) continue;
    std::uint32_t visits = shop_.random.poisson(visit_rate(shop_, shopper));
    if (shopper.arrive_day == shop_.day && visits == 0) visits = 1;
    for (std::uint32_t visit = 0; visit < std::min(visits, 4U); ++visit)
      plan_visit(i);
  }
}

}  // namespace souk::simulate
