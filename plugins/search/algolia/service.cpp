// souk.v1.AlgoliaSearch: requests of Algolia's clients → answers in their form.
#include <algorithm>
#include <charconv>
#include <chrono>

#include "plugins/search/algolia/answer.hpp"
#include "plugins/search/algolia/body.hpp"
#include "plugins/search/algolia/record.hpp"
#include "plugins/search/search.hpp"
#include "plugins/search/serve/marks.hpp"
#include "plugins/search/serve/product_view.hpp"
#include "plugins/search/serve/reply.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

using algolia::Asked;
using algolia::JsonValue;
using algolia::Parameters;
using souk::v1::HttpBody;

constexpr std::size_t kMostQueries = 50;
constexpr std::size_t kMostObjects = 1'000;

using algolia::answer_json;
using algolia::parse;

Status wrong(std::string what) { return Status(Code::invalid_argument, std::move(what)); }

std::uint64_t since_us(std::chrono::steady_clock::time_point began) {
  const auto took = std::chrono::steady_clock::now() - began;
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(took).count());
}

std::string text_of(const simdjson::dom::object& object, const char* name) {
  std::string_view text;
  return object[name].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

}  // namespace

/// What one request of one account is answered from; views are held while it lives.
struct Search::AlgoliaCall {
  AlgoliaCall(const Search& search, const CallInfo& info, std::string_view named)
      : account(info.account_id().empty() ? named : info.account_id()),
        held(search, account),
        request_id(info.request_id()),
        now_us(search.host().now_us()) {}

  [[nodiscard]] bool started() const { return static_cast<bool>(held); }

  std::string_view account;
  Held held;
  std::string_view request_id;
  std::int64_t now_us;
};

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

Status Search::algolia_one(const AlgoliaCall& call, algolia::Parameters& parameters,
                           std::size_t ordinal, std::string& out) {
  Finder& finder = finder_of_thread();
  thread_local Answer answer;
  const auto began = std::chrono::steady_clock::now();
  if (parameters.is_facet) {
    parameters.facets.clear();
    parameters.hits_per_page = 0;
  }
  auto asked = algolia::question_of(parameters, call.held->corpus, call.account, call.now_us);
  if (!asked.ok()) return asked.status();
  asked->question.hits = !asked->no_hits;
  if (parameters.distinct == 0) asked->question.distinct = call.held->serving.distinct;
  const Sources& sources = *call.held;
  if (Status status = finder.find(asked->question, sources, answer); !status.ok()) return status;
  if (parameters.is_facet) {
    FacetSearchRequest request{
        .attribute = algolia::engine_name(parameters.facet),
        .typed = parameters.facet_query,
        .limit = std::min(parameters.max_facet_hits, FacetSearchRequest::kMostHits),
        .style = {parameters.pre, parameters.post, parameters.ellipsis, false}};
    FacetSearchResult found;
    finder.search_facet(request, sources, highlight_scratch(sources.settings), found);
    algolia::append_facet_hits(found, since_us(began), out);
    return {};
  }
  std::string query_id;
  if (parameters.click_analytics) {
    query_id = query_id_of(std::string(call.request_id) + "/" + std::to_string(ordinal),
                           parameters.query, call.now_us);
  }
  algolia::append_result(parameters, asked.value(), sources, finder, answer, query_id,
                         since_us(began), out);
  metrics_.answered(answer.hits.empty(), !answer.corrected.empty(), answer.relaxed,
                    answer.personal);
  return {};
}

Status Search::queries(const souk::v1::AlgoliaRequest& request, const CallInfo& info,
                       HttpBody& reply) {
  const AlgoliaCall call(*this, info, request.account_id());
  if (!call.started()) return Status(Code::unavailable, "search has not been started");
  simdjson::dom::parser parser;
  const auto requests =
      algolia::parse_requests(request.body(), parser, kMostQueries, "a list of searches");
  if (!requests.ok()) return requests.status();
  const OneCall one_call(requests.value().size() > 1);
  std::string out = "{\"results\":[";
  std::size_t ordinal = 0;
  for (const simdjson::dom::object one : requests.value()) {
    Parameters parameters;
    Status status = algolia::read_parameters(one, parameters);
    if (status.ok() && ordinal > 0) out += ',';
    if (status.ok()) status = algolia_one(call, parameters, ordinal++, out);
    if (!status.ok()) {
      metrics_.refused();
      return status;
    }
  }
  answer_json(out + "]}", reply);
  return {};
}

Status Search::query(const souk::v1::AlgoliaIndexRequest& request, const CallInfo& info,
                     HttpBody& reply) {
  const AlgoliaCall call(*this, info, request.account_id());
  if (!call.started()) return Status(Code::unavailable, "search has not been started");
  simdjson::dom::parser parser;
  const auto body = parse(request.body(), parser);
  if (!body.ok()) return body.status();
  Parameters parameters;
  std::string out;
  Status status = algolia::read_parameters(body.value(), parameters);
  parameters.index = request.index();
  if (status.ok()) status = algolia_one(call, parameters, 0, out);
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
  Parameters parameters;
  std::string out;
  Status status = algolia::read_parameters(body.value(), parameters);
  parameters.index = request.index();
  parameters.facet = request.facet();
  parameters.is_facet = true;
  if (status.ok()) status = algolia_one(call, parameters, 0, out);
  if (status.ok()) answer_json(std::move(out), reply);
  return status;
}

bool Search::algolia_object(const AlgoliaCall& call, std::string_view id,
                            const std::vector<std::string>& attributes, std::string& out) const {
  const Sources& sources = *call.held;
  const Corpus::Place place = sources.corpus.find(key_of(id));
  if (!place) return false;
  Finder finder;
  Question question;
  question.account = call.account;
  question.now_us = call.now_us;
  finder.see(question, sources);
  if (!finder.visible()[place.part].contains(place.doc)) return false;
  const PriceListFacts* prices = sources.known.accounts->prices(call.account, call.now_us);
  souk::v1::Product product;
  view_product(*sources.corpus.parts[place.part].segment, place.doc, prices,
               sources.settings.currency(), product);
  JsonValue record = algolia::record_of(product, sources.settings.currency(), prices != nullptr);
  if (!attributes.empty()) algolia::retrieve(attributes, record);
  algolia::append_json(record, out);
  return true;
}

Status Search::get_object(const souk::v1::AlgoliaObjectRequest& request, const CallInfo& info,
                          HttpBody& reply) {
  const AlgoliaCall call(*this, info, request.account_id());
  if (!call.started()) return Status(Code::unavailable, "search has not been started");
  const std::vector<std::string> attributes(request.attributes_to_retrieve().begin(),
                                            request.attributes_to_retrieve().end());
  std::string out;
  if (!algolia_object(call, request.object_id(), attributes, out)) {
    return Status(Code::not_found, "ObjectID does not exist");
  }
  answer_json(std::move(out), reply);
  return {};
}

Status Search::get_objects(const souk::v1::AlgoliaRequest& request, const CallInfo& info,
                           HttpBody& reply) {
  const AlgoliaCall call(*this, info, request.account_id());
  if (!call.started()) return Status(Code::unavailable, "search has not been started");
  simdjson::dom::parser parser;
  const auto requests =
      algolia::parse_requests(request.body(), parser, kMostObjects, "a list", "objects");
  if (!requests.ok()) return requests.status();
  std::string out = "{\"results\":[";
  for (const simdjson::dom::object one : requests.value()) {
    std::vector<std::string> attributes;
    simdjson::dom::element given;
    if (one["attributesToRetrieve"].get(given) == simdjson::SUCCESS) {
      attributes = algolia::texts_of(given);
    }
    if (out.back() != '[') out += ',';
    if (!algolia_object(call, text_of(one, "objectID"), attributes, out)) out += "null";
  }
  answer_json(out + "]}", reply);
  return {};
}

Status Search::browse(const souk::v1::AlgoliaIndexRequest& request, const CallInfo& info,
                      HttpBody& reply) {
  const AlgoliaCall call(*this, info, request.account_id());
  if (!call.started()) return Status(Code::unavailable, "search has not been started");
  simdjson::dom::parser parser;
  const auto body = parse(request.body(), parser);
  if (!body.ok()) return body.status();
  Parameters parameters;
  parameters.hits_per_page = 1'000;
  if (Status status = algolia::read_parameters(body.value(), parameters); !status.ok()) {
    return status;
  }
  parameters.index = request.index();
  // The cursor is the page that follows.
  const std::string cursor = text_of(body.value(), "cursor");
  const char* const end = cursor.data() + cursor.size();
  if (!cursor.empty() && std::from_chars(cursor.data(), end, parameters.page).ptr != end) {
    return wrong("cursor is not one of an earlier answer");
  }
  std::string out;
  if (Status status = algolia_one(call, parameters, 0, out); !status.ok()) return status;
  const std::uint64_t seen = (parameters.page + 1) * parameters.hits_per_page;
  if (parameters.hits_per_page > 0 && seen < call.held->corpus.products) {
    out.pop_back();
    out += ",\"cursor\":\"" + std::to_string(parameters.page + 1) + "\"}";
  }
  answer_json(std::move(out), reply);
  return {};
}

Status Search::list_indexes(const souk::v1::AlgoliaListRequest&, const CallInfo& info,
                            HttpBody& reply) {
  const AlgoliaCall call(*this, info, {});
  if (!call.started()) return Status(Code::unavailable, "search has not been started");
  answer_json("{\"items\":[{\"name\":\"products\",\"entries\":" +
                  std::to_string(call.held->corpus.products) +
                  ",\"dataSize\":0,\"fileSize\":0,\"lastBuildTimeS\":0,"
                  "\"numberOfPendingTasks\":0,\"pendingTask\":false}],\"nbPages\":1}",
              reply);
  return {};
}

Status Search::get_settings(const souk::v1::AlgoliaIndexReadRequest&, const CallInfo&,
                            HttpBody& reply) {
  answer_json(R"({"hitsPerPage":20,"maxValuesPerFacet":100,"attributesForFaceting":["*"],)"
              R"("searchableAttributes":null,"highlightPreTag":"<em>","highlightPostTag":"</em>",)"
              R"("minWordSizefor1Typo":5,"minWordSizefor2Typos":9,"paginationLimitedTo":0})",
              reply);
  return {};
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
