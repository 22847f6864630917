// Asking other plugins about a shopper, before the answer: at most once in half a minute, both at
// once, and not longer than some milliseconds. Whoever is not there is not asked for a while.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <memory>
#include <utility>

#include "plugins/search/model/analyzer.hpp"
#include "plugins/search/search.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

constexpr std::int64_t kOpinionGoodUs = 30'000'000;
constexpr std::int64_t kOpinionFailedUs = 2'000'000;  ///< until one that was late is asked again
constexpr std::int64_t kOpinionWaitUs = 5'000;
constexpr double kHighValue = 80;  ///< percentile of customers by what they are worth
constexpr double kLowValue = 20;
constexpr std::uint32_t kOpinionProducts = 100;
// A taste from elsewhere is a start for those of whom little is known here: as much as so many
// acts.
constexpr float kProfileActs = 6;
constexpr float kRecommendedActs = 8;
constexpr float kPriceActs = 4;
constexpr float kPriceSpread = 0.25F;  ///< of ln(price), squared

void add_liked(std::vector<Affinity>& list, std::uint64_t value, double weight) {
  if (value == 0 || weight <= 0) return;
  for (Affinity& known : list) {
    if (known.value == value) {
      known.weight += static_cast<float>(weight);
      return;
    }
  }
  list.push_back({value, static_cast<float>(weight)});
}

void read_profile(const souk::v1::CustomerProfile& profile, Opinion& opinion) {
  for (const auto& segment : profile.segments())
    opinion.segments.push_back(key_of(segment.segment_id()));
  for (const auto& segment : profile.segments())
    opinion.contexts.push_back("segment:" + segment.segment_id());
  Taste& taste = opinion.profile;
  taste.total = kProfileActs;
  for (const auto& brand : profile.brands())
    add_liked(taste.brands, key_of(normalized(brand.name())), kProfileActs * brand.share());
  for (const auto& category : profile.categories())
    add_liked(taste.categories, key_of(category.name()), kProfileActs * category.share());
  if (taste.brands.empty() && taste.categories.empty()) taste.total = 0;
  if (profile.price_level() > 0 && std::isfinite(profile.price_level())) {
    taste.log_price = static_cast<float>(std::log(profile.price_level()));
    taste.price_weight = kPriceActs;
    taste.price_spread = kPriceSpread;
    taste.total = kProfileActs;
  }
  if (!profile.has_prediction()) return;
  const double percentile = profile.prediction().value_percentile();
  if (percentile >= kHighValue) opinion.contexts.emplace_back("value:high");
  if (percentile <= kLowValue) opinion.contexts.emplace_back("value:low");
}

void read_recommended(const souk::v1::RecommendReply& reply, const Corpus& corpus,
                      Opinion& opinion) {
  double rank = 1;
  double sum = 0;
  for (const auto& item : reply.items()) {
    const std::uint64_t key = key_of(item.product_id());
    const double share = 1 / std::log2(1 + rank++);
    const Corpus::Place place = corpus.find(key);
    if (!place) continue;
    opinion.products.push_back({key, static_cast<float>(share)});
    const ProductFacts& facts = corpus.parts[place.part].segment->facts(place.doc);
    add_liked(opinion.recommended.brands, facts.brand, share);
    add_liked(opinion.recommended.categories, facts.category, share);
    sum += share;
  }
  std::sort(opinion.products.begin(), opinion.products.end(),
            [](const auto& a, const auto& b) { return a.product < b.product; });
  if (sum <= 0) return;
  opinion.recommended.total = kRecommendedActs;
  const auto scale = static_cast<float>(kRecommendedActs / sum);
  for (auto* list : {&opinion.recommended.brands, &opinion.recommended.categories}) {
    for (Affinity& each : *list)
      each.weight *= scale;
  }
}

/// Whether it is worth asking again soon; why there is no answer goes into `why`.
bool service_failed(const Status& status, std::int64_t now_us, const char* name,
                    Opinions::Service& service, std::string& why) {
  const bool gone = status.code() == Code::unavailable || status.code() == Code::unsupported;
  if (gone) service.gone(now_us);
  if (status.code() == Code::not_found) return false;  // it does not know the shopper
  why = gone ? std::string("no plugin of ") + name : std::string(name) + ": " + status.message();
  return !gone;
}

}  // namespace

/// A question that waits for what others say of the shopper; the last to answer goes on.
struct Search::Consulting {
  Consulting(const Consulted& of, std::function<void()> then)
      : shopper(of.shopper), session(of.session), account(of.account), go_on(std::move(then)) {}

  const std::string shopper, session, account;
  const std::function<void()> go_on;
  std::uint64_t key = 0;
  std::shared_ptr<Opinion> opinion = std::make_shared<Opinion>();
  souk::v1::CustomerProfile profile;  ///< each written by its own callback
  souk::v1::RecommendReply recommended;
  bool late = false, later = false;
  std::atomic<int> left{3};  ///< the two answers, and the thread that asks

  static void ask_profile(Search& search, std::shared_ptr<Consulting> waiting);
  static void ask_recommendations(Search& search, std::shared_ptr<Consulting> waiting);
};

std::uint64_t Search::opinion_key(std::string_view shopper, std::string_view account) {
  if (shopper.empty()) return 0;
  const std::uint64_t key = key_of(shopper);
  return account.empty() ? key : segment_key(key, key_of(account));
}

std::shared_ptr<const Opinion> Search::opinion_of(std::string_view shopper,
                                                  std::string_view account, std::int64_t now_us,
                                                  std::vector<std::string>& contexts) const {
  const std::uint64_t key = opinion_key(shopper, account);
  auto opinion = key == 0 ? nullptr : opinions_.find(key, now_us);
  if (opinion != nullptr) {
    contexts.insert(contexts.end(), opinion->contexts.begin(), opinion->contexts.end());
  }
  return opinion;
}

Search::Absent Search::absent_of(const Consulted& of) const {
  const std::uint64_t key = opinion_key(of.shopper, of.account);
  const std::int64_t now_us = host().now_us();
  Absent absent;
  absent.segments = opinions_.segmentation.absent(now_us);
  absent.recommendations = opinions_.recommendations.absent(now_us);
  const bool none = absent.segments && absent.recommendations;
  if (key == 0 || none || opinions_.find(key, now_us) != nullptr) return absent;
  const RankingWeights weights = serving_settings(*settings(of.account)).weights;
  absent.ask_segments = !absent.segments && weights.segments > 0;
  absent.ask_recommendations = !absent.recommendations && weights.recommendations > 0;
  return absent;
}

void Search::consult(const Consulted& of, const Absent& absent, std::function<void()> go_on) {
  auto waiting = std::make_shared<Consulting>(of, std::move(go_on));
  waiting->key = opinion_key(of.shopper, of.account);
  if (absent.ask_segments) {
    Consulting::ask_profile(*this, waiting);
  } else {
    waiting->opinion->no_segmentation =
        absent.segments ? "no plugin of segmentation" : "switched off";
    consulted(*waiting);
  }
  if (absent.ask_recommendations) {
    Consulting::ask_recommendations(*this, waiting);
  } else {
    waiting->opinion->no_recommendations =
        absent.recommendations ? "no plugin of recommendations" : "switched off";
    consulted(*waiting);
  }
  consulted(*waiting);
}

void Search::Consulting::ask_profile(Search& search, std::shared_ptr<Consulting> waiting) {
  souk::v1::ProfileRequest asked;
  asked.set_id(waiting->shopper);
  search.ask<souk::v1::SegmentationService::Profile>(
      asked,
      [&search, waiting](Result<souk::v1::CustomerProfile> answer) {
        if (answer.ok()) {
          waiting->profile = std::move(answer).value();
        } else {
          waiting->late =
              service_failed(answer.status(), search.host().now_us(), "segmentation",
                             search.opinions_.segmentation, waiting->opinion->no_segmentation);
        }
        search.consulted(*waiting);
      },
      {.account_id = waiting->account, .timeout_us = kOpinionWaitUs});
}

void Search::Consulting::ask_recommendations(Search& search, std::shared_ptr<Consulting> waiting) {
  souk::v1::RecommendRequest asked;
  asked.set_kind("for_you");
  asked.set_shopper_id(waiting->shopper);
  asked.set_session_id(waiting->session);
  asked.set_account_id(waiting->account);
  asked.set_limit(kOpinionProducts);
  asked.set_include_seen(true);
  search.ask<souk::v1::RecommendationsService::Recommend>(
      asked,
      [&search, waiting](Result<souk::v1::RecommendReply> answer) {
        if (answer.ok()) {
          waiting->recommended = std::move(answer).value();
        } else {
          waiting->later = service_failed(answer.status(), search.host().now_us(),
                                          "recommendations", search.opinions_.recommendations,
                                          waiting->opinion->no_recommendations);
        }
        search.consulted(*waiting);
      },
      {.account_id = waiting->account, .timeout_us = kOpinionWaitUs});
}

void Search::consulted(Consulting& waiting) {
  if (waiting.left.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  Opinion& opinion = *waiting.opinion;
  read_profile(waiting.profile, opinion);
  read_recommended(waiting.recommended, *index_.read(), opinion);
  const bool again = waiting.late || waiting.later;
  opinion.until_us = host().now_us() + (again ? kOpinionFailedUs : kOpinionGoodUs);
  opinions_.put(waiting.key, waiting.opinion);
  waiting.go_on();
}

}  // namespace souk::search
