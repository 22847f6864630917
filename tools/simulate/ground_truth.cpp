#include "tools/simulate/ground_truth.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include "tools/simulate/accounts.hpp"
#include "tools/simulate/figures.hpp"
#include "tools/simulate/shop.hpp"
#include "tools/simulate/simulation.hpp"
#include "tools/simulate/subscriptions.hpp"

namespace souk::simulate {
namespace {

void text(std::FILE* out, std::string_view value) {
  std::fwrite(value.data(), 1, value.size(), out);
}

}  // namespace

void GroundTruth::Spool::add(std::string_view record) {
  if (!empty) failed |= std::fwrite(",\n", 1, 2, file) != 2;
  empty = false;
  failed |= std::fwrite(record.data(), 1, record.size(), file) != record.size();
}

bool GroundTruth::Spool::copy_to(std::FILE* out) {
  if (failed || std::fflush(file) != 0) return false;
  std::rewind(file);
  std::array<char, 65536> buffer;
  for (;;) {
    const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file);
    if (got == 0) break;
    if (std::fwrite(buffer.data(), 1, got, out) != got) return false;
  }
  return std::ferror(file) == 0;
}

Result<std::unique_ptr<GroundTruth>> GroundTruth::create() {
  std::unique_ptr<GroundTruth> truth(new GroundTruth);
  for (Spool* spool : {&truth->messages_, &truth->demand_, &truth->departed_}) {
    spool->file = std::tmpfile();
    if (spool->file == nullptr) {
      return Status(Code::unavailable,
                    std::string("no temporary file for the ground truth: ") + std::strerror(errno));
    }
  }
  return truth;
}

GroundTruth::~GroundTruth() {
  for (Spool* spool : {&messages_, &demand_, &departed_}) {
    if (spool->file != nullptr) std::fclose(spool->file);
  }
}

void GroundTruth::message(const MessageTruth& truth) {
  json_.clear();
  json_.open_object();
  json_.string("messageId", truth.message_id);
  json_.string("flow", truth.flow);
  json_.string("customerId", truth.customer_id);
  json_.time("time", truth.time_us);
  json_.boolean("sent", truth.sent);
  json_.decimal("visitWithout", truth.visit_without, 5);
  json_.decimal("clickProbability", truth.click_probability, 5);
  json_.decimal("visitLift", truth.visit_lift(), 5);
  json_.close_object();
  messages_.add(json_.text());
}

void GroundTruth::demand(const DemandTruth& truth) {
  json_.clear();
  json_.open_object();
  json_.integer("day", truth.day);
  json_.string("productId", truth.product_id);
  json_.integer("demand", truth.sold + truth.lost);
  json_.integer("sold", truth.sold);
  json_.integer("lost", truth.lost);
  json_.close_object();
  demand_.add(json_.text());
}

void GroundTruth::departed(const Population& population, std::uint32_t shopper) {
  catalog_ = &population.catalog();
  shopper_record(population, shopper);
  departed_.add(json_.text());
}

void GroundTruth::shopper_record(const Population& population, std::uint32_t index) {
  const Shopper& shopper = population.people()[index];
  json_.clear();
  json_.open_object();
  json_.string("customerId", population.customer_id(index));
  json_.string("anonymousId", population.anonymous_id(index));
  json_.string("segment", segment_name(shopper.segment));
  if (shopper.account >= 0) json_.integer("account", shopper.account);
  json_.boolean("identified", shopper.identified);
  json_.integer("arriveDay", shopper.arrive_day);
  if (shopper.churn_day < kNever) json_.integer("churnDay", shopper.churn_day);
  json_.decimal("visitsPerDay", shopper.visits_per_day, 4);
  json_.decimal("purchaseBias", shopper.purchase_bias, 3);
  json_.decimal("budget", shopper.budget, 3);
  json_.decimal("discountSensitivity", shopper.discount_sensitivity, 3);
  json_.decimal("clothingSize", shopper.clothing_size, 2);
  json_.decimal("shoeSize", 36.0 + shopper.shoe_size, 2);
  json_.decimal("hourShift", shopper.hour_shift, 2);
  json_.decimal("weekendPreference", shopper.weekend_preference, 2);
  json_.decimal("openRate", shopper.open_rate, 3);
  json_.decimal("clickRate", shopper.click_rate, 3);
  json_.open_object("departments");
  std::string_view last;
  for (std::size_t leaf = 0; leaf < leaf_specs().size(); ++leaf) {
    if (leaf_specs()[leaf].department == last) continue;
    last = leaf_specs()[leaf].department;
    const auto department =
        static_cast<std::size_t>(catalog_->department_of(static_cast<int>(leaf)));
    json_.decimal(last, static_cast<double>(shopper.departments[department]), 3);
  }
  json_.close_object();
  json_.open_object("style");
  for (std::size_t i = 0; i < shopper.style.size(); ++i) {
    json_.decimal(kStyleNames[i], static_cast<double>(shopper.style[i]), 3);
  }
  json_.close_object();
  json_.open_array("brands");
  for (const std::uint16_t brand : shopper.favourite_brands)
    json_.string(catalog_->brands()[brand].name);
  json_.close_array();
  json_.open_array("categories");
  for (const std::uint16_t leaf : shopper.favourite_leaves) {
    json_.string(catalog_->leaf_category(leaf).path);
  }
  json_.close_array();
  json_.open_array("refills");
  for (const Refill& refill : shopper.refills) {
    json_.open_object();
    json_.string("productId", catalog_->products()[refill.product].id);
    json_.decimal("intervalDays", static_cast<double>(refill.interval_days), 1);
    json_.time("runsOutAt", refill.due_us);
    json_.close_object();
  }
  json_.close_array();
  json_.close_object();
}

void GroundTruth::put(std::FILE* out, bool& first) {
  if (!first) text(out, ",\n");
  first = false;
  text(out, json_.text());
}

Status GroundTruth::write(const Simulation& simulation, const std::string& path) {
  std::FILE* out = std::fopen(path.c_str(), "wb");
  if (out == nullptr) {
    return {Code::unavailable, "cannot write " + path + ": " + std::strerror(errno)};
  }
  catalog_ = &simulation.shop().catalog;
  write_settings(simulation, out);
  write_figures(simulation, out);
  write_categories(simulation, out);
  write_brands(simulation, out);
  write_products(simulation, out);
  text(out, ",\n\"shoppers\": [\n");
  const Population& population = simulation.shop().population;
  bool first = departed_.empty;
  bool complete = departed_.copy_to(out);
  for (std::uint32_t i = 0; i < population.people().size(); ++i) {
    shopper_record(population, i);
    put(out, first);
  }
  text(out, "\n]");
  write_accounts(simulation, out);
  write_subscriptions(simulation, out);
  text(out, ",\n\"messages\": [\n");
  complete &= messages_.copy_to(out);
  text(out, "\n],\n\"demand\": [\n");
  complete &= demand_.copy_to(out);
  text(out, "\n]\n}\n");
  complete &= std::ferror(out) == 0;
  complete &= std::fclose(out) == 0;
  if (!complete)
    return {Code::unavailable, "cannot write all of " + path + ": " + std::strerror(errno)};
  return {};
}

}  // namespace souk::simulate
