#include "plugins/recommendations/serve/notes.hpp"

#include <algorithm>
#include <string_view>

#include "plugins/recommendations/serve/plain_text.hpp"

namespace souk::recommendations {
namespace {

/// Sentences with "; " between them.
class Note {
 public:
  explicit Note(std::string& text) : text_(text) {}
  void add(std::string_view sentence) {
    if (!text_.empty()) text_.append("; ");
    text_.append(sentence);
  }

 private:
  std::string& text_;
};

bool knows_nothing(const StoreState& state) {
  return state.trending.events() == 0 && state.together.orders() == 0;
}

// What is said of candidates that were left out for a reason; the product is a plural.
std::string_view because_they(Verdict verdict) {
  switch (verdict) {
    case Verdict::not_in_catalog:
      return "are not in the catalog";
    case Verdict::deleted:
      return "were deleted";
    case Verdict::hidden:
      return "are hidden";
    case Verdict::out_of_stock:
      return "are out_of_stock";
    case Verdict::other_account:
      return "are for other accounts";
    case Verdict::excluded:
      return "are excluded";
    case Verdict::excluded_category:
      return "are of an excluded category";
    case Verdict::other_category:
      return "are of an other_category";
    case Verdict::viewed_now:
      return "are what the page is about";
    case Verdict::seen:
      return "were seen_in_this_visit";
    case Verdict::in_cart:
      return "are in the cart";
    case Verdict::just_bought:
      return "were just_bought";
    case Verdict::shown_on_page:
      return "are shown on the page already";
    case Verdict::filtered_out:
      return "do not match the filter";
    case Verdict::other_price:
      return "are outside the price range, or have no price";
    case Verdict::sensitive:
      return "are sensitive here";
    case Verdict::same_brand:
      return "are of a brand that has its share";
    case Verdict::returned:
      return "were returned by this shopper";
    default:
      return "were left out";
  }
}

/// "there are no more: of 12 candidates, 9 are out_of_stock, 3 do not match the filter"
void add_left_out(const Eligibility& eligibility, std::size_t shown, Note& note) {
  const auto& counts = eligibility.left_out();
  std::array<std::size_t, kVerdicts> order{};
  for (std::size_t i = 0; i < kVerdicts; ++i)
    order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return counts[a] > counts[b]; });
  std::string text = "there are no more: of " +
                     std::to_string(eligibility.left_out_in_all() + shown) + " candidates, ";
  constexpr std::size_t kTold = 3;
  for (std::size_t i = 0; i < kTold && counts[order[i]] > 0; ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(counts[order[i]]) + " ";
    text += because_they(static_cast<Verdict>(order[i]));
  }
  note.add(text);
}

// What a kind needs of the shopper and has not; empty when it has it.
std::string_view missing_history(const Question& question) {
  const bool looked = !question.session.empty() || !question.history.empty();
  if (question.kind == Kind::recently_viewed && !looked) {
    return "this shopper has not looked at anything yet";
  }
  if (question.kind == Kind::buy_again && question.profile.bought.empty()) {
    return "this shopper has not bought anything yet";
  }
  if (question.kind == Kind::buy_again && !question.include_seen) {
    return "nothing that this shopper has bought is due to be bought again";
  }
  return {};
}

bool category_is_excluded(const StoreState& state, const Question& question) {
  const std::string_view path = state.catalog.category_path(question.category);
  return std::any_of(question.exclude_categories.begin(), question.exclude_categories.end(),
                     [&](CategoryId excluded) {
                       const std::string_view above = state.catalog.category_path(excluded);
                       return path == above || (path.substr(0, above.size()) == above &&
                                                path.substr(above.size(), 3) == " > ");
                     });
}

/// What simpler sources gave in place of what was asked for.
std::string_view stand_in_note(const StoreState& state, const Recommender& done) {
  bool is_new = false;
  bool is_popular = false;
  for (const Pick& pick : done.selection.picks()) {
    if (!pick.stand_in) continue;
    is_new = is_new || pick.source == Source::new_arrivals;
    is_popular = is_popular || pick.source != Source::new_arrivals;
  }
  if (knows_nothing(state)) {
    return "no views or orders have been seen yet: showing what is new in the shop";
  }
  if (done.question.kind == Kind::trending) {
    return "little is trending yet: filled up with what is new";
  }
  if (done.question.product_unknown) {
    return is_popular ? "unknown product: showing what is trending"
                      : "unknown product: showing what is new";
  }
  if (done.question.kind != Kind::for_you) {
    return "not enough is known yet: filled up from simpler sources";
  }
  if (!is_new) return "little is known of this shopper yet: filled up with what is trending";
  return is_popular ? "little is known of this shopper yet: filled up with what is trending and new"
                    : "little is known of this shopper yet: filled up with what is new";
}

/// Why there are fewer than asked for.
void explain_few(const StoreState& state, const Recommender& done, Note& note) {
  const Question& question = done.question;
  const Selection& selection = done.selection;
  for (const Program* filter : {&question.placement_filter, &question.filter}) {
    const std::string unknown = filter->unknown_value();
    if (!unknown.empty()) note.add("the filter asks for " + unknown + ", which no product has");
  }
  if (question.by_category && question.category == kNoCategory) {
    return note.add("no product has this category");
  }
  if (question.by_category && category_is_excluded(state, question)) {
    return note.add("this category is excluded by the settings");
  }
  if (const std::string_view missing = missing_history(question);
      !missing.empty() && selection.picks().empty()) {
    return note.add(missing);
  }
  if (!done.why_few().empty()) note.add(done.why_few());
  if (selection.eligibility().left_out_in_all() > 0) {
    return add_left_out(selection.eligibility(), selection.picks().size(), note);
  }
  if (knows_nothing(state)) {
    if (selection.fallback()) return note.add("there are no more");
    return note.add(state.catalog.products() == 0
                        ? "no products, views or orders have been seen yet"
                        : "no views or orders have been seen yet");
  }
  if (!done.why_few().empty()) return;
  note.add(selection.picks().empty() ? "nothing is known that would answer this"
                                     : "there are no more");
}

}  // namespace

void write_note(const StoreState& state, const Recommender& done, std::string& note) {
  const Question& question = done.question;
  const Selection& selection = done.selection;
  Note out(note);
  const bool about_product =
      question.kind != Kind::trending && question.kind != Kind::new_arrivals &&
      question.kind != Kind::recently_viewed && question.kind != Kind::buy_again;
  if (question.product_unknown && about_product && !selection.fallback()) {
    out.add("unknown product");
  }
  if (selection.fallback()) out.add(stand_in_note(state, done));
  if (!done.segment_note().empty()) {
    out.add(std::string(done.segment_note()) + ": what is popular in the whole shop");
  }
  // A set is as long as it is.
  const bool whole_set = question.kind == Kind::bundle && !done.bundles().empty();
  if (selection.picks().size() < question.limit && !whole_set) explain_few(state, done, out);
}

void write_explanation(const StoreState& state, const Recommender& done,
                       souk::v1::RecommendExplanation& out) {
  const Question& question = done.question;
  const Selection& selection = done.selection;
  for (const Source source : selection.asked())
    out.add_sources(std::string(name_of(source)));
  out.set_fallback(selection.fallback());
  out.set_shopper_events(static_cast<std::uint32_t>(question.session.size() +
                                                    question.history.size() + question.cart.size() +
                                                    question.profile.bought.size()));
  out.set_last_sequence(state.last_sequence.load(std::memory_order_acquire));
  const auto& counts = selection.eligibility().left_out();
  for (std::size_t verdict = 1; verdict < kVerdicts; ++verdict) {
    if (counts[verdict] == 0) continue;
    (*out.mutable_left_out())[std::string(name_of(static_cast<Verdict>(verdict)))] =
        counts[verdict];
  }
  const auto note = [&](std::string text) { out.add_notes(std::move(text)); };
  note("session_neighbours: " + std::to_string(state.sessions.index().sessions_seen()) +
       " visits seen");
  note(state.together.orders() == 0
           ? "co_purchase: no order yet"
           : "co_purchase: " + std::to_string(state.together.orders()) + " orders seen");
  note("repurchase: " + std::to_string(state.repurchase.intervals()) + " intervals seen");
  note("next_basket: " + std::to_string(state.next_basket.learned()) + " orders learned from");
  note("content: " + std::to_string(state.content.products()) + " products described");
  note("size_model: " + std::to_string(state.sizes.observations()) + " sizes kept or returned");
  for (const std::string& size : done.size_notes())
    note(size);
  note("trending: " + std::to_string(state.trending.events()) + " events counted");
  if (done.segment().events > 0) {
    note("segment_trending: " + std::to_string(done.segment().events) + " events of " +
         std::to_string(done.segment().people) + " shoppers or more");
  }
  note("catalog: " + std::to_string(state.catalog.products()) + " products, " +
       std::to_string(state.catalog.sold_out()) + " of them sold out");
  if (state.guard.discounted() > 0) {
    note("robots: " + std::to_string(state.guard.robots()) + " found, " +
         std::to_string(state.guard.discounted()) + " events counted less or not at all");
  }
}

}  // namespace souk::recommendations
