// new_arrivals: what is new, what fits this shopper first, with a chance for what nobody has met.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "plugins/recommendations/serve/recommender.hpp"
#include "plugins/recommendations/state/hashing.hpp"

namespace souk::recommendations {
namespace {

constexpr std::size_t kNewest = 96;    // looked at for their age
constexpr std::size_t kFitting = 48;   // looked at because they fit, among all that are new
constexpr std::size_t kOfPerson = 12;  // newest products of the visit, of before, bought
constexpr double kDayS = 86'400;
// What counts for somebody of whom something is known; without, the first goes to the others.
constexpr double kFit = 0.5;
constexpr double kFresh = 0.2;
constexpr double kAppeal = 0.3;
// A product draws as if it had been met this often, as often as the average of the new ones.
constexpr double kPriorVisits = 3;

// From here on clicks tell more than visits; a product has so many showings of prior.
constexpr std::uint32_t kEnoughShown = 200;
constexpr double kPriorShown = 20;

// A standard normal draw from a hash (Box and Muller, 1958): the same question, the same draw.
double normal(std::uint64_t hash) {
  const double u = (static_cast<double>(hash >> 40) + 0.5) / static_cast<double>(1 << 24);
  const double v = static_cast<double>(hash & 0xffffff) / static_cast<double>(1 << 24);
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
}

// What is drawn against what is usual: 0 … 1, ½ for the usual.
double against(double usual, double drawn) {
  return std::max(0.0, drawn) / (std::max(0.0, drawn) + usual);
}

double by_clicks(const Trials& trials, ItemId item, double draw) {
  const Trials::Trial all = trials.all();
  const double usual = (all.clicked + 1.0) / (all.shown + 2.0);
  const Trials::Trial trial = trials.of(item);
  const double shown = trial.shown + kPriorShown;
  const double mean = (trial.clicked + usual * kPriorShown) / shown;
  return against(usual, mean + draw * std::sqrt(mean * (1 - mean) / (shown + 1)));
}

double by_visits(double visits, double age_days, double usual, double draw) {
  const double met = visits + kPriorVisits;
  const double mean = met / (age_days + kPriorVisits / usual);
  return against(usual, mean * (1 + draw / std::sqrt(met)));
}

}  // namespace

/// What this shopper has to do with, newest first: the visit, the cart, what was bought, what was
/// seen before.
void Recommender::take_person(std::size_t most) {
  seeds_.clear();
  const auto add = [&](ItemId item) {
    if (seeds_.size() < most && std::find(seeds_.begin(), seeds_.end(), item) == seeds_.end()) {
      seeds_.push_back(item);
    }
  };
  if (question.product != kNoItem) add(question.product);
  std::for_each(question.session.rbegin(), question.session.rend(), add);
  std::for_each(question.cart.rbegin(), question.cart.rend(), add);
  const auto& bought = question.profile.bought;
  for (auto each = bought.rbegin(); each != bought.rend(); ++each)
    add(each->item);
  std::for_each(question.history.rbegin(), question.history.rend(), add);
}

/// Thompson sampling [1] over how much a new product is wanted, in the normal approximation of its
/// posterior, against what is usual (r) among the new ones.
///
/// Where the log tells what was shown as new and clicked: the rate of clicks, beta posterior, with
/// m showings of prior, c clicks in n showings:
///   mean = (c + r m) / (n + m),     deviation = √(mean (1 − mean) / (n + m + 1)).
/// Where it does not: visits a day, gamma posterior, n visits in t days, k visits of prior:
///   mean = (n + k) / (t + k / r),   deviation = mean / √(n + k).
///
/// [1] Chapelle, Li: "An Empirical Evaluation of Thompson Sampling", NIPS 2011.
void Recommender::new_arrivals(const StoreState& state) {
  const auto now_s =
      static_cast<std::uint32_t>(std::max<std::int64_t>(0, question.now_us / 1'000'000));
  const double window_s = question.settings.new_arrivals_days * kDayS;
  const auto from_s = static_cast<std::uint32_t>(std::max(0.0, now_s - window_s));
  blend_.clear();
  selection.begin_source(Source::new_arrivals, 0);
  state.arrivals.newest(from_s, kNewest, arrivals_);
  for (const Arrivals::Arrival& arrival : arrivals_)
    blend_[arrival.item].item = arrival.item;
  take_person(kOfPerson);
  state.content.prepare(seeds_, {}, kAllContentFields, content_scratch_.query);
  const bool known = !content_scratch_.query.empty();
  if (known) {
    selection.begin_source(Source::content, 0);
    state.content.nearest(kFitting, content_scratch_, matches_, [&](ItemId item) {
      const std::uint32_t since = state.catalog.traits(item).since_s;
      return since >= from_s && since != 0;
    });
    for (const ContentMatch& match : matches_)
      blend_[match.item].item = match.item;
  }
  double visits = 0;
  double days = 0;
  const auto age_days = [&](ItemId item) {
    const double since = state.catalog.traits(item).since_s;
    return std::max(0.0, now_s - since) / kDayS + 0.5;
  };
  for (const auto& [item, pick] : blend_.entries()) {
    visits += state.sessions.index().session_count(item);
    days += age_days(item);
  }
  const double usual = (visits + 1) / (days + 1);
  const bool clicks_known = state.trials.all().shown >= kEnoughShown;
  for (auto& [item, pick] : blend_.entries()) {
    const double age = age_days(item);
    const double draw = normal(hash_of({}, question.seed ^ item));
    const double appeal =
        clicks_known ? by_clicks(state.trials, item, draw)
                     : by_visits(state.sessions.index().session_count(item), age, usual, draw);
    const double fresh = 1 - std::min(1.0, age * kDayS / window_s);
    const double fit = known ? state.content.cosine(content_scratch_.query, item) : 0;
    pick.source = Source::new_arrivals;
    pick.score = kFresh * fresh + kAppeal * appeal + kFit * (known ? fit : fresh);
    pick.add_part(Source::new_arrivals, kFresh * fresh + kAppeal * appeal);
    if (known) pick.add_part(Source::content, kFit * fit);
  }
  rank_blend();
  offer_ranked(Source::new_arrivals);
  why_few_ = arrivals_.empty() ? "nothing is new" : "";
}

}  // namespace souk::recommendations
