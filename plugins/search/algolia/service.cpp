// souk.v1.AlgoliaSearch: requests of Algolia's clients → answers in their form.
#include <algorithm>
#include <chrono>
#include <memory>
#include <type_traits>

#include "plugins/search/algolia/answer.hpp"
#include "plugins/search/algolia/body.hpp"
#include "plugins/search/algolia/call.hpp"
#include "plugins/search/algolia/record.hpp"
#include "plugins/search/search.hpp"
#include "plugins/search/serve/marks.hpp"
#include "plugins/search/serve/product_view.hpp"
#include "plugins/search/serve/reply.hpp"
#include "plugins/search/state/keys.hpp"
#include "plugins/search/state/query_id.hpp"

namespace souk::search {
namespace {

using algolia::Asked;
using algolia::JsonValue;
using algolia::Parameters;
using souk::v1::HttpBody;

constexpr std::size_t kMostQueries = 50;

using algolia::answer_json;
using algolia::parse;

std::uint64_t since_us(std::chrono::steady_clock::time_point began) {
  const auto took = std::chrono::steady_clock::now() - began;
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(took).count());
}

}  // namespace

Search::AlgoliaCall::AlgoliaCall(const Search& of, const CallInfo& info, std::string_view named)
    : search(of),
      account(info.account_id().empty() ? named : info.account_id()),
      held(of, account),
      request_id(info.request_id()),
      now_us(of.host().now_us()) {}

Search::AlgoliaCall::AlgoliaCall(const Search& of, std::string_view of_account, std::int64_t at_us,
                                 std::string_view id)
    : search(of), account(of_account), held(of, account), request_id(id), now_us(at_us) {}

Result<algolia::Target> Search::AlgoliaCall::target(std::string_view index) const {
  return algolia::target_of(index, *held.known(), held->corpus);
}

const Sources& Search::AlgoliaCall::sources(const algolia::Target& target) const {
  if (target.beside.empty()) return *held;
  return *beside.try_emplace(target.beside, search, account, target.beside).first->second;
}

Result<Parameters> Search::AlgoliaCall::read(const simdjson::dom::object& given,
                                             std::string_view index, algolia::Target& target,
                                             std::uint32_t hits) const {
  Parameters parameters;
  parameters.index = index.empty() ? algolia::text_member(given, "indexName") : std::string(index);
  auto found = this->target(parameters.index);
  if (!found.ok()) return found.status();
  target = std::move(found).value();
  if (target.settings != nullptr) {
    const std::string name = std::move(parameters.index);
    parameters = target.settings->defaults;
    parameters.index = name;
  }
  if (hits > 0) parameters.hits_per_page = hits;
  const std::string name = parameters.index;
  if (Status status = algolia::read_parameters(given, parameters); !status.ok()) return status;
  parameters.index = name;
  return parameters;
}

namespace {

/// One a thread, which keeps its memory between calls.
Finder& finder_of_thread() {
  thread_local Finder finder;
  return finder;
}

/// While it lives the thread's finder answers the questions of one call.
struct OneCall {
  explicit OneCall(bool many) { finder_of_thread().share(many); }
  OneCall(const OneCall&) = delete;
  OneCall& operator=(const OneCall&) = delete;
  ~OneCall() { finder_of_thread().share(false); }
};

}  // namespace

Status Search::algolia_one(const AlgoliaCall& call, const algolia::Target& target,
                           algolia::Parameters& parameters, std::size_t ordinal, std::string& out,
                           std::uint64_t* found) {
  Finder& finder = finder_of_thread();
  thread_local Answer answer;
  const auto began = std::chrono::steady_clock::now();
  if (parameters.is_facet) {
    parameters.facets.clear();
    parameters.hits_per_page = 0;
  }
  const Sources& sources = call.sources(target);
  auto asked =
      algolia::question_of(parameters, target, sources.settings, call.account, call.now_us);
  if (!asked.ok()) return asked.status();
  asked->question.hits = !asked->no_hits;
  if (asked->question.hits && parameters.personal) {
    asked->question.opinion = call.search.opinion_of(parameters.user, call.account, call.now_us,
                                                     asked->question.contexts);
  }
  if (Status status = finder.find(asked->question, sources, answer); !status.ok()) return status;
  if (found != nullptr) *found = answer.total;
  if (parameters.is_facet) {
    FacetSearchRequest request{
        .attribute = algolia::engine_name(parameters.facet),
        .typed = parameters.facet_query,
        .limit = std::min(parameters.max_facet_hits, FacetSearchRequest::kMostHits),
        .style = {parameters.pre, parameters.post, parameters.ellipsis, false}};
    FacetSearchResult values;
    finder.search_facet(request, sources, highlight_scratch(sources.settings), values);
    algolia::append_facet_hits(values, since_us(began), out);
    return {};
  }
  std::string query_id;
  if (parameters.click_analytics) {
    query_id = query_id_of(std::string(call.request_id) + "/" + std::to_string(ordinal),
                           parameters.query, call.now_us);
  }
  algolia::append_result(parameters, target, asked.value(), sources, finder, answer, query_id,
                         since_us(began), out);
  metrics_.answered(answer.hits.empty(), !answer.corrected.empty(), answer.relaxed,
                    answer.personal);
  return {};
}

namespace {

/// Whom the body of a search names first, without reading all of it: tokens have no characters that
/// JSON writes otherwise. Somebody else's, or nobody's, is no harm: it only says whom to ask about.
std::string token_in(std::string_view body) {
  constexpr std::string_view kMember = "\"userToken\":\"";
  constexpr std::string_view kPacked = "userToken=";
  constexpr std::size_t kLongest = 256;
  std::size_t at = body.find(kMember);
  const bool packed = at == std::string_view::npos;
  if (packed) at = body.find(kPacked);
  if (at == std::string_view::npos) return {};
  body.remove_prefix(at + (packed ? kPacked.size() : kMember.size()));
  const std::string_view token = body.substr(0, body.find_first_of(packed ? "&\"" : "\""));
  if (token.size() > kLongest) return {};
  return packed ? algolia::unpacked(token) : std::string(token);
}

}  // namespace

template <class Request>
void Search::answer_algolia(const Request& request, const CallInfo& info,
                            souk::Reply<HttpBody> reply) {
  const auto answer = [this](const Request& asked, const Asker& asker, souk::Reply<HttpBody> to) {
    HttpBody body;
    Status status;
    if constexpr (std::is_same_v<Request, souk::v1::AlgoliaRequest>) {
      status = queries(asked, asker, body);
    } else {
      status = query(asked, asker, body);
    }
    if (status.ok()) return std::move(to).send(body);
    std::move(to).fail(status);
  };
  const Asker asker{
      info.account_id().empty() ? std::string_view(request.account_id()) : info.account_id(),
      info.request_id()};
  const std::string token = token_in(request.body().data());
  const Consulted of{token, {}, asker.account};
  const Absent absent = token.empty() ? Absent() : absent_of(of);
  if (!absent.ask()) return answer(request, asker, std::move(reply));
  struct Waiting {
    souk::Reply<HttpBody> reply;
    Request request;
    std::string account, request_id;
  };
  auto waiting = std::make_shared<Waiting>(Waiting{
      std::move(reply), request, std::string(asker.account), std::string(asker.request_id)});
  consult(of, absent, [answer, waiting] {
    answer(waiting->request, {waiting->account, waiting->request_id}, std::move(waiting->reply));
  });
}

void Search::queries(const souk::v1::AlgoliaRequest& request, const CallInfo& info,
                     souk::Reply<HttpBody> reply) {
  answer_algolia(request, info, std::move(reply));
}

void Search::query(const souk::v1::AlgoliaIndexRequest& request, const CallInfo& info,
                   souk::Reply<HttpBody> reply) {
  answer_algolia(request, info, std::move(reply));
}

Status Search::queries(const souk::v1::AlgoliaRequest& request, const Asker& asker,
                       HttpBody& reply) {
  const AlgoliaCall call(*this, asker.account, host().now_us(), asker.request_id);
  if (!call.started()) return Status(Code::unavailable, "search has not been started");
  simdjson::dom::parser parser;
  const auto requests =
      algolia::parse_requests(request.body(), parser, kMostQueries, "a list of searches");
  if (!requests.ok()) return requests.status();
  const OneCall one_call(requests.value().size() > 1);
  std::string out = "{\"results\":[";
  std::size_t ordinal = 0;
  for (const simdjson::dom::object one : requests.value()) {
    algolia::Target target;
    auto parameters = call.read(one, {}, target);
    Status status = parameters.status();
    if (status.ok() && ordinal > 0) out += ',';
    if (status.ok()) status = algolia_one(call, target, parameters.value(), ordinal++, out);
    if (!status.ok()) {
      metrics_.refused();
      return status;
    }
  }
  answer_json(out + "]}", reply);
  return {};
}

Status Search::query(const souk::v1::AlgoliaIndexRequest& request, const Asker& asker,
                     HttpBody& reply) {
  const AlgoliaCall call(*this, asker.account, host().now_us(), asker.request_id);
  if (!call.started()) return Status(Code::unavailable, "search has not been started");
  simdjson::dom::parser parser;
  const auto body = parse(request.body(), parser);
  if (!body.ok()) return body.status();
  algolia::Target target;
  auto parameters = call.read(body.value(), request.index(), target);
  if (!parameters.ok()) return parameters.status();
  std::string out;
  Status status = algolia_one(call, target, parameters.value(), 0, out);
  if (status.ok()) answer_json(std::move(out), reply);
  return status;
}

Status Search::facet_query(const souk::v1::AlgoliaFacetRequest& request, const CallInfo& info,
                           HttpBody& reply) {
  const AlgoliaCall call(*this, info, request.account_id());
  if (!call.started()) return Status(Code::unavailable, "search has not been started");
  simdjson::dom::parser parser;
  const auto body = parse(request.body(), parser);
  if (!body.ok()) return body.status();
  algolia::Target target;
  auto parameters = call.read(body.value(), request.index(), target);
  if (!parameters.ok()) return parameters.status();
  std::string out;
  parameters->facet = request.facet();
  parameters->is_facet = true;
  Status status = algolia_one(call, target, parameters.value(), 0, out);
  if (status.ok()) answer_json(std::move(out), reply);
  return status;
}

namespace {

/// One record as it was sent.
Status answer_record(const RecordStore& records, const souk::v1::AlgoliaObjectRequest& request,
                     HttpBody& reply) {
  const auto it = records.all().find({request.index(), request.object_id()});
  if (it == records.all().end()) return Status(Code::not_found, "ObjectID does not exist");
  answer_json(it->second, reply);
  return {};
}

/// A page of the index's records that hold the query.
Status answer_records(const RecordStore& records, const souk::v1::AlgoliaIndexRequest& request,
                      HttpBody& reply) {
  simdjson::dom::parser parser;
  const auto body = parse(request.body(), parser);
  if (!body.ok()) return body.status();
  Parameters parameters;
  if (Status status = algolia::read_parameters(body.value(), parameters); !status.ok()) {
    return status;
  }
  const std::uint64_t size = std::max<std::uint64_t>(parameters.hits_per_page, 1);
  const std::uint64_t first = parameters.page * size;
  std::string out = "{\"hits\":[";
  std::uint64_t count = 0;
  for (const auto& [key, json] : records.all()) {
    if (key.first != request.index() || json.find(parameters.query) == std::string::npos) continue;
    if (count >= first && count < first + size) {
      if (out.back() != '[') out += ',';
      out += json;
    }
    ++count;
  }
  answer_json(out + "],\"nbHits\":" + std::to_string(count) +
                  ",\"page\":" + std::to_string(parameters.page) +
                  ",\"nbPages\":" + std::to_string((count + size - 1) / size) + "}",
              reply);
  return {};
}

}  // namespace

Status Search::get_rule(const souk::v1::AlgoliaObjectRequest& request, const CallInfo&,
                        HttpBody& reply) {
  const auto known = known_.read();
  if (!known) return Status(Code::unavailable, "search has not been started");
  return answer_record(known->rules->records, request, reply);
}

Status Search::search_rules(const souk::v1::AlgoliaIndexRequest& request, const CallInfo&,
                            HttpBody& reply) {
  const auto known = known_.read();
  if (!known) return Status(Code::unavailable, "search has not been started");
  return answer_records(known->rules->records, request, reply);
}

Status Search::get_synonym(const souk::v1::AlgoliaObjectRequest& request, const CallInfo&,
                           HttpBody& reply) {
  const auto known = known_.read();
  if (!known) return Status(Code::unavailable, "search has not been started");
  return answer_record(known->synonyms->records, request, reply);
}

Status Search::search_synonyms(const souk::v1::AlgoliaIndexRequest& request, const CallInfo&,
                               HttpBody& reply) {
  const auto known = known_.read();
  if (!known) return Status(Code::unavailable, "search has not been started");
  return answer_records(known->synonyms->records, request, reply);
}

}  // namespace souk::search
