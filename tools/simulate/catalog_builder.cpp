// How an assortment comes about: brands, products, popularity, and what truly belongs together.
#include <algorithm>
#include <cmath>

#include "tools/simulate/catalog.hpp"
#include "tools/simulate/portable_math.hpp"

namespace souk::simulate {
namespace {

constexpr std::size_t kSubstitutes = 12;
// In a leaf larger than this, each product is compared with a sample of this size.
constexpr std::size_t kCompared = 400;

Style random_style(Random& random, const Style* around, double spread) {
  std::array<double, kStyles> values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double centre = around == nullptr ? 0.0 : static_cast<double>((*around)[i]);
    values[i] = centre + spread * random.normal();
  }
  return normalised(values);
}

int dominant(const Style& style) {
  return static_cast<int>(std::max_element(style.begin(), style.end()) - style.begin());
}

}  // namespace

void Catalog::make_brands(std::uint32_t count, Random& random) {
  const auto stems = brand_stems();
  const auto endings = brand_endings();
  department_brands_.resize(static_cast<std::size_t>(departments_));
  for (std::uint32_t i = 0; i < count; ++i) {
    Brand brand;
    const auto stem = stems[i % stems.size()];
    const auto ending = endings[(i / stems.size() + i % stems.size() * 3) % endings.size()];
    brand.name = std::string(stem) + std::string(ending);
    brand.id = slug(brand.name);
    const double tier = random.uniform();
    const double base = tier < 0.35 ? 0.70 : (tier < 0.80 ? 1.0 : 1.6);
    brand.price_factor = base * random.log_normal(1.0, 0.08);
    brand.quality = std::clamp(0.3 + 0.25 * base + random.normal(0.0, 0.12), 0.05, 0.98);
    brand.size_offset = std::clamp(random.normal(0.0, 0.40), -1.2, 1.2);
    brand.style = random_style(random, nullptr, 1.0);
    brands_.push_back(std::move(brand));
    // Every department gets brands in turn; a third of the brands are at home in a second one.
    const auto home = static_cast<std::size_t>(i) % department_brands_.size();
    department_brands_[home].push_back(static_cast<std::uint16_t>(i));
    if (random.chance(0.33)) {
      const auto second = random.below(static_cast<std::uint32_t>(department_brands_.size()));
      if (second != home) department_brands_[second].push_back(static_cast<std::uint16_t>(i));
    }
  }
}

void Catalog::make_products(const SimulationSettings& settings, Random& random) {
  const auto leaves = leaf_specs();
  std::vector<double> demand;
  for (const LeafSpec& leaf : leaves)
    demand.push_back(leaf.demand);
  leaf_products_.resize(leaves.size());
  products_.resize(settings.products);
  for (std::uint32_t i = 0; i < settings.products; ++i) {
    Product& product = products_[i];
    product.id = "p" + std::to_string(i + 1);
    // One product for each leaf first, so that even a small shop has complements.
    const std::size_t leaf = i < leaves.size() ? i : random.weighted(demand);
    product.leaf = static_cast<std::uint16_t>(leaf);
    leaf_products_[leaf].push_back(i);
    const auto& brands = department_brands_[static_cast<std::size_t>(department_[leaf])];
    // Few brands lead a department: the square of a uniform number prefers the first.
    const double pick = random.uniform();
    product.brand =
        brands[static_cast<std::size_t>(pick * pick * static_cast<double>(brands.size()))];
    const Brand& brand = brands_[product.brand];
    const LeafSpec& spec = leaves[leaf];
    product.quality = std::clamp(brand.quality + random.normal(0.0, 0.1), 0.02, 0.99);
    product.style = random_style(random, &brand.style, 0.45);
    product.dominant_style = static_cast<std::uint8_t>(dominant(product.style));
    const double price = 100.0 * spec.median_price * brand.price_factor *
                         random.log_normal(1.0, spec.price_sigma) * (0.85 + 0.3 * product.quality);
    product.list_price = round_price(price);
    product.price = product.list_price;
    if (spec.refill_days > 0.0)
      product.refill_days = spec.refill_days * random.log_normal(1.0, 0.18);
    product.lead_days = random.between(3, 12);
    if (i >= leaves.size() && random.chance(0.07)) product.launch_day = random.between(2, 90);
    if (random.chance(0.04)) product.delist_day = product.launch_day + random.between(25, 300);
    const int age_days = random.between(10, 900);
    product.created_us = settings.start_us + (product.launch_day > 0 ? product.launch_day * kDayUs
                                                                     : -age_days * kDayUs);
    name_product(product, random);
    make_variants(product, random);
  }
}

void Catalog::name_product(Product& product, Random& random) const {
  const LeafSpec& leaf = leaf_specs()[product.leaf];
  const auto nouns = split(leaf.nouns);
  product.noun = nouns[random.below(static_cast<std::uint32_t>(nouns.size()))];
  for (const AttributeSpec& spec : attribute_specs()) {
    if (spec.department != leaf.department) continue;
    const auto values = split(spec.values);
    product.attributes.emplace_back(
        spec.key, values[random.below(static_cast<std::uint32_t>(values.size()))]);
  }
  const std::string& brand = brands_[product.brand].name;
  const auto word = style_word(product.dominant_style, static_cast<int>(random.below(3)));
  const auto model = random.between(100, 999);
  product.title = brand + " " + std::string(word) + " " + std::string(product.noun);
  const bool technical = leaf.department == "Electronics" || leaf.department == "Office";
  if (technical) product.title += " " + std::string(1, brand.front()) + std::to_string(model);
  const auto second = style_word(product.dominant_style, static_cast<int>(random.below(3)));
  product.description = std::string(word) + " " + std::string(product.noun) + " by " + brand + ". ";
  if (!product.attributes.empty()) {
    const auto& [key, value] = product.attributes.front();
    product.description += "With " + std::string(key) + " " + std::string(value) + ". ";
  }
  product.description += "A " + std::string(second) + " choice from our " + std::string(leaf.name) +
                         (product.quality > 0.7 ? " range, made to last." : " range.");
}

void Catalog::make_variants(Product& product, Random& random) const {
  const LeafSpec& leaf = leaf_specs()[product.leaf];
  const int sizes = static_cast<int>(size_labels(leaf.sizing).size());
  const bool coloured = leaf.sizing != Sizing::pack && leaf.department != "Beauty" &&
                        leaf.department != "Groceries" && leaf.department != "Office";
  const int wanted = coloured ? random.between(1, leaf.sizing == Sizing::shoe ? 2 : 3) : 0;
  const auto palette = static_cast<std::uint32_t>(colours().size());
  const auto first_colour = static_cast<int>(random.below(palette));
  for (int colour = 0; colour < std::max(wanted, 1); ++colour) {
    for (int size = 0; size < std::max(sizes, 1); ++size) {
      Variant variant;
      variant.size = sizes > 0 ? size : -1;
      if (wanted > 0) {
        variant.colour =
            static_cast<int>((static_cast<std::uint32_t>(first_colour + colour * 5)) % palette);
      }
      if (leaf.sizing == Sizing::pack)
        variant.price_factor = size == 0 ? 1.0 : (size == 1 ? 1.85 : 3.4);
      if (leaf.sizing == Sizing::storage) variant.price_factor = 1.0 + 0.14 * size;
      variant.id = product.id;
      if (variant.colour >= 0) {
        variant.id += "-" + slug(colours()[static_cast<std::size_t>(variant.colour)]);
      }
      if (size >= 0 && sizes > 0) variant.id += "-" + slug(size_label(leaf.sizing, size));
      product.variants.push_back(std::move(variant));
    }
  }
  if (!product.has_variants()) product.variants.front().id = product.id;
}

void Catalog::set_popularity(Random& random) {
  // Zipf within each leaf, better products first but not only; leaves share demand by their weight.
  double total_demand = 0.0;
  for (std::size_t leaf = 0; leaf < leaf_products_.size(); ++leaf) {
    if (!leaf_products_[leaf].empty()) total_demand += leaf_specs()[leaf].demand;
  }
  for (std::size_t leaf = 0; leaf < leaf_products_.size(); ++leaf) {
    std::vector<std::pair<double, std::uint32_t>> order;
    for (const std::uint32_t product : leaf_products_[leaf]) {
      order.emplace_back(-(1.2 * products_[product].quality + random.normal(0.0, 0.6)), product);
    }
    std::sort(order.begin(), order.end());
    double total = 0.0;
    for (std::size_t rank = 0; rank < order.size(); ++rank) {
      total += portable_pow(static_cast<double>(rank) + 1.2, -1.15);
    }
    for (std::size_t rank = 0; rank < order.size(); ++rank) {
      Product& product = products_[order[rank].second];
      const double share = portable_pow(static_cast<double>(rank) + 1.2, -1.15) / total;
      product.popularity = leaf_specs()[leaf].demand / total_demand * share;
      product.fame = portable_log(share);
    }
  }
}

void Catalog::link_substitutes(Random& random) {
  for (const auto& members : leaf_products_) {
    for (const std::uint32_t index : members) {
      Product& product = products_[index];
      std::vector<std::pair<double, std::uint32_t>> near;
      const std::size_t compared = std::min(members.size(), kCompared);
      for (std::size_t i = 0; i < compared; ++i) {
        const std::uint32_t other =
            members.size() <= kCompared
                ? members[i]
                : members[random.below(static_cast<std::uint32_t>(members.size()))];
        if (other == index) continue;
        const Product& candidate = products_[other];
        const double price_gap = std::fabs(portable_log(static_cast<double>(product.list_price) /
                                                        static_cast<double>(candidate.list_price)));
        const double closeness = 1.4 * dot(product.style, candidate.style) - 0.9 * price_gap +
                                 (product.brand == candidate.brand ? 0.35 : 0.0) +
                                 (product.noun == candidate.noun ? 0.9 : 0.0);
        near.emplace_back(-closeness, other);
      }
      std::sort(near.begin(), near.end());
      near.erase(std::unique(near.begin(), near.end()), near.end());
      near.resize(std::min(near.size(), kSubstitutes));
      for (const auto& [negative, other] : near) {
        product.substitutes.push_back({other, logistic(-negative)});
      }
    }
  }
}

void Catalog::link_complements(Random& random) {
  for (std::size_t leaf = 0; leaf < leaf_products_.size(); ++leaf) {
    for (const std::string_view name : split(leaf_specs()[leaf].complements)) {
      const int target = find_leaf(name);
      if (target < 0) continue;
      const auto& others = leaf_products_[static_cast<std::size_t>(target)];
      if (others.empty()) continue;
      for (const std::uint32_t index : leaf_products_[leaf]) {
        // The best of a few by style, brand and popularity: a product has its own partner, and
        // popular partners are shared.
        Link best;
        double best_score = -1e9;
        for (int attempt = 0; attempt < 6; ++attempt) {
          const std::uint32_t other =
              others[random.below(static_cast<std::uint32_t>(others.size()))];
          const Product& candidate = products_[other];
          const double score = dot(products_[index].style, candidate.style) +
                               (products_[index].brand == candidate.brand ? 0.6 : 0.0) +
                               0.25 * portable_log(candidate.popularity);
          if (score > best_score) {
            best_score = score;
            best.product = other;
          }
        }
        best.strength = random.uniform(0.08, 0.40);
        products_[index].complements.push_back(best);
      }
    }
  }
}

}  // namespace souk::simulate
