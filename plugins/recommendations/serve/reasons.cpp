#include "plugins/recommendations/serve/reasons.hpp"

#include <algorithm>

#include "plugins/recommendations/state/product_sizes.hpp"

#include "plugins/recommendations/serve/step_up.hpp"

namespace souk::recommendations {
namespace {

// From here on a new product's likeness is worth a word.
constexpr float kFitsTaste = 0.15f;

// The title of a product that a reason may name: in the catalog, shown, and met by this shopper.
std::string_view nameable(const StoreState& state, const Question& question, ItemId item) {
  if (item == kNoItem) return {};
  const Catalog::Facts facts = state.catalog.facts(item);
  if (facts.hidden || facts.deleted || question.sensitive.contains_item(item)) return {};
  if (!is_for_account(state.catalog, facts, question.account)) return {};
  const auto& categories = question.exclude_categories;
  const SetId own = state.catalog.categories(item);
  const bool excluded = std::any_of(categories.begin(), categories.end(), [&](CategoryId c) {
    return state.catalog.sets().contains(own, c);
  });
  return excluded ? std::string_view() : state.catalog.title(item);
}

std::string_view last_level(std::string_view path) {
  const std::size_t at = path.rfind(" > ");
  return at == std::string_view::npos ? path : path.substr(at + 3);
}

// Whether so many are behind it that it tells of nobody.
bool of_many(const Question& question, const Pick& pick) {
  return pick.support >= question.settings.min_people_in_reason;
}

// Of a product that goes with another, without a word on who says so.
void general_reason(const StoreState& state, const Question& question, const Pick& pick,
                    std::string& out) {
  const std::string_view title = nameable(state, question, pick.because);
  const bool here = title.empty() || pick.because == question.product;
  out.append("Goes with ").append(here ? "what you are looking at" : title);
}

void bought_reason(const StoreState& state, const Question& question, const Pick& pick,
                   std::string& out) {
  if (pick.kind == Kind::bought_together &&
      pick.support >= question.settings.min_orders_in_reason) {
    out.append("Bought together in ").append(std::to_string(pick.support)).append(" orders");
    return;
  }
  if (!of_many(question, pick)) return general_reason(state, question, pick, out);
  const std::string_view title = nameable(state, question, pick.because);
  out.append("Often bought with ");
  out.append(!title.empty()                           ? title
             : pick.because == question.product       ? "what you are looking at"
             : question.profile.in_cart(pick.because) ? "what is in your cart"
                                                      : "what you bought");
}

void step_up_reason(const StoreState& state, const Question& question, const Pick& pick,
                    std::string& out) {
  const std::string_view title = nameable(state, question, question.product);
  out.append("A step up from ").append(title.empty() ? "what you are looking at" : title);
  const Catalog::Traits from = state.catalog.traits(question.product);
  const Catalog::Traits to = state.catalog.traits(pick.item);
  if (const Larger more = larger(state.catalog, from, to); more.found()) {
    out.append(": ").append(more.name).append(" ").append(more.value);
  } else if (to.ratings > 0 && better_rated(from, to) > 0) {
    out.append(": better rated");
  }
}

void complement_reason(const StoreState& state, const Question& question, const Pick& pick,
                       std::string& out) {
  if (pick.kind == Kind::discover) {
    out.append("New to you: ").append(last_level(state.catalog.category_path(pick.category)));
    return;
  }
  const std::string_view title = nameable(state, question, pick.because);
  out.append(pick.kind == Kind::complete_the_look ? "Completes the look of " : "Goes with ");
  out.append(title.empty() ? "what you are looking at" : title);
}

void content_reason(const StoreState& state, const Question& question, const Pick& pick,
                    std::string& out) {
  const std::string_view title = nameable(state, question, pick.because);
  out.append("Similar to ").append(title.empty() ? "what you are looking at" : title);
}

void later_reason(const StoreState& state, const Question& question, const Pick& pick,
                  std::string& out) {
  if (!of_many(question, pick)) return general_reason(state, question, pick, out);
  const std::string_view title = nameable(state, question, pick.because);
  out.append("Often bought after ").append(title.empty() ? "what you bought" : title);
}

void repurchase_reason(const Pick& pick, std::string& out) {
  constexpr std::uint32_t kWeek = 7;
  if (pick.days == 0) {
    out = "You buy this again and again";
  } else if (pick.days < 2 * kWeek) {
    out.append("You buy this about every ").append(std::to_string(pick.days)).append(" days");
  } else {
    const std::uint32_t weeks = (pick.days + kWeek / 2) / kWeek;
    out.append("You buy this about every ").append(std::to_string(weeks)).append(" weeks");
  }
}

// Of the best size only: why another one may fit is told by the numbers. What was kept is named
// with its size, and where that is not the one answered, so is this.
void size_reason(const StoreState& state, const Question& question, const Pick& pick,
                 std::string& out) {
  const std::string_view label = size_label(state.catalog, pick.because_variant);
  if (pick.support == 0) {
    out = "Less likely to fit";
    return;
  }
  if (label.empty()) {
    out = question.profile.fits.empty() ? "Fits most shoppers" : "Fits what you kept before";
    return;
  }
  if (pick.because == question.product) {
    out.append("You kept ").append(label).append(" of this");
  } else if (state.catalog.traits(pick.because).brand != kNoItem &&
             state.catalog.traits(pick.because).brand ==
                 state.catalog.traits(question.product).brand) {
    out.append("You kept ").append(label).append(" from this brand");
  } else {
    const std::string_view title = nameable(state, question, pick.because);
    out.append("You kept ").append(label);
    if (!title.empty()) out.append(" of ").append(title);
  }
  const std::string_view answer = size_label(state.catalog, pick.variant);
  if (!answer.empty() && answer != label) {
    out.append("; ").append(answer).append(" is likelier to fit here");
  }
}

}  // namespace

void write_reason(const StoreState& state, const Question& question, const Pick& pick,
                  std::string& out) {
  out.clear();
  if (pick.kind == Kind::upsell) return step_up_reason(state, question, pick, out);
  if (pick.kind == Kind::complete_the_look) {
    return complement_reason(state, question, pick, out);
  }
  switch (pick.source) {
    case Source::session_neighbours: {
      if (!of_many(question, pick)) return general_reason(state, question, pick, out);
      const std::string_view title = nameable(state, question, pick.because);
      if (pick.because == question.product || title.empty()) {
        out = "Often viewed with what you are looking at";
      } else {
        out.append("Often viewed with ").append(title);
      }
      return;
    }
    case Source::history: {
      const std::string_view title = nameable(state, question, pick.because);
      if (question.profile.purchase(pick.because) != nullptr) {
        out.append("Because you bought ").append(title.empty() ? "what it goes with" : title);
      } else {
        out.append("Because you looked at ").append(title.empty() ? "something like it" : title);
      }
      return;
    }
    case Source::co_purchase:
      return bought_reason(state, question, pick, out);
    case Source::category_trending:
      if (question.sensitive.contains(pick.category) && !question.sensitive_page) {
        out = "Popular right now";
        return;
      }
      out.append("Popular in ");
      out.append(last_level(state.catalog.category_path(pick.category))).append(" right now");
      return;
    case Source::trending:
    case Source::segment_trending:
      out = "Popular right now";
      return;
    case Source::recently_viewed:
      out = "You looked at this recently";
      return;
    case Source::item_model:
      out = "Shoppers with your taste chose this";
      return;
    case Source::content:
      return content_reason(state, question, pick, out);
    case Source::sequences:
      return later_reason(state, question, pick, out);
    case Source::repurchase:
      return repurchase_reason(pick, out);
    case Source::category_complements:
      return complement_reason(state, question, pick, out);
    case Source::new_arrivals:
      out = pick.parts[static_cast<std::size_t>(Source::content)] > kFitsTaste
                ? "New, and like what you looked at"
                : "New in the shop";
      return;
    case Source::size_model:
      return size_reason(state, question, pick, out);
  }
}

ItemId named_because(const StoreState& state, const Question& question, const Pick& pick) {
  return nameable(state, question, pick.because).empty() ? kNoItem : pick.because;
}

void write_bundle_reason(const StoreState& state, const Recommender& done,
                         const BundleSearch::Bundle& bundle, std::string& out) {
  const Question& question = done.question;
  std::uint32_t support = 0xffffffff;
  for (std::size_t m = 0; m < bundle.size; ++m)
    support = std::min(support, done.bundle_nodes()[bundle.nodes[m]].support);
  const std::string_view title = nameable(state, question, question.product);
  out = "Often bought as a set with ";
  out.append(!title.empty()                ? title
             : question.product != kNoItem ? "what you are looking at"
                                           : "what is in your cart");
  if (support >= question.settings.min_orders_in_reason) {
    out.append(": each in ").append(std::to_string(support)).append(" orders or more");
  }
}

}  // namespace souk::recommendations
