// Requests → answers.
#include "plugins/recommendations/recommendations.hpp"
#include "plugins/recommendations/serve/recommender.hpp"
#include "plugins/recommendations/serve/reply.hpp"

namespace souk::recommendations {

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
  recommender.answer(state);
  write_reply(state, recommender, info.request_id(), reply);
  metrics_.answered(recommender.question.kind, recommender.selection.fallback(),
                    recommender.selection.picks().empty());
  metrics_.left_out(recommender.selection.eligibility().left_out_in_all());
  return {};
}

}  // namespace souk::recommendations
