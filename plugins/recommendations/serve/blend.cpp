#include "plugins/recommendations/serve/blend.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace souk::recommendations {
namespace {

// What earlier visits and purchases weigh against this visit, by the products it has shown so far:
// a visit soon says more than all that was before it.
constexpr std::array<double, 4> kHistoryWeight{1, 0.3, 0.2, 0.1};
// Fewer candidates than this from histories, and earlier visits are asked about as visits, too.
constexpr std::size_t kFewFromTrails = 16;
constexpr std::size_t kJudgedSoon = 16;  // of one source's candidates
constexpr std::size_t kShortSession = 3;
constexpr std::size_t kHistoryItems = 10;
// The chance that an order holds both, against the chance that it is the next click.
constexpr double kBlendOrderWeight = 0.2;
constexpr std::size_t kOrdersRemembered = 5;  // of the shopper's purchases as seeds
// What shoppers with the same taste have, by the trained model. Chosen on validation parts, where
// 0.1 to 0.2 is a plateau; model/README.md, section 12.
constexpr double kItemModelWeight = 0.15;
constexpr std::size_t kItemModelItems = 16;
// The chance that it is bought within a week, and that it follows now what was bought long ago.
constexpr double kDueWeight = 0.5;
constexpr double kSequenceWeight = 0.5;
constexpr double kDueDays = 7;
constexpr std::size_t kDueLooked = 16;  // newest products that were bought more than once
constexpr double kLeastDue = 0.05;
// Where so few products are proposed, what is new or rare is like what was looked at.
constexpr std::size_t kFewProposed = 16;
constexpr double kContentWeight = 0.2;
constexpr std::array<float, 3> kContentSeeds{1.0f, 0.6f, 0.4f};  // the newest counts most

constexpr std::array<std::string_view, BlendFeatures::kTraits> kTraitNames{
    "same_category", "other_price", "popularity", "freshness", "seen_before"};
constexpr double kLogOfMany = 16;
constexpr double kFreshS = 30 * 86'400.0;

ItemId last_seen(const Question& question) {
  if (!question.session.empty()) return question.session.back();
  return question.past.empty() ? kNoItem : question.past.back();
}

float& trait(BlendFeatures& features, Trait which) {
  return features.traits[static_cast<std::size_t>(which)];
}

}  // namespace

std::string_view name_of(Trait trait) { return kTraitNames[static_cast<std::size_t>(trait)]; }

void Blend::gather(const StoreState& state, const Question& question, std::size_t least,
                   Trained trained) {
  picks_.clear();
  asked_.clear();
  if (!question.session.empty()) {
    asked_.push_back(Source::session_neighbours);
    state.sessions.predict(question.session, least, predict_scratch_, candidates_);
    add(state, Source::session_neighbours, 1, candidates_);
  }
  if (!question.past.empty()) {
    add_history(state, question, least);
    if (trained == Trained::included && question.session.empty()) {
      add_item_model(state, question, least);
    }
  }
  add_orders(state, question, least);
  // Once a visit says what it is about, what is due is for buy_again.
  if (question.session.size() < kShortSession) {
    add_due(state, question);
    if (question.session.empty()) add_sequences(state, question, least);
  }
  if (picks_.entries().size() < kFewProposed) add_content(state, question, least);
}

void Blend::add_history(const StoreState& state, const Question& question, std::size_t least) {
  asked_.push_back(Source::history);
  const std::size_t seen = std::min(question.session.size(), kHistoryWeight.size() - 1);
  state.trails.predict(question.past, bytes_of(question.person), least, history_scratch_,
                       candidates_, seen == 0 ? HistoryEffort::full : HistoryEffort::brief);
  add(state, Source::history, kHistoryWeight[seen], candidates_);
  // Where few shoppers come back, visits of strangers know more than histories.
  if (candidates_.size() >= kFewFromTrails || seen >= kShortSession || question.history.empty()) {
    return;
  }
  const std::size_t newest = std::min(question.history.size(), kHistoryItems);
  state.sessions.predict(std::span(question.history).last(newest), least, predict_scratch_,
                         candidates_);
  add(state, Source::history, kHistoryWeight[seen], candidates_);
}

void Blend::add_orders(const StoreState& state, const Question& question, std::size_t least) {
  seeds_ = question.cart;
  const auto& bought = question.profile.bought;
  const std::size_t newest = std::min(bought.size(), kOrdersRemembered);
  for (std::size_t i = bought.size() - newest; i < bought.size(); ++i)
    seeds_.push_back(bought[i].item);
  if (seeds_.empty()) return;
  asked_.push_back(Source::co_purchase);
  state.together.partners(seeds_, least, partner_scratch_, partners_);
  candidates_.clear();
  for (const Partner& partner : partners_) {
    candidates_.push_back(
        {partner.item, partner.confidence, partner.support, partner.because, false});
  }
  add(state, Source::co_purchase, kBlendOrderWeight, candidates_);
}

// Its scores are brought to a sum of 1, as those of histories have; it looks at every product, so
// it is asked only while the visit says nothing.
void Blend::add_item_model(const StoreState& state, const Question& question, std::size_t least) {
  const auto model = state.trained.read();
  if (!model) return;
  asked_.push_back(Source::item_model);
  const auto& past = question.past;
  const std::span newest = std::span(past).last(std::min(past.size(), kItemModelItems));
  (*model)->predict(newest, least, item_scratch_, candidates_);
  double sum = 0;
  for (const Candidate& candidate : candidates_)
    sum += candidate.score;
  for (Candidate& candidate : candidates_) {
    candidate.score /= sum;
    candidate.because = newest.back();
  }
  add(state, Source::item_model, kItemModelWeight, candidates_);
}

void Blend::add_due(const StoreState& state, const Question& question) {
  const auto now_s = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(question.now_us / 1'000'000, 0, 0xffffffff));
  candidates_.clear();
  std::size_t looked = 0;
  const auto& bought = question.profile.bought;
  for (auto had = bought.rbegin(); had != bought.rend() && looked < kDueLooked; ++had) {
    if (had->times < 2) continue;
    ++looked;
    const RepurchaseOutlook outlook =
        state.repurchase.outlook(*had, state.catalog.main_category(had->item), now_s);
    const double chance = outlook.chance_within(kDueDays);
    if (chance >= kLeastDue) candidates_.push_back({had->item, chance, had->times, kNoItem, true});
  }
  if (looked == 0) return;
  asked_.push_back(Source::repurchase);
  add(state, Source::repurchase, kDueWeight, candidates_);
}

void Blend::add_sequences(const StoreState& state, const Question& question, std::size_t least) {
  if (question.profile.bought.empty()) return;
  const auto now_s = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(question.now_us / 1'000'000, 0, 0xffffffff));
  asked_.push_back(Source::sequences);
  state.sequences.predict(question.profile.history(), now_s, least, sequence_scratch_, successors_);
  candidates_.clear();
  for (const Successor& next : successors_)
    candidates_.push_back({next.item, next.score, next.support, next.because, false});
  add(state, Source::sequences, kSequenceWeight, candidates_);
}

void Blend::add_content(const StoreState& state, const Question& question, std::size_t least) {
  const auto& from = question.session.empty() ? question.past : question.session;
  seeds_.assign(from.rbegin(), from.rbegin() + static_cast<std::ptrdiff_t>(
                                                   std::min(from.size(), kContentSeeds.size())));
  state.content.prepare(seeds_, kContentSeeds, kAllContentFields, content_scratch_.query);
  if (content_scratch_.query.empty()) return;
  asked_.push_back(Source::content);
  state.content.nearest(least, content_scratch_, matches_, [](ItemId) { return true; });
  candidates_.clear();
  for (const ContentMatch& match : matches_)
    candidates_.push_back({match.item, match.score, 0, seeds_.front(), false});
  add(state, Source::content, kContentWeight, candidates_);
}

void Blend::add(const StoreState& state, Source source, double weight,
                std::span<const Candidate> candidates) {
  // The best are judged soon: their facts come while other sources are asked.
  for (const Candidate& candidate : candidates.first(std::min(candidates.size(), kJudgedSoon)))
    state.catalog.prefetch(candidate.item);
  for (const Candidate& candidate : candidates) {
    Pick& pick = picks_[candidate.item];
    const double part = weight * candidate.score;
    if (pick.item == kNoItem ||
        part > static_cast<double>(pick.parts[static_cast<std::size_t>(pick.source)])) {
      pick.source = source;
      pick.support = candidate.support;
      pick.because = candidate.because;
    }
    pick.item = candidate.item;
    pick.score += part;
    pick.add_part(source, part);
  }
}

BlendFeatures Blend::features(const StoreState& state, const Question& question, ItemId item) {
  BlendFeatures features;
  const Pick& pick = picks_[item];
  std::copy(pick.parts.begin(), pick.parts.end(), features.parts.begin());
  add_traits(state, question, item, features);
  return features;
}

void Blend::add_traits(const StoreState& state, const Question& question, ItemId item,
                       BlendFeatures& features) const {
  const Catalog& catalog = state.catalog;
  const ItemId last = last_seen(question);
  const CategoryId category = catalog.main_category(item);
  if (last != kNoItem && category != kNoCategory && category == catalog.main_category(last)) {
    trait(features, Trait::same_category) = 1;
  }
  const auto price = static_cast<double>(catalog.price_minor(item));
  const auto last_price = last == kNoItem ? -1.0 : static_cast<double>(catalog.price_minor(last));
  if (price > 0 && last_price > 0) {
    trait(features, Trait::other_price) =
        static_cast<float>(std::min(1.0, std::abs(std::log(price / last_price)) / 2));
  }
  const double visits = state.sessions.index().session_count(item);
  trait(features, Trait::popularity) =
      static_cast<float>(std::min(1.0, std::log1p(visits) / kLogOfMany));
  const std::uint32_t since_s = catalog.traits(item).since_s;
  if (since_s != 0) {
    const double age_s = static_cast<double>(question.now_us) / 1e6 - since_s;
    trait(features, Trait::freshness) =
        static_cast<float>(std::exp(-std::max(0.0, age_s) / kFreshS));
  }
  const auto& past = question.past;
  if (std::find(past.begin(), past.end(), item) != past.end()) {
    trait(features, Trait::seen_before) = 1;
  }
}

void Blend::weigh(const StoreState& state, const Question& question, const BlendWeights& weights) {
  std::array<double, kSources> factors{};
  for (std::size_t s = 0; s < kSources; ++s)
    factors[s] = std::exp(weights.sources[s]);
  for (auto& [item, pick] : picks_.entries()) {
    BlendFeatures features;
    add_traits(state, question, item, features);
    pick.lift = static_cast<float>(weights.trait_factor(features));
    pick.score = 0;
    for (std::size_t s = 0; s < kSources; ++s) {
      const double part = static_cast<double>(pick.parts[s]) * factors[s];
      pick.parts[s] = static_cast<float>(part);
      pick.score += part * static_cast<double>(pick.lift);
    }
    for (std::size_t t = 0; t < BlendFeatures::kTraits; ++t) {
      pick.traits[t] = static_cast<float>(weights.traits[t] / weights.slope *
                                          static_cast<double>(features.traits[t]));
    }
  }
}

}  // namespace souk::recommendations
