// Requests → answers.
#include "plugins/recommendations/recommendations.hpp"
#include "plugins/recommendations/serve/recommender.hpp"
#include "plugins/recommendations/serve/reply.hpp"
#include "plugins/recommendations/state/hashing.hpp"

namespace souk::recommendations {
namespace {

/// Once for every kind that gave a product of the answer.
void count_served(const Recommender& done, ServedCounts& served) {
  std::uint32_t counted = 0;
  for (const Pick& pick : done.selection.picks()) {
    const std::uint32_t bit = 1u << static_cast<unsigned>(pick.kind);
    if ((counted & bit) == 0) served.count(done.question.wish.placement, pick.kind);
    counted |= bit;
  }
}

}  // namespace

Status Recommendations::recommend(const souk::v1::RecommendRequest& request, const CallInfo& info,
                                  souk::v1::RecommendReply& reply) {
  // One of each a thread: a warm thread allocates nothing.
  thread_local Recommender recommender;
  const auto reading = view_.read();
  if (!reading) return Status(Code::unavailable, "recommendations has not been started");
  const StoreState& state = **reading;
  const std::string_view account =
      info.account_id().empty() ? std::string_view(request.account_id()) : info.account_id();
  const auto in_force = settings(account);
  if (Status status =
          recommender.question.read(request, account, state, *in_force, host().now_us());
      !status.ok()) {
    metrics_.refused();
    return status;
  }
  recommender.question.seed = hash_of(info.request_id());
  recommender.answer(state);
  write_reply(state, recommender, info.request_id(), reply);
  count_served(recommender, served_);
  metrics_.answered(recommender.question.kind, recommender.selection.fallback(),
                    recommender.selection.picks().empty());
  metrics_.left_out(recommender.selection.eligibility().left_out_in_all());
  return {};
}

Status Recommendations::recommend_page(const souk::v1::RecommendPageRequest& request,
                                       const CallInfo& info, souk::v1::RecommendPageReply& reply) {
  souk::v1::RecommendRequest each;
  each.set_shopper_id(request.shopper_id());
  each.set_session_id(request.session_id());
  each.set_product_id(request.product_id());
  each.set_category(request.category());
  each.set_account_id(request.account_id());
  each.set_explain(request.explain());
  *each.mutable_cart() = request.cart();
  *each.mutable_exclude() = request.exclude();
  for (const std::string& placement : request.placements()) {
    each.set_placement(placement);
    souk::v1::RecommendReply& answer = *reply.add_placements();
    if (Status status = recommend(each, info, answer); !status.ok()) return status;
    for (const auto& item : answer.items())
      each.add_shown(item.product_id());
  }
  return {};
}

}  // namespace souk::recommendations
