// souk.v1.AlgoliaSearch: records one by one and all of them, indexes, and their settings.
#include <charconv>

#include "plugins/search/algolia/body.hpp"
#include "plugins/search/algolia/call.hpp"
#include "plugins/search/algolia/record.hpp"
#include "plugins/search/serve/product_view.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

using algolia::answer_json;
using algolia::JsonValue;
using algolia::parse;
using souk::v1::HttpBody;

constexpr std::size_t kMostObjects = 1'000;

Status not_started() { return Status(Code::unavailable, "search has not been started"); }

void append_index(std::string_view name, std::uint64_t entries,
                  const algolia::IndexSettingsBook& settings, std::string& out) {
  if (out.back() != '[') out += ',';
  out += "{\"name\":";
  algolia::append_json_text(name, out);
  out += ",\"entries\":" + std::to_string(entries) +
         ",\"dataSize\":0,\"fileSize\":0,\"lastBuildTimeS\":0,\"numberOfPendingTasks\":0,"
         "\"pendingTask\":false";
  if (const std::string_view primary = settings.primary_of(name); !primary.empty()) {
    out += ",\"primary\":";
    algolia::append_json_text(primary, out);
  }
  const algolia::IndexSettings* own = settings.find(name);
  if (own != nullptr && !own->replicas.empty()) {
    out += ",\"replicas\":[";
    for (const std::string& replica : own->replicas) {
      if (out.back() != '[') out += ',';
      algolia::append_json_text(replica, out);
    }
    out += ']';
  }
  out += '}';
}

}  // namespace

bool Search::algolia_object(const AlgoliaCall& call, const algolia::Target& target,
                            std::string_view id, const std::vector<std::string>& attributes,
                            std::string& out) const {
  const Sources& sources = call.sources(target);
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
  if (target.settings != nullptr) algolia::leave_out(target.settings->unretrievable, record);
  algolia::append_json(record, out);
  return true;
}

Status Search::get_object(const souk::v1::AlgoliaObjectRequest& request, const CallInfo& info,
                          HttpBody& reply) {
  const AlgoliaCall call(*this, info, request.account_id());
  if (!call.started()) return not_started();
  const std::vector<std::string> attributes(request.attributes_to_retrieve().begin(),
                                            request.attributes_to_retrieve().end());
  const auto target = call.target(request.index());
  if (!target.ok()) return target.status();
  std::string out;
  if (!algolia_object(call, target.value(), request.object_id(), attributes, out)) {
    return Status(Code::not_found, "ObjectID does not exist");
  }
  answer_json(std::move(out), reply);
  return {};
}

Status Search::get_objects(const souk::v1::AlgoliaRequest& request, const CallInfo& info,
                           HttpBody& reply) {
  const AlgoliaCall call(*this, info, request.account_id());
  if (!call.started()) return not_started();
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
    const auto target = call.target(algolia::text_member(one, "indexName"));
    if (!target.ok()) return target.status();
    if (out.back() != '[') out += ',';
    if (!algolia_object(call, target.value(), algolia::text_member(one, "objectID"), attributes,
                        out)) {
      out += "null";
    }
  }
  answer_json(out + "]}", reply);
  return {};
}

Status Search::browse(const souk::v1::AlgoliaIndexRequest& request, const CallInfo& info,
                      HttpBody& reply) {
  const AlgoliaCall call(*this, info, request.account_id());
  if (!call.started()) return not_started();
  simdjson::dom::parser parser;
  const auto body = parse(request.body(), parser);
  if (!body.ok()) return body.status();
  algolia::Target target;
  auto parameters = call.read(body.value(), request.index(), target, 1'000);
  if (!parameters.ok()) return parameters.status();
  // All there is, in an order that does not depend on who asks: nothing is merged, limited, pinned.
  parameters->distinct = 0;
  parameters->personal = false;
  parameters->rules = false;
  algolia::IndexSettings unlimited;
  if (target.settings != nullptr) unlimited = *target.settings;
  unlimited.most_hits = 0;
  unlimited.unretrievable.clear();
  target.settings = &unlimited;
  // The cursor is the page that follows.
  const std::string cursor = algolia::text_member(body.value(), "cursor");
  const char* const end = cursor.data() + cursor.size();
  if (!cursor.empty() && std::from_chars(cursor.data(), end, parameters->page).ptr != end) {
    return Status(Code::invalid_argument, "cursor is not one of an earlier answer");
  }
  std::string out;
  std::uint64_t found = 0;
  if (Status status = algolia_one(call, target, parameters.value(), 0, out, &found); !status.ok()) {
    return status;
  }
  const std::uint64_t seen = (parameters->page + 1) * parameters->hits_per_page;
  if (parameters->hits_per_page > 0 && seen < found) {
    out.pop_back();
    out += ",\"cursor\":\"" + std::to_string(parameters->page + 1) + "\"}";
  }
  answer_json(std::move(out), reply);
  return {};
}

Status Search::list_indexes(const souk::v1::AlgoliaListRequest& request, const CallInfo& info,
                            HttpBody& reply) {
  const AlgoliaCall call(*this, info, request.account_id());
  if (!call.started()) return not_started();
  const Known& known = *call.held.known();
  const std::uint64_t products = call.held->corpus.products;
  std::string out = "{\"items\":[";
  append_index(known.catalog.empty() ? "products" : known.catalog, products, *known.settings, out);
  for (const auto& [replica, settings] : known.settings->all()) {
    const std::string_view primary = known.settings->primary_of(replica);
    if (primary.empty()) continue;
    const auto of = known.others.find(primary);
    append_index(replica, of == known.others.end() ? products : of->second.writer->products(),
                 *known.settings, out);
  }
  for (const auto& [index, other] : known.others)
    append_index(index, other.writer->products(), *known.settings, out);
  answer_json(out + "],\"nbPages\":1}", reply);
  return {};
}

Status Search::get_settings(const souk::v1::AlgoliaIndexReadRequest& request, const CallInfo& info,
                            HttpBody& reply) {
  const AlgoliaCall call(*this, info, request.account_id());
  if (!call.started()) return not_started();
  const auto target = call.target(request.index());
  if (!target.ok()) return target.status();
  const ServingSettings& serving = call.held->serving;
  std::string out;
  algolia::append_settings(target->settings,
                           call.held.known()->settings->primary_of(request.index()),
                           serving.one_typo_from, serving.two_typos_from, out);
  answer_json(std::move(out), reply);
  return {};
}

}  // namespace souk::search
