#include "plugins/recommendations/serve/placements.hpp"

#include <algorithm>
#include <vector>

#include "plugins/recommendations/serve/nearest_name.hpp"
#include "plugins/recommendations/serve/plain_text.hpp"

namespace souk::recommendations {
namespace {

constexpr std::array<std::string_view, kKinds> kKindNames{
    "for_you",   "similar",  "bought_together", "bundle",          "upsell",   "cross_sell",
    "buy_again", "trending", "new_arrivals",    "recently_viewed", "discover", "complete_the_look",
    "size"};

bool needs_product(Kind kind) {
  return kind == Kind::similar || kind == Kind::upsell || kind == Kind::size ||
         kind == Kind::complete_the_look;
}
bool needs_product_or_cart(Kind kind) {
  return kind == Kind::bought_together || kind == Kind::bundle || kind == Kind::cross_sell;
}

Status refusal(std::string text, std::string_view field) {
  return Status(Code::invalid_argument, std::move(text), std::string(field));
}

template <class Names>
std::string listed(const Names& names) {
  std::string made;
  for (const auto& name : names)
    made.append(made.empty() ? "" : ", ").append(name);
  return made;
}

// "; did you mean trending?; allowed are …"
template <class Names>
std::string instead_of(std::string_view wrong, const Names& names) {
  const std::string_view near = nearest_name(wrong, names);
  std::string made;
  if (!near.empty()) made.append("; did you mean ").append(near).append("?");
  return made + "; allowed are " + listed(names);
}

Status unknown_kind(std::string_view name, std::string_view field) {
  return refusal("there is no kind " + in_quotes(name) + instead_of(name, kKindNames), field);
}

Status unknown_placement(const std::string& name, const v1::Settings& settings) {
  if (settings.placements().empty()) {
    return refusal("there is no placement " + in_quotes(name) +
                       ": the settings of the plugin name none (placements)",
                   "placement");
  }
  std::vector<std::string_view> names;
  for (const auto& each : settings.placements())
    names.emplace_back(each.first);
  std::sort(names.begin(), names.end());
  return refusal("there is no placement " + in_quotes(name) + instead_of(name, names), "placement");
}

// Whether the request has what the kind is about; else what is missing.
Status check_needs(Kind kind, const souk::v1::RecommendRequest& request) {
  const std::string name(name_of(kind));
  if (needs_product(kind) && request.product_id().empty()) {
    return refusal(name + " needs the product that it is about", "productId");
  }
  if (needs_product_or_cart(kind) && request.product_id().empty() && request.cart().empty() &&
      request.shopper_id().empty() && request.session_id().empty()) {
    return refusal(name + " needs a product, a cart, or a shopper who has one", "productId");
  }
  return {};
}

/// The kinds of a placement that the request can be asked for; an error when there is none.
Status take_kinds(const v1::Placement& placement, const souk::v1::RecommendRequest& request,
                  Wish& wish) {
  wish.kind_count = 0;
  Status first_fault;
  for (const std::string& name : placement.kinds()) {
    Kind kind = Kind::for_you;
    if (!kind_named(name, kind)) return unknown_kind(name, "kinds");
    const Status fault = check_needs(kind, request);
    if (!fault.ok()) {
      if (first_fault.ok()) first_fault = fault;
    } else if (wish.kind_count < Wish::kMostKinds) {
      wish.kinds[wish.kind_count++] = kind;
    }
  }
  if (placement.kinds().empty()) wish.kinds[wish.kind_count++] = Kind::for_you;
  return wish.kind_count == 0 ? first_fault : Status();
}

Status read_placement(const souk::v1::RecommendRequest& request, const v1::Settings& settings,
                      ExpressionCache& cache, Wish& wish) {
  const auto found = settings.placements().find(request.placement());
  if (found == settings.placements().end()) return unknown_placement(request.placement(), settings);
  const v1::Placement& placement = found->second;
  wish.placement = found->first;
  if (request.kind().empty()) {
    if (Status status = take_kinds(placement, request, wish); !status.ok()) return status;
  }
  if (placement.has_limit()) wish.limit = placement.limit();
  wish.enough = placement.has_min_items() ? placement.min_items() : wish.limit;
  wish.max_per_brand = placement.max_per_brand();
  wish.diversity = placement.diversity();
  wish.category = placement.category();
  if (!placement.filter().empty()) {
    auto filter = cache.filter(placement.filter(), "filter of the placement");
    if (!filter.ok()) return filter.status();
    wish.placement_filter = *filter;
  }
  if (!placement.boost().empty()) {
    auto boosts = cache.boosts(placement.boost(), "boost of the placement");
    if (!boosts.ok()) return boosts.status();
    wish.placement_boosts = *boosts;
  }
  return {};
}

Status read_ranges(const souk::v1::RecommendRequest& request) {
  if (request.limit() > Wish::kMostItems) {
    return refusal("limit is " + std::to_string(request.limit()) + ", allowed is 1 to " +
                       std::to_string(Wish::kMostItems),
                   "limit");
  }
  const bool contradictory = request.has_min_price() && request.has_max_price() &&
                             request.min_price() > request.max_price();
  if (contradictory) {
    return refusal("minPrice is " + std::to_string(request.min_price()) + " and maxPrice " +
                       std::to_string(request.max_price()) + ": no price lies between them",
                   "minPrice");
  }
  if (request.has_diversity() && !(request.diversity() >= 0 && request.diversity() <= 1)) {
    return refusal("diversity is " + std::to_string(request.diversity()) + ", allowed is 0 to 1",
                   "diversity");
  }
  constexpr int kMostLines = 1000;
  for (const auto& [name, lines] :
       {std::pair{"cart", request.cart_size()}, std::pair{"exclude", request.exclude_size()},
        std::pair{"sessionItems", request.session_items_size()}}) {
    if (lines <= kMostLines) continue;
    return refusal(std::string(name) + " has " + std::to_string(lines) +
                       " products, allowed are at most " + std::to_string(kMostLines),
                   name);
  }
  return {};
}

Status checked(const Status& fault, const std::string& path) {
  return fault.ok() ? fault : refusal(path + ": " + fault.message(), path);
}

Status validate_placement(const std::string& path, const v1::Placement& placement) {
  for (const std::string& name : placement.kinds()) {
    Kind kind = Kind::for_you;
    if (!kind_named(name, kind)) return checked(unknown_kind(name, "kinds"), path + ".kinds");
  }
  const std::uint32_t limit = placement.has_limit() ? placement.limit() : Wish::kDefaultLimit;
  if (limit < 1 || limit > Wish::kMostItems) {
    return refusal(path + ".limit: it is " + std::to_string(limit) + ", allowed is 1 to 100",
                   path + ".limit");
  }
  if (placement.has_min_items() && (placement.min_items() < 1 || placement.min_items() > limit)) {
    return refusal(path + ".min_items: it is " + std::to_string(placement.min_items()) +
                       ", allowed is 1 to its limit, " + std::to_string(limit),
                   path + ".min_items");
  }
  if (!(placement.diversity() >= 0 && placement.diversity() <= 1)) {
    return refusal(
        path + ".diversity: it is " + std::to_string(placement.diversity()) + ", allowed is 0 to 1",
        path + ".diversity");
  }
  const auto filter = parse_filter(placement.filter(), "filter");
  if (!filter.ok()) return checked(filter.status(), path + ".filter");
  return checked(parse_boosts(placement.boost(), "boost").status(), path + ".boost");
}

bool is_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  return !name.empty() && name.size() <= kLongestPlacement &&
         std::all_of(name.begin(), name.end(), fits);
}

}  // namespace

std::string_view name_of(Kind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }

bool kind_named(std::string_view name, Kind& kind) {
  const auto found = std::find(kKindNames.begin(), kKindNames.end(), name);
  if (found == kKindNames.end()) return false;
  kind = static_cast<Kind>(found - kKindNames.begin());
  return true;
}

Status read_wish(const souk::v1::RecommendRequest& request, const v1::Settings& settings,
                 ExpressionCache& cache, Wish& wish) {
  wish = Wish();
  cache.begin_question();
  if (Status status = read_ranges(request); !status.ok()) return status;
  if (!request.placement().empty()) {
    if (Status status = read_placement(request, settings, cache, wish); !status.ok()) return status;
  }
  if (!request.kind().empty()) {
    wish.kind_count = 1;
    if (!kind_named(request.kind(), wish.kinds[0])) return unknown_kind(request.kind(), "kind");
  }
  if (wish.kind_count == 1) {
    if (Status status = check_needs(wish.kinds[0], request); !status.ok()) return status;
  }
  if (request.limit() != 0) {
    wish.limit = request.limit();
    wish.enough = std::min(wish.enough, wish.limit);
  }
  if (request.has_diversity()) wish.diversity = request.diversity();
  if (!request.category().empty()) wish.category = request.category();
  if (!request.filter().empty()) {
    auto filter = cache.filter(request.filter(), "filter");
    if (!filter.ok()) return filter.status();
    wish.filter = *filter;
  }
  if (!request.boost().empty()) {
    auto boosts = cache.boosts(request.boost(), "boost");
    if (!boosts.ok()) return boosts.status();
    wish.boosts = *boosts;
  }
  return {};
}

Status validate_placements(const v1::Settings& settings) {
  std::vector<const std::string*> names;
  for (const auto& each : settings.placements())
    names.push_back(&each.first);
  std::sort(names.begin(), names.end(), [](const auto* a, const auto* b) { return *a < *b; });
  for (const std::string* name : names) {
    if (!is_name(*name)) {
      return refusal("placements: there is the name " + in_quotes(*name) +
                         "; allowed are letters, digits, _ and -, at most " +
                         std::to_string(kLongestPlacement),
                     "placements");
    }
    const Status status =
        validate_placement("placements." + *name, settings.placements().at(*name));
    if (!status.ok()) return status;
  }
  return {};
}

}  // namespace souk::recommendations
