// Requests → answers.
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include "plugins/search/search.hpp"
#include "plugins/search/serve/finder.hpp"
#include "plugins/search/serve/product_view.hpp"
#include "plugins/search/serve/reply.hpp"
#include "plugins/search/state/keys.hpp"
#include "plugins/search/state/query_id.hpp"

namespace souk::search {
namespace {

using souk::v1::SearchRequest;

constexpr std::uint32_t kMostLimit = 1000;

Status wrong(std::string field, std::string what) {
  return Status(Code::invalid_argument, std::move(what), std::move(field));
}

/// "48.2,16.37"
std::optional<GeoPoint> read_place(std::string_view text) {
  GeoPoint point;
  const char* const end = text.data() + text.size();
  const auto [comma, bad] = std::from_chars(text.data(), end, point.latitude);
  if (bad != std::errc() || comma == end || *comma != ',') return std::nullopt;
  const char* begin = comma + 1;
  while (begin != end && *begin == ' ')
    ++begin;
  const auto [last, also_bad] = std::from_chars(begin, end, point.longitude);
  if (also_bad != std::errc() || last != end || !is_place(point)) return std::nullopt;
  return point;
}

Status read_choices(const SearchRequest& request, std::vector<FacetChoice>& choices) {
  for (const std::string& text : request.facet_filters()) {
    const std::size_t colon = text.find(':');
    if (colon == 0 || colon == std::string::npos || colon + 1 == text.size()) {
      return wrong("facet_filters", "\"" + text + "\" is not attribute:value");
    }
    const std::string attribute = text.substr(0, colon);
    auto at = std::find_if(choices.begin(), choices.end(), [&](const FacetChoice& choice) {
      return choice.attribute == attribute;
    });
    if (at == choices.end()) at = choices.insert(at, FacetChoice{attribute, {}});
    at->values.push_back(text.substr(colon + 1));
  }
  return {};
}

Status read_where(const SearchRequest& request, Question& question) {
  if (request.around().empty()) {
    return request.has_radius() ? wrong("radius", "radius needs around") : Status();
  }
  question.around = read_place(request.around());
  if (!question.around) {
    return wrong("around", "\"" + request.around() +
                               "\" is no place; allowed is latitude,longitude in degrees, as "
                               "48.2,16.37");
  }
  if (request.has_radius())
    question.filter.require(near_filter(*question.around, request.radius()));
  return {};
}

Status read_question(const SearchRequest& request, std::string_view account,
                     const ServingSettings& serving, std::int64_t now_us, Question& question) {
  question.text = request.q();
  question.vector.assign(request.vector().begin(), request.vector().end());
  auto filter = parse_filter(request.filters(), "filters");
  if (!filter.ok()) return filter.status();
  question.filter = std::move(*filter);
  if (Status status = read_choices(request, question.choices); !status.ok()) return status;
  auto boosts = parse_boosts(request.boost(), "boost");
  if (!boosts.ok()) return boosts.status();
  question.boosts = std::move(*boosts);
  if (Status status = read_where(request, question); !status.ok()) return status;
  if (Status status = check_fields(request.fields()); !status.ok()) return status;
  question.facets.assign(request.facets().begin(), request.facets().end());
  if (request.max_values() > 0) question.max_values = request.max_values();
  question.sort = request.sort();
  question.page = request.page();
  question.limit = request.has_limit() ? request.limit() : serving.limit;
  if (question.limit == 0 || question.limit > kMostLimit) {
    return wrong("limit", "limit is " + std::to_string(question.limit) + ", allowed is 1 to 1000");
  }
  question.distinct = request.has_distinct() ? request.distinct() : serving.distinct;
  question.contexts.assign(request.rule_contexts().begin(), request.rule_contexts().end());
  question.account = std::string(account);
  question.segment = request.segment();
  question.shopper = key_of(request.shopper_id());
  question.visit = visit_key(request.session_id());
  question.explain = request.explain();
  question.personal = !request.impersonal();
  if (request.has_prefix()) question.prefix = request.prefix();
  if (request.has_typos()) question.typos = request.typos();
  question.now_us = now_us;
  return {};
}

}  // namespace

void Search::find(const SearchRequest& request, const CallInfo& info,
                  souk::Reply<souk::v1::SearchReply> reply) {
  const Asker asker{
      info.account_id().empty() ? std::string_view(request.account_id()) : info.account_id(),
      info.request_id()};
  const Consulted of{request.impersonal() ? std::string_view() : request.shopper_id(),
                     request.session_id(), asker.account};
  const Absent absent = absent_of(of);
  if (!absent.ask()) return answer(request, asker, std::move(reply));
  struct Waiting {
    souk::Reply<souk::v1::SearchReply> reply;
    SearchRequest request;
    std::string account, request_id;
  };
  auto waiting = std::make_shared<Waiting>(Waiting{
      std::move(reply), request, std::string(asker.account), std::string(asker.request_id)});
  consult(of, absent, [this, waiting] {
    answer(waiting->request, {waiting->account, waiting->request_id}, std::move(waiting->reply));
  });
}

void Search::answer(const SearchRequest& request, const Asker& asker,
                    souk::Reply<souk::v1::SearchReply> reply) {
  thread_local std::string bytes;
  bytes.clear();
  if (const Status status = find(request, asker, bytes); !status.ok()) {
    std::move(reply).fail(status);
    return;
  }
  std::move(reply).send_bytes(bytes);
  constexpr std::size_t kKept = 4U << 20U;
  if (bytes.capacity() > kKept) std::string().swap(bytes);
}

Status Search::find(const SearchRequest& request, const Asker& asker, std::string& bytes) {
  // One of each a thread: a warm thread allocates little.
  thread_local Finder finder;
  thread_local Answer answer;
  thread_local souk::v1::SearchReply reply;
  const auto began = std::chrono::steady_clock::now();
  reply.Clear();
  const Held sources(*this, asker.account);
  if (!sources) return Status(Code::unavailable, "search has not been started");
  Question question;
  if (Status status =
          read_question(request, asker.account, sources->serving, host().now_us(), question);
      !status.ok()) {
    metrics_.refused();
    return status;
  }
  if (question.personal) {
    question.opinion =
        opinion_of(request.shopper_id(), asker.account, question.now_us, question.contexts);
  }
  if (Status status = finder.find(question, *sources, answer); !status.ok()) {
    metrics_.refused();
    return status;
  }
  append_hits(request, question, *sources, finder, answer, bytes);
  write_reply(question, *sources, answer, reply);
  reply.set_query_id(query_id_of(asker.request_id, question.text, question.now_us));
  if (question.explain) {
    const auto took = std::chrono::steady_clock::now() - began;
    reply.mutable_explanation()->set_took_us(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
  }
  reply.AppendToString(&bytes);
  metrics_.answered(answer.hits.empty(), !answer.corrected.empty(), answer.relaxed,
                    answer.personal);
  return {};
}

}  // namespace souk::search
