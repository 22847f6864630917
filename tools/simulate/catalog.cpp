#include "tools/simulate/catalog.hpp"

#include <algorithm>
#include <cmath>

namespace souk::simulate {

double dot(const Style& a, const Style& b) noexcept {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  return sum;
}

Style normalised(const std::array<double, kStyles>& values) noexcept {
  double square = 0.0;
  for (const double value : values)
    square += value * value;
  const double scale = square > 0.0 ? 1.0 / std::sqrt(square) : 0.0;
  Style style{};
  for (std::size_t i = 0; i < style.size(); ++i)
    style[i] = static_cast<float>(values[i] * scale);
  return style;
}

std::int64_t round_price(double minor_units) noexcept {
  const double units = std::max(minor_units, 49.0) / 100.0;
  if (units < 20.0) {
    // To the nearest .x9.
    return static_cast<std::int64_t>(std::floor(units * 10.0)) * 10 + 9;
  }
  if (units < 200.0) return static_cast<std::int64_t>(std::floor(units)) * 100 + 99;
  return static_cast<std::int64_t>(std::floor(units / 10.0)) * 1000 + 900;
}

std::int64_t Product::variant_price(std::size_t variant) const noexcept {
  const double factor = variants[variant].price_factor;
  return factor == 1.0 ? price : round_price(static_cast<double>(price) * factor);
}

std::int64_t Product::variant_list_price(std::size_t variant) const noexcept {
  const double factor = variants[variant].price_factor;
  return factor == 1.0 ? list_price : round_price(static_cast<double>(list_price) * factor);
}

int Product::total_stock() const noexcept {
  int total = 0;
  for (const Variant& variant : variants)
    total += variant.stock;
  return total;
}

double Product::discount() const noexcept {
  if (list_price <= 0 || price >= list_price) return 0.0;
  return 1.0 - static_cast<double>(price) / static_cast<double>(list_price);
}

Catalog::Catalog(const SimulationSettings& settings) {
  Random random(settings.seed, 1);
  make_categories();
  make_brands(std::clamp(settings.products / 25U, 16U, 200U), random);
  make_products(settings, random);
  set_popularity(random);
  link_substitutes(random);
  link_complements(random);
  leaf_live_.resize(leaf_specs().size());
  leaf_table_.resize(leaf_specs().size());
}

const Category& Catalog::leaf_category(int leaf) const noexcept {
  return categories_[leaf_category_[static_cast<std::size_t>(leaf)]];
}

int Catalog::department_of(int leaf) const noexcept {
  return department_[static_cast<std::size_t>(leaf)];
}

int Catalog::draw(int leaf, Random& random) const noexcept {
  const auto index = static_cast<std::size_t>(leaf);
  if (leaf_table_[index].empty()) return -1;
  return static_cast<int>(leaf_live_[index][leaf_table_[index].draw(random)]);
}

void Catalog::refresh(int leaf) {
  const auto index = static_cast<std::size_t>(leaf);
  std::vector<double> weights;
  leaf_live_[index].clear();
  for (const std::uint32_t product : leaf_products_[index]) {
    if (!products_[product].live) continue;
    leaf_live_[index].push_back(product);
    weights.push_back(products_[product].popularity);
  }
  leaf_table_[index] = AliasTable(weights);
}

void Catalog::make_categories() {
  std::string department;
  std::string group;
  for (const LeafSpec& leaf : leaf_specs()) {
    const std::string department_id = slug(leaf.department);
    const std::string group_id = department_id + "-" + slug(leaf.group);
    const std::string group_path = std::string(leaf.department) + " > " + std::string(leaf.group);
    if (department != leaf.department) {
      department = leaf.department;
      group.clear();
      ++departments_;
      categories_.push_back({department_id, department, "", department});
    }
    if (group != leaf.group) {
      group = leaf.group;
      categories_.push_back({group_id, group, department_id, group_path});
    }
    leaf_category_.push_back(static_cast<std::uint32_t>(categories_.size()));
    department_.push_back(departments_ - 1);
    categories_.push_back({group_id + "-" + slug(leaf.name), std::string(leaf.name), group_id,
                           group_path + " > " + std::string(leaf.name)});
  }
}

}  // namespace souk::simulate
