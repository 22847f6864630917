// The records of the ground truth's fixed parts: settings, figures, assortment, accounts,
// subscriptions.
#include "tools/simulate/accounts.hpp"
#include "tools/simulate/figures.hpp"
#include "tools/simulate/ground_truth.hpp"
#include "tools/simulate/shop.hpp"
#include "tools/simulate/simulation.hpp"
#include "tools/simulate/subscriptions.hpp"

namespace souk::simulate {
namespace {

void write_text(std::FILE* out, std::string_view value) {
  std::fwrite(value.data(), 1, value.size(), out);
}

}  // namespace

void GroundTruth::write_settings(const Simulation& simulation, std::FILE* out) {
  const SimulationSettings& settings = simulation.shop().settings;
  json_.clear();
  json_.open_object();
  json_.integer("seed", static_cast<std::int64_t>(settings.seed));
  json_.integer("products", settings.products);
  json_.integer("shoppers", settings.shoppers);
  json_.integer("days", simulation.days_done());
  json_.time("start", settings.start_us);
  json_.string("currency", settings.currency);
  json_.close_object();
  write_text(out, "{\n\"format\": \"souk-simulate-truth/1\",\n\"settings\": ");
  write_text(out, json_.text());
}

void GroundTruth::write_figures(const Simulation& simulation, std::FILE* out) {
  write_text(out, ",\n\"figures\": [\n");
  bool first = true;
  for (const Figure& figure : figures(simulation)) {
    json_.clear();
    json_.open_object();
    json_.string("name", figure.name);
    json_.string("unit", figure.unit);
    json_.decimal("value", figure.value, 3);
    if (figure.ranged()) {
      json_.decimal("low", figure.low, 2);
      json_.decimal("high", figure.high, 2);
    }
    json_.close_object();
    put(out, first);
  }
  write_text(out, "\n]");
}

void GroundTruth::write_categories(const Simulation& simulation, std::FILE* out) {
  const Catalog& catalog = simulation.shop().catalog;
  write_text(out, ",\n\"categories\": [\n");
  bool first = true;
  for (std::size_t i = 0; i < leaf_specs().size(); ++i) {
    const LeafSpec& leaf = leaf_specs()[i];
    const Category& category = catalog.leaf_category(static_cast<int>(i));
    json_.clear();
    json_.open_object();
    json_.string("id", category.id);
    json_.string("path", category.path);
    json_.decimal("medianPrice", leaf.median_price, 2);
    json_.decimal("demand", leaf.demand, 2);
    // Demand on day d of the year: exp(amplitude · cos(2π (d - peakDay) / 365.25)).
    json_.decimal("seasonAmplitude", leaf.season, 2);
    json_.integer("seasonPeakDay", leaf.peak_day);
    json_.decimal("weekendFactor", leaf.weekend, 2);
    json_.decimal("returnRate", leaf.return_rate, 3);
    json_.decimal("refillDays", leaf.refill_days, 0);
    json_.close_object();
    put(out, first);
  }
  write_text(out, "\n]");
}

void GroundTruth::write_brands(const Simulation& simulation, std::FILE* out) {
  write_text(out, ",\n\"brands\": [\n");
  bool first = true;
  for (const Brand& brand : simulation.shop().catalog.brands()) {
    json_.clear();
    json_.open_object();
    json_.string("name", brand.name);
    json_.decimal("priceFactor", brand.price_factor, 3);
    json_.decimal("quality", brand.quality, 3);
    json_.decimal("sizeOffset", brand.size_offset, 3);
    json_.close_object();
    put(out, first);
  }
  write_text(out, "\n]");
}

void GroundTruth::links(std::string_view key, const std::vector<Link>& list,
                        const Catalog& catalog) {
  json_.open_array(key);
  for (const Link& link : list) {
    json_.open_object();
    json_.string("productId", catalog.products()[link.product].id);
    json_.decimal("strength", link.strength, 3);
    json_.close_object();
  }
  json_.close_array();
}

void GroundTruth::product_record(const Simulation& simulation, std::uint32_t index) {
  const Catalog& catalog = simulation.shop().catalog;
  const Product& product = catalog.products()[index];
  json_.clear();
  json_.open_object();
  json_.string("productId", product.id);
  json_.string("category", catalog.leaf_category(product.leaf).id);
  json_.string("brand", catalog.brands()[product.brand].name);
  json_.decimal("quality", product.quality, 3);
  json_.decimal("popularity", product.popularity, 7);
  json_.integer("launchDay", product.launch_day);
  if (product.delist_day < kNever) json_.integer("delistDay", product.delist_day);
  json_.integer("leadDays", product.lead_days);
  if (product.refill_days > 0.0) json_.decimal("refillDays", product.refill_days, 1);
  json_.open_object("style");
  for (std::size_t i = 0; i < product.style.size(); ++i) {
    json_.decimal(kStyleNames[i], static_cast<double>(product.style[i]), 3);
  }
  json_.close_object();
  links("complements", product.complements, catalog);
  links("substitutes", product.substitutes, catalog);
  json_.close_object();
}

void GroundTruth::write_products(const Simulation& simulation, std::FILE* out) {
  write_text(out, ",\n\"products\": [\n");
  bool first = true;
  const auto count = static_cast<std::uint32_t>(simulation.shop().catalog.products().size());
  for (std::uint32_t i = 0; i < count; ++i) {
    product_record(simulation, i);
    put(out, first);
  }
  write_text(out, "\n]");
}

void GroundTruth::write_accounts(const Simulation& simulation, std::FILE* out) {
  const Shop& shop = simulation.shop();
  write_text(out, ",\n\"accounts\": [\n");
  bool first = true;
  for (const BusinessAccount& account : simulation.accounts().accounts()) {
    json_.clear();
    json_.open_object();
    json_.string("id", account.id);
    json_.decimal("discount", account.discount, 3);
    json_.open_array("needs");
    for (const StandingNeed& need : account.needs) {
      const Product& product = shop.catalog.products()[need.product];
      json_.open_object();
      json_.string("productId", product.id);
      json_.string("variantId", product.variants[static_cast<std::size_t>(need.variant)].id);
      json_.integer("intervalDays", need.interval_days);
      json_.integer("quantity", need.quantity);
      json_.integer("nextDay", need.next_day);
      json_.close_object();
    }
    json_.close_array();
    json_.close_object();
    put(out, first);
  }
  write_text(out, "\n]");
}

void GroundTruth::write_subscriptions(const Simulation& simulation, std::FILE* out) {
  const Catalog& catalog = simulation.shop().catalog;
  write_text(out, ",\n\"subscriptions\": [\n");
  bool first = true;
  for (const Subscription& subscription : simulation.subscriptions().all()) {
    json_.clear();
    json_.open_object();
    json_.string("id", "sub-" + std::to_string(subscription.number));
    json_.string("customerId", subscription.customer_id);
    json_.string("productId", catalog.products()[subscription.line.product].id);
    json_.integer("intervalDays", subscription.interval_days);
    json_.decimal("usageDays", subscription.usage_days, 1);
    json_.decimal("cancelHazard", subscription.cancel_hazard, 4);
    json_.integer("renewals", subscription.renewals);
    json_.boolean("active", subscription.active);
    json_.close_object();
    put(out, first);
  }
  write_text(out, "\n]");
}

}  // namespace souk::simulate
