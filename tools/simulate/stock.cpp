#include "tools/simulate/stock.hpp"

#include <algorithm>
#include <cmath>

#include "tools/simulate/portable_math.hpp"

namespace souk::simulate {
namespace {

// Units that one person of the population buys on a day, on average: what the planner believes.
constexpr double kUnitsPerPersonDay = 0.006;
constexpr double kReviewDays = 25.0;

/// Sizes in the middle sell best.
double size_share(Sizing sizing, int size) {
  const double count = static_cast<double>(size_labels(sizing).size());
  if (size < 0 || count <= 1.0) return 1.0;
  if (sizing == Sizing::pack) return size == 0 ? 0.6 : (size == 1 ? 0.3 : 0.1);
  const double distance = (size - 0.5 * (count - 1.0)) / (0.35 * count);
  return portable_exp(-0.5 * distance * distance);
}

Moment office_moment(std::int64_t now) {
  Moment moment;
  moment.time_us = now;
  moment.channel = Channel::api;
  return moment;
}

}  // namespace

void Stock::open(std::uint32_t index) {
  Product& product = shop_.product(index);
  const Sizing sizing = leaf_specs()[product.leaf].sizing;
  double total = 0.0;
  for (const Variant& variant : product.variants)
    total += size_share(sizing, variant.size);
  const double believed = shop_.settings.shoppers * kUnitsPerPersonDay * product.popularity *
                          shop_.random.log_normal(1.0, 0.45);
  // One product in twenty is planned badly: too little, too late.
  const bool neglected = shop_.random.chance(0.05);
  for (Variant& variant : product.variants) {
    const double daily = believed * size_share(sizing, variant.size) / total;
    const double cover = neglected ? 0.4 : 1.3;
    variant.reorder_point = static_cast<int>(std::ceil(daily * product.lead_days * cover));
    variant.order_up_to = variant.reorder_point + 2 +
                          static_cast<int>(std::ceil(daily * (neglected ? 8.0 : kReviewDays)));
    const double filled = shop_.random.uniform(0.5, 1.0);
    variant.stock = std::max(1, static_cast<int>(std::floor(variant.order_up_to * filled)));
  }
}

void Stock::expect(std::uint32_t index, int variant_index, double units_per_day) {
  Product& product = shop_.product(index);
  Variant& variant = product.variants[static_cast<std::size_t>(variant_index)];
  variant.reorder_point += static_cast<int>(std::ceil(units_per_day * (product.lead_days + 14)));
  variant.order_up_to += static_cast<int>(std::ceil(units_per_day * (product.lead_days + 45)));
  variant.stock = variant.order_up_to;
}

void Stock::write(std::uint32_t product, int variant, std::int64_t now) {
  shop_.writer.inventory_set(office_moment(now), product, variant);
}

void Stock::write_levels(std::uint32_t product, std::int64_t now) {
  const auto count = static_cast<int>(shop_.product(product).variants.size());
  for (int variant = 0; variant < count; ++variant)
    write(product, variant, now);
}

int Stock::take(std::uint32_t index, int variant_index, int quantity, std::int64_t now) {
  Variant& variant = shop_.product(index).variants[static_cast<std::size_t>(variant_index)];
  const int taken = std::min(quantity, variant.stock);
  if (taken < quantity) shop_.lose(index, quantity - taken);
  if (taken == 0) return 0;
  variant.stock -= taken;
  shop_.sold_today[index] += static_cast<std::uint32_t>(taken);
  if (variant.stock == 0) ++shop_.tallies.stockouts;
  if (variant.stock <= variant.reorder_point) reorder(index, variant_index, now);
  write(index, variant_index, now);
  return taken;
}

void Stock::put_back(std::uint32_t index, int variant_index, int quantity, std::int64_t now) {
  shop_.product(index).variants[static_cast<std::size_t>(variant_index)].stock += quantity;
  write(index, variant_index, now);
}

void Stock::reorder(std::uint32_t index, int variant_index, std::int64_t now) {
  Product& product = shop_.product(index);
  Variant& variant = product.variants[static_cast<std::size_t>(variant_index)];
  if (variant.incoming || !product.live) return;
  variant.incoming = true;
  const double days = product.lead_days * shop_.random.log_normal(1.0, 0.25);
  const auto arrival = now + static_cast<std::int64_t>(days * static_cast<double>(kDayUs));
  shop_.queue.push(arrival, Due::stock_arrival, index, static_cast<std::uint32_t>(variant_index));
}

void Stock::arrive(std::uint32_t index, int variant_index, std::int64_t now) {
  Variant& variant = shop_.product(index).variants[static_cast<std::size_t>(variant_index)];
  variant.incoming = false;
  variant.stock = std::max(variant.stock, variant.order_up_to);
  write(index, variant_index, now);
}

}  // namespace souk::simulate
