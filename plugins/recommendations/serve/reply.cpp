#include "plugins/recommendations/serve/reply.hpp"

#include <algorithm>
#include <string>

#include "plugins/recommendations/serve/reasons.hpp"
#include "plugins/recommendations/state/hashing.hpp"

namespace souk::recommendations {
namespace {

using souk::v1::RecommendReply;

// "r1", the kind's letter, and 13 characters that nobody can read anything from.
void write_token(const StoreState& state, const Question& question, std::string_view request_id,
                 std::string& token) {
  static constexpr std::string_view kLetters = "fsbgucatnvdlz";
  static constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
  const std::uint64_t salt = state.last_sequence.load(std::memory_order_relaxed) ^
                             static_cast<std::uint64_t>(question.now_us);
  std::uint64_t value = hash_of(request_id, salt);
  token = "r1";
  token.push_back(kLetters[static_cast<std::size_t>(question.kind)]);
  for (int i = 0; i < 13; ++i, value >>= 5)
    token.push_back(kDigits[value & 31]);
}

bool starts_cold(const StoreState& state) {
  return state.trending.events() == 0 && state.together.orders() == 0;
}

std::string_view main_reason_for_few(const Eligibility& eligibility) {
  const auto& counts = eligibility.left_out();
  const auto most = std::max_element(counts.begin(), counts.end());
  return name_of(static_cast<Verdict>(most - counts.begin()));
}

// Why the answer is short or general; nothing when it is as asked.
void write_note(const StoreState& state, const Recommender& done, std::string& note) {
  const Question& question = done.question;
  const Selection& selection = done.selection;
  if (question.product_unknown && question.kind != Kind::trending) {
    note =
        selection.picks().empty() ? "unknown product" : "unknown product: showing what is trending";
  } else if (selection.fallback()) {
    note = question.kind == Kind::for_you
               ? "little is known of this shopper yet: filled up with what is trending"
               : "not enough is known yet: filled up from simpler sources";
  }
  if (selection.picks().size() >= question.limit) return;
  const auto add = [&](std::string_view text) {
    if (!note.empty()) note.append("; ");
    note.append(text);
  };
  if (starts_cold(state)) {
    add("no views or orders have been seen yet");
  } else if (question.by_category && question.category == kNoCategory) {
    add("no product has this category");
  } else if (question.kind == Kind::recently_viewed && selection.picks().empty() &&
             question.session.empty() && question.history.empty()) {
    add("this shopper has not looked at anything yet");
  } else if (selection.eligibility().left_out_in_all() > 0) {
    add("there are no more: most were left out as ");
    note.append(main_reason_for_few(selection.eligibility()));
  } else {
    add("there are no more");
  }
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
  note("trending: " + std::to_string(state.trending.events()) + " events counted");
  note("catalog: " + std::to_string(state.catalog.products()) + " products, " +
       std::to_string(state.catalog.sold_out()) + " of them sold out");
}

void write_parts(const Pick& pick, souk::v1::RecommendedItem& item) {
  for (std::size_t source = 0; source < kSources; ++source) {
    if (pick.parts[source] == 0) continue;
    auto* part = item.add_parts();
    part->set_source(std::string(name_of(static_cast<Source>(source))));
    part->set_value(static_cast<double>(pick.parts[source]));
  }
}

}  // namespace

void write_reply(const StoreState& state, const Recommender& done, std::string_view request_id,
                 RecommendReply& reply) {
  const Question& question = done.question;
  for (const Pick& pick : done.selection.picks()) {
    auto* item = reply.add_items();
    const std::string_view name = state.items.name(pick.item);
    item->mutable_product_id()->assign(name);
    item->set_score(pick.score);
    write_reason(state, question, pick, *item->mutable_reason());
    if (question.explain) write_parts(pick, *item);
  }
  reply.mutable_kind()->assign(name_of(question.kind));
  write_token(state, question, request_id, *reply.mutable_attribution_token());
  write_note(state, done, *reply.mutable_note());
  if (question.explain) write_explanation(state, done, *reply.mutable_explanation());
}

}  // namespace souk::recommendations
