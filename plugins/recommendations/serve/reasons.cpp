#include "plugins/recommendations/serve/reasons.hpp"

#include <algorithm>

namespace souk::recommendations {
namespace {

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

}  // namespace

void write_reason(const StoreState& state, const Question& question, const Pick& pick,
                  std::string& out) {
  out.clear();
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
      out = "Goes with what you are looking at";
      return;
    case Source::new_arrivals:
      out = "New in the shop";
      return;
    case Source::size_model:
      out = "Fits what you kept before";
      return;
  }
}

ItemId named_because(const StoreState& state, const Question& question, const Pick& pick) {
  return nameable(state, question, pick.because).empty() ? kNoItem : pick.because;
}

}  // namespace souk::recommendations
