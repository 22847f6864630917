#include "tools/simulate/population.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "tools/simulate/portable_math.hpp"

namespace souk::simulate {
namespace {

struct SegmentSpec {
  std::string_view name;
  double share;           // of all people
  double visits_per_day;  // mean
  double purchase_bias;   // on the logit of putting into the cart
  double discount;        // mean sensitivity
  double lifetime_days;   // mean
  double known;           // share that is registered before the run, among those who were there
  double consent;         // share of the identified that take e-mail
  double open_rate;       // mean
};

// Most visits come from few people; most people never buy. Rules of thumb, tuned until the run's
// figures are those of figures.hpp.
constexpr SegmentSpec kSpecs[kSegments] = {
    {"loyal", .09, .20, .75, .35, 1100, .95, .75, .42},
    {"bargain", .12, .13, .30, .95, 500, .80, .80, .38},
    {"occasional", .28, .055, .10, .50, 420, .55, .55, .28},
    {"seasonal", .11, .035, .35, .55, 900, .60, .60, .25},
    {"window", .25, .060, -1.60, .60, 160, .10, .40, .22},
    {"one_time", .15, .004, -.50, .50, 40, .0, .30, .15},
    {"business", .0, .0, .0, .10, 5000, 1.0, .90, .45},
};

void make_taste(Shopper& shopper, const Catalog& catalog, Random& random) {
  double total = 0.0;
  std::array<double, kMaxDepartments> shares{};
  for (int i = 0; i < catalog.departments(); ++i) {
    // A Dirichlet with small parameters: everybody lives in two or three departments.
    shares[static_cast<std::size_t>(i)] = random.gamma(0.45, 1.0) + 0.01;
    total += shares[static_cast<std::size_t>(i)];
  }
  for (std::size_t i = 0; i < shares.size(); ++i) {
    shopper.departments[i] = static_cast<float>(shares[i] / total);
  }
  std::array<double, kStyles> style{};
  for (double& value : style)
    value = random.normal();
  shopper.style = normalised(style);
  for (auto& brand : shopper.favourite_brands) {
    brand = static_cast<std::uint16_t>(
        random.below(static_cast<std::uint32_t>(catalog.brands().size())));
  }
  for (auto& leaf : shopper.favourite_leaves) {
    leaf =
        static_cast<std::uint16_t>(random.below(static_cast<std::uint32_t>(leaf_specs().size())));
  }
}

}  // namespace

std::string_view segment_name(Segment segment) noexcept {
  return kSpecs[static_cast<std::size_t>(segment)].name;
}

void Shopper::remember(std::uint32_t product) noexcept {
  if (remembered_count < remembered.size()) {
    remembered[remembered_count++] = product;
    return;
  }
  for (std::size_t i = 1; i < remembered.size(); ++i)
    remembered[i - 1] = remembered[i];
  remembered.back() = product;
}

Population::Population(const SimulationSettings& settings, const Catalog& catalog)
    : seed_(settings.seed),
      days_(static_cast<int>(settings.days)),
      catalog_(catalog),
      random_(settings.seed, 2) {
  people_.resize(settings.shoppers);
  double shares[kSegments];
  for (std::size_t i = 0; i < kSegments; ++i)
    shares[i] = kSpecs[i].share;
  for (Shopper& shopper : people_) {
    shopper.segment = static_cast<Segment>(random_.weighted(shares));
    const bool newcomer = shopper.segment == Segment::one_time || random_.chance(0.36);
    make(shopper, catalog, newcomer, newcomer ? random_.between(0, days_ - 1) : 0);
  }
}

void Population::make(Shopper& shopper, const Catalog& catalog, bool newcomer, int day) {
  const SegmentSpec& spec = kSpecs[static_cast<std::size_t>(shopper.segment)];
  make_taste(shopper, catalog, random_);
  shopper.visits_per_day = spec.visits_per_day * random_.gamma(2.5, 1.0);
  shopper.purchase_bias = spec.purchase_bias + random_.normal(0.0, 0.35);
  shopper.budget = random_.normal(0.0, 0.45);
  shopper.discount_sensitivity = std::clamp(spec.discount + random_.normal(0.0, 0.15), 0.0, 1.2);
  shopper.clothing_size = std::clamp(random_.normal(2.4, 1.1), -0.4, 5.4);
  shopper.shoe_size = std::clamp(random_.normal(4.6, 2.1), -0.4, 10.4);
  shopper.hour_shift = random_.normal(0.0, 2.0);
  shopper.weekend_preference = random_.log_normal(1.0, 0.35);
  shopper.open_rate = random_.beta(spec.open_rate, 6.0);
  shopper.click_rate = random_.beta(0.085, 12.0);
  shopper.usage = random_.log_normal(1.0, 0.22);
  shopper.mobile = random_.chance(0.62);
  shopper.arrive_day = newcomer ? day : -random_.between(1, 500);
  const double stay = random_.exponential(spec.lifetime_days);
  shopper.churn_day = std::max(shopper.arrive_day, 0) + 1 + static_cast<int>(std::min(stay, 1e6));
  shopper.identified = !newcomer && random_.chance(spec.known);
  shopper.consent = random_.chance(spec.consent);
  shopper.newsletter_slot = random_.chance(0.5) ? 1 : 3;
  if (shopper.identified) {
    // Who has an account has bought before, mostly.
    shopper.orders = static_cast<std::uint16_t>(std::min<std::uint32_t>(
        random_.poisson(-shopper.arrive_day * spec.visits_per_day * 0.04), 60));
  }
}

void Population::replace(std::uint32_t index, int day) {
  double shares[kSegments];
  for (std::size_t i = 0; i < kSegments; ++i)
    shares[i] = kSpecs[i].share;
  Shopper fresh;
  fresh.segment = static_cast<Segment>(random_.weighted(shares));
  fresh.generation = static_cast<std::uint16_t>(people_[index].generation + 1);
  make(fresh, catalog_, true, day);
  people_[index] = std::move(fresh);
}

std::uint32_t Population::add_contact(int account) {
  Shopper contact;
  contact.segment = Segment::business;
  make(contact, catalog_, false, 0);
  contact.identified = true;
  contact.visits_per_day = 0.0;  // contacts come by their account's schedule
  contact.account = static_cast<std::int16_t>(account);
  contact.churn_day = kNever;
  contact.mobile = false;
  people_.push_back(std::move(contact));
  return static_cast<std::uint32_t>(people_.size() - 1);
}

std::string Population::customer_id(std::uint32_t index) const {
  std::string id = "c-" + std::to_string(index + 1);
  if (people_[index].generation > 0) id += "-" + std::to_string(people_[index].generation);
  return id;
}

std::string Population::anonymous_id(std::uint32_t index) const {
  const std::uint64_t hash = mix64(seed_ * 1'000'003 + index +
                                   (static_cast<std::uint64_t>(people_[index].generation) << 40));
  char text[20];
  std::snprintf(text, sizeof(text), "a-%012llx", static_cast<unsigned long long>(hash >> 16));
  return text;
}

std::string Population::name(std::uint32_t index) const {
  const std::uint64_t hash = mix64(seed_ ^ (index * 0x9e3779b9ULL) ^
                                   (static_cast<std::uint64_t>(people_[index].generation) << 48));
  const auto first = first_names()[hash % first_names().size()];
  const auto last = last_names()[(hash >> 20) % last_names().size()];
  return std::string(first) + " " + std::string(last);
}

double appeal(const Shopper& shopper, const Product& product) noexcept {
  const LeafSpec& leaf = leaf_specs()[product.leaf];
  const double level =
      portable_log(static_cast<double>(product.price) / (100.0 * leaf.median_price));
  const double gap = level - shopper.budget;
  // Too dear hurts more than too cheap.
  const double price = gap > 0.0 ? -0.9 * gap : 0.35 * gap;
  double brand = 0.0;
  for (const std::uint16_t favourite : shopper.favourite_brands) {
    if (favourite == product.brand) brand = 0.8;
  }
  const double quality = 1.1 * (product.quality - 0.55);
  const double reduced = 3.5 * shopper.discount_sensitivity * product.discount();
  return 1.1 * dot(shopper.style, product.style) + brand + quality + price + reduced;
}

double true_size(const Shopper& shopper, const Product& product, const Catalog& catalog) noexcept {
  const Sizing sizing = leaf_specs()[product.leaf].sizing;
  const double cut = catalog.brands()[product.brand].size_offset;
  // A brand that cuts large (positive offset) is worn one label smaller.
  if (sizing == Sizing::apparel) return std::clamp(shopper.clothing_size - cut, 0.0, 5.0);
  if (sizing == Sizing::shoe) return std::clamp(shopper.shoe_size - cut, 0.0, 10.0);
  return -1.0;
}

}  // namespace souk::simulate
