// POST /1/indexes/*/recommendations: each request becomes a question to the recommendations
// service; when the last is answered, the answers become records.
#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

#include "plugins/search/algolia/body.hpp"
#include "plugins/search/algolia/call.hpp"
#include "plugins/search/algolia/recommend.hpp"
#include "plugins/search/search.hpp"

namespace souk::search {
namespace {

constexpr std::size_t kMostRequests = 50;
constexpr std::int64_t kLongestUs = 1'000'000;

Result<std::vector<algolia::Wanted>> read_requests(const souk::v1::HttpBody& data) {
  simdjson::dom::parser parser;
  const auto requests =
      algolia::parse_requests(data, parser, kMostRequests, "a list of recommendations");
  if (!requests.ok()) return requests.status();
  std::vector<algolia::Wanted> all;
  for (const simdjson::dom::object one : requests.value()) {
    auto wanted = algolia::read_wanted(one);
    if (!wanted.ok()) return wanted.status();
    all.push_back(std::move(wanted).value());
  }
  return all;
}

/// Algolia's clients show the message: it says what is amiss, and with which plugin.
Status told(const Status& status) {
  if (status.code() != Code::unavailable) return status;
  return Status(Code::unavailable,
                "Recommendations are not available: no plugin serves them for this account");
}

}  // namespace

/// A question on its way: answers arrive on any thread, the last to come finishes it.
struct Search::Gathering {
  Gathering(souk::Reply<HttpBody> to, std::vector<algolia::Wanted> asked, std::string_view of)
      : reply(std::move(to)),
        account(of),
        wanted(std::move(asked)),
        answers(wanted.size()),
        failures(wanted.size()),
        left(wanted.size() + 1) {}

  souk::Reply<HttpBody> reply;
  const std::string account;
  const std::vector<algolia::Wanted> wanted;
  std::vector<souk::v1::RecommendReply> answers;  ///< each written by its own callback
  std::vector<Status> failures;
  std::atomic<std::size_t> left;  ///< and one for the thread that asks
};

void Search::recommendations(const souk::v1::AlgoliaRequest& request, const CallInfo& info,
                             souk::Reply<HttpBody> reply) {
  auto wanted = read_requests(request.body());
  if (!wanted.ok()) return std::move(reply).fail(wanted.status());
  const std::string_view account =
      info.account_id().empty() ? std::string_view(request.account_id()) : info.account_id();
  const auto gathering =
      std::make_shared<Gathering>(std::move(reply), std::move(wanted).value(), account);
  CallOptions options;
  options.account_id = gathering->account;
  options.timeout_us =
      std::clamp<std::int64_t>(info.deadline_us() - host().now_us(), 1, kLongestUs);
  for (std::size_t i = 0; i < gathering->wanted.size(); ++i) {
    if (gathering->wanted[i].kind.empty()) {
      gathered(*gathering);
      continue;
    }
    ask<souk::v1::RecommendationsService::Recommend>(
        algolia::request_of(gathering->wanted[i], gathering->account),
        [this, gathering, i](Result<souk::v1::RecommendReply> answer) {
          if (answer.ok()) {
            gathering->answers[i] = std::move(answer).value();
          } else {
            gathering->failures[i] = told(answer.status());
          }
          gathered(*gathering);
        },
        options);
  }
  gathered(*gathering);
}

void Search::gathered(Gathering& gathering) const {
  if (gathering.left.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  HttpBody reply;
  const Status status = recommended(gathering, reply);
  if (status.ok()) {
    std::move(gathering.reply).send(reply);
  } else {
    std::move(gathering.reply).fail(status);
  }
}

Status Search::recommended(const Gathering& gathering, HttpBody& reply) const {
  const AlgoliaCall call(*this, gathering.account, host().now_us());
  if (!call.started()) return Status(Code::unavailable, "search has not been started");
  std::string out = "{\"results\":[";
  for (std::size_t i = 0; i < gathering.wanted.size(); ++i) {
    if (!gathering.failures[i].ok()) return gathering.failures[i];
    if (i > 0) out += ',';
    const auto target = call.target(gathering.wanted[i].index);
    if (!target.ok()) return target.status();
    Status status =
        algolia::append_recommended(gathering.wanted[i], gathering.answers[i], target.value(),
                                    call.sources(target.value()), call.account, call.now_us, out);
    if (!status.ok()) return status;
  }
  algolia::answer_json(out + "]}", reply);
  return {};
}

}  // namespace souk::search
