// What is being typed → queries, categories and products that it may become.
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "plugins/search/model/analyzer.hpp"
#include "plugins/search/search.hpp"
#include "plugins/search/serve/finder.hpp"
#include "plugins/search/serve/marks.hpp"
#include "plugins/search/serve/product_view.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

constexpr std::uint32_t kDefaultSuggestions = 6;
constexpr std::size_t kMostTried = 40;  ///< queries whose results are counted

/// The text with what was typed left plain and the rest marked.
std::string mark_rest(const std::string& query, std::string_view typed) {
  std::string out;
  const std::size_t same =
      query.size() >= typed.size() && std::string_view(query).starts_with(typed) ? typed.size() : 0;
  escape_html(query.substr(0, same), out);
  if (same == query.size()) return out;
  out += "<em>";
  escape_html(std::string_view(query).substr(same), out);
  return out + "</em>";
}

struct Candidate {
  double weight = 0;
  const QueryEntry* entry = nullptr;
};

bool begins_word(std::string_view text, std::string_view typed) {
  for (std::size_t at = text.find(typed); at != std::string_view::npos;
       at = text.find(typed, at + 1)) {
    if (at == 0 || text[at - 1] == ' ') return true;
  }
  return false;
}

std::vector<Candidate> candidates_of(const BehaviourView& behaviour, std::string_view typed) {
  std::vector<Candidate> found;
  behaviour.completions.for_each(typed, behaviour.queries, [&](const QueryEntry& entry) {
    if (entry.searches < Completions::kLeastSearches || entry.searches == entry.without_results) {
      return;
    }
    if (entry.text.empty()) return;  // only clicks were reported
    if (begins_word(entry.text, typed)) found.push_back({completion_worth(entry, typed), &entry});
  });
  const std::size_t count = std::min(kMostTried, found.size());
  std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count), found.end(),
                    [](const Candidate& a, const Candidate& b) {
                      return std::tie(b.weight, a.entry->text) < std::tie(a.weight, b.entry->text);
                    });
  found.resize(count);
  return found;
}

Question plain_question(const std::string& text, std::string_view account, std::int64_t now_us,
                        std::uint32_t limit) {
  Question question;
  question.text = text;
  question.account = std::string(account);
  question.now_us = now_us;
  question.limit = limit;
  return question;
}

/// How many products a query finds, kept as long as the catalog, synonyms and rules are the same:
/// the same few completions are proposed again and again. Only for what everybody may see; counts
/// of an account's own catalog are made each time.
class KnownCounts {
 public:
  template <class Count>
  std::uint64_t of(std::uint64_t query, std::int64_t now_us, const Sources& sources,
                   Count&& count) {
    const Views now{now_us / 60'000'000,    sources.corpus.last_sequence, sources.corpus.products,
                    sources.known.synonyms, sources.known.rules,          &sources.settings,
                    &sources.compiled};
    if (!(now == views_)) {
      views_ = now;
      counts_.fill({});
    }
    Entry& entry = counts_[query % counts_.size()];
    if (entry.query != query) entry = {query, count()};
    return entry.products;
  }

 private:
  struct Entry {
    std::uint64_t query = 0;
    std::uint64_t products = 0;
  };
  struct Views {
    std::int64_t minute = 0;  ///< rules have their times
    std::uint64_t sequence = 0, products = 0;
    std::shared_ptr<const SynonymEvents> synonyms;
    std::shared_ptr<const RuleEvents> rules;
    const void* settings = nullptr;
    const void* compiled = nullptr;
    bool operator==(const Views&) const = default;
  };
  Views views_;
  std::array<Entry, 2048> counts_{};
};

/// Queries of others, each with what it finds for this account; what finds nothing is not proposed.
void suggest_queries(const Question& asked, const Sources& sources, Finder& finder, Answer& answer,
                     souk::v1::SuggestReply& reply) {
  thread_local KnownCounts known;
  const std::string typed = normalized(asked.text);
  for (const Candidate& candidate : candidates_of(sources.known.behaviour, typed)) {
    if (reply.queries_size() >= static_cast<int>(asked.limit)) return;
    Question question = plain_question(candidate.entry->text, asked.account, asked.now_us, 1);
    question.prefix = false;
    question.personal = false;
    question.hits = false;
    // What was mistyped by others is no help.
    question.typos = false;
    const auto count = [&] {
      return finder.count(question, sources, answer).ok() ? answer.total : 0;
    };
    const std::uint64_t products =
        asked.account.empty() ? known.of(key_of(question.text), asked.now_us, sources, count)
                              : count();
    if (products == 0) continue;
    auto* out = reply.add_queries();
    out->set_query(candidate.entry->text);
    out->set_highlighted(mark_rest(candidate.entry->text, typed));
    out->set_results(products);
  }
}

/// Categories of what is found, the most frequent first; deep ones before those they lie in.
void suggest_categories(const Question& asked, const Answer& answer,
                        souk::v1::SuggestReply& reply) {
  for (const Facet& facet : answer.facets) {
    for (const FacetValue& value : facet.values) {
      if (reply.categories_size() >= static_cast<int>(asked.limit)) return;
      auto* out = reply.add_categories();
      out->set_category(value.value);
      out->set_results(value.count);
    }
  }
}

void suggest_products(const Question& asked, const Sources& sources, const Finder& finder,
                      const Answer& answer, souk::v1::SuggestReply& reply) {
  thread_local Highlight marked;
  const PriceListFacts* prices = sources.known.accounts->prices(asked.account, asked.now_us);
  souk::v1::Product product;
  for (const Hit& hit : answer.hits) {
    const Segment& segment = *sources.corpus.parts[hit.part].segment;
    if (!view_product(segment, hit.doc, prices, sources.settings.currency(), product)) continue;
    auto* out = reply.add_products();
    out->set_product_id(product.id());
    out->set_title(product.title());
    finder.highlighter().mark(product.title(), {}, highlight_scratch(sources.settings), marked);
    out->set_highlighted(marked.text);
    if (product.media_size() > 0) out->set_image_url(product.media(0).url());
    if (product.has_price_range()) *out->mutable_price() = product.price_range().min();
    out->set_url(product.url());
  }
}

}  // namespace

Status Search::suggest(const souk::v1::SuggestRequest& request, const CallInfo& info,
                       souk::v1::SuggestReply& reply) {
  thread_local Finder finder;
  thread_local Answer answer;
  const std::string_view account =
      info.account_id().empty() ? std::string_view(request.account_id()) : info.account_id();
  const Held held(*this, account);
  if (!held) return Status(Code::unavailable, "search has not been started");
  const Sources& sources = *held;
  const std::uint32_t limit = request.limit() > 0 ? request.limit() : kDefaultSuggestions;
  Question question = plain_question(request.q(), account, host().now_us(), limit);
  question.shopper = key_of(request.shopper_id());
  question.visit = visit_key(request.session_id());
  question.facets = {"categories"};
  question.max_values = limit;
  if (Status status = finder.find(question, sources, answer); !status.ok()) return status;
  suggest_categories(question, answer, reply);
  suggest_products(question, sources, finder, answer, reply);
  suggest_queries(question, sources, finder, answer, reply);
  metrics_.suggested();
  return {};
}

}  // namespace souk::search
