#include "plugins/search/serve/finder.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "plugins/search/serve/account_prices.hpp"
#include "plugins/search/serve/rule_effects.hpp"
#include "plugins/search/serve/understanding.hpp"
#include "plugins/search/serve/visible.hpp"
#include "plugins/search/serve/widening.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

constexpr std::uint64_t kRanked = 128;  ///< products ranked by everything that is known, at least
/// Where nothing is known of the query or the shopper: then popularity alone moves products, by
/// less than two, and what stands further back stays there.
constexpr std::uint64_t kRankedBlindly = 64;
constexpr std::uint32_t kMostEnough = 100;  ///< products with all words, however long the page

std::vector<const Columns*> all_columns(const Corpus& corpus) {
  std::vector<const Columns*> columns;
  for (const Corpus::Part& part : corpus.parts)
    columns.push_back(&part.segment->columns());
  return columns;
}

bool says_something(const Opinion* opinion) {
  return opinion != nullptr &&
         (opinion->profile.total > 0 || !opinion->products.empty() || !opinion->segments.empty());
}

std::uint64_t count_all(const std::vector<DocSet>& sets) {
  std::uint64_t count = 0;
  for (const DocSet& set : sets)
    count += set.count();
  return count;
}

}  // namespace

Finder::Finder() = default;
Finder::~Finder() = default;

bool Finder::has_words() const {
  return std::any_of(query_.words.begin(), query_.words.end(),
                     [](const QueryWord& word) { return word.role == WordRole::kNeeded; });
}

ColumnsView Finder::columns(const Sources& sources, std::size_t part) const {
  ColumnsView view{&sources.corpus.parts[part].segment->columns()};
  if (override_pointers_[part] != nullptr) {
    view.overrides = std::span(&override_pointers_[part], 1);
  }
  return view;
}

void Finder::see(const Question& question, const Sources& sources) {
  see_for(question.account, sources.corpus, *sources.known.accounts, sources.settings,
          sources.serving, static_cast<double>(question.now_us) / 1e6, visible_);
  find_prices(question, sources);
}

void Finder::find_prices(const Question& question, const Sources& sources) {
  const std::size_t parts = sources.corpus.parts.size();
  overrides_.assign(parts, nullptr);
  override_pointers_.assign(parts, nullptr);
  const PriceListFacts* prices = sources.known.accounts->prices(question.account, question.now_us);
  if (prices == nullptr) return;
  for (std::size_t i = 0; i < parts; ++i) {
    overrides_[i] =
        account_prices(sources.corpus.parts[i].segment, *prices, sources.known.accounts);
    override_pointers_[i] = overrides_[i].get();
  }
}

void Finder::hide(const Sources& sources) {
  for (const Rule* rule : rules_) {
    for (const std::uint64_t product : rule->hidden) {
      const Corpus::Place place = sources.corpus.find(product);
      if (place) visible_[place.part].remove(place.doc);
    }
  }
}

Status Finder::check(const Question& question, const Sources& sources) const {
  if (Status status = check_vector(question, sources); !status.ok()) return status;
  if (question.dialect != Dialect::souk) return {};
  const auto columns = all_columns(sources.corpus);
  if (Status status = check_attributes(question.filter, columns, "filters", visible_);
      !status.ok()) {
    return status;
  }
  for (const BoostRule& boost : question.boosts) {
    if (Status status = check_attributes(boost.when, columns, "boost", visible_); !status.ok())
      return status;
  }
  return {};
}

void Finder::filter(const Question& question, const Sources& sources) {
  filter_ = &question.filter;
  if (!question.choices.empty()) {
    joined_ = question.filter;
    for (const FacetChoice& choice : question.choices)
      joined_.require(equal_filter(choice.attribute, choice.values));
    filter_ = &joined_;
  }
  allowed_.resize(visible_.size());
  if (shared_.on && shared_.filtered != &sources.corpus) {
    shared_.filtered = &sources.corpus;
    shared_.parts.resize(std::max(shared_.parts.size(), visible_.size()));
    for (KnownParts& parts : shared_.parts)
      parts.clear();
  }
  for (std::size_t i = 0; i < visible_.size(); ++i) {
    if (filter_->empty()) {
      allowed_[i] = visible_[i];
      continue;
    }
    const SegmentFilter bound(*filter_, columns(sources, i),
                              static_cast<double>(question.now_us) / 1e6);
    if (shared_.on) {
      bound.evaluate(visible_[i], shared_.parts[i], allowed_[i]);
    } else {
      bound.evaluate(visible_[i], allowed_[i]);
    }
  }
}

Status Finder::count(const Question& asked, const Sources& sources, Answer& answer) {
  rules_.clear();
  choose_rules(asked, sources.compiled.rules, sources.known.rules->compiled(), rules_);
  if (!rules_.empty()) return find(asked, sources, answer);
  answer.clear();
  see(asked, sources);
  if (Status status = check(asked, sources); !status.ok()) return status;
  filter(asked, sources);
  read(asked, sources, answer);
  query_.relaxation = Relaxation::kNone;
  scored_.clear();
  total_ = 0;
  if (has_words()) {
    search_text(asked, sources, 1, answer);
  } else {
    matches_ = allowed_;
    exclude(sources, matches_);
    total_ = count_all(matches_);
  }
  answer.total = total_;
  return {};
}

Status Finder::find(const Question& asked, const Sources& sources, Answer& answer) {
  answer.clear();
  see(asked, sources);
  if (Status status = check(asked, sources); !status.ok()) return status;
  rules_.clear();
  if (asked.rules) {
    choose_rules(asked, sources.compiled.rules, sources.known.rules->compiled(), rules_);
  }
  Question changed;
  if (!rules_.empty()) {
    changed = asked;
    apply_rules(rules_, changed, answer);
  }
  const Question& question = rules_.empty() ? asked : changed;
  hide(sources);
  filter(question, sources);
  read(question, sources, answer);
  scored_.clear();
  deeper_known_ = false;
  total_ = 0;
  if (has_words()) {
    // The same whichever page is wanted: what stands further back comes from fill().
    const std::uint64_t wanted = std::max<std::uint64_t>(question.limit, 1);
    // Rules hide products from one text and not from another.
    const bool masked =
        shared_.on && !question.hits && rules_.empty() && mask_shared(question, sources);
    if (masked) {
      add_clicked(question, sources);
    } else {
      search_text(question, sources,
                  question.hits ? std::max(wanted, reach(question, sources, answer)) : 1, answer);
    }
    highlighter_.read(query_, &result_);
  } else {
    if (Status status = browse(question, sources); !status.ok()) return status;
    highlighter_.read(query_, nullptr);
  }
  if (!question.vector.empty()) add_vector(question, sources, answer);
  if (question.hits && has_words()) add_category(question, sources, answer);
  if (question.hits) {
    if (Status status = rank(question, sources, answer); !status.ok()) return status;
  }
  pin(question, sources);
  if (Status status = page(question, sources, answer); !status.ok()) return status;
  count_facets(question, sources, answer);
  answer.total = total_;
  answer.pages = (total_ + question.limit - 1) / question.limit;
  if (total_ == 0) explain_nothing(sources, answer);
  if (total_ > 0 && answer.hits.empty() && question.hits) {
    answer.note = "page " + std::to_string(question.page) + " is behind the last one: there are " +
                  std::to_string(answer.pages) + ", counted from 0";
  }
  return {};
}

/// How many of the best by their texts may come first by what is known beside them.
std::uint64_t Finder::reach(const Question& question, const Sources& sources,
                            const Answer& answer) const {
  const BehaviourView& behaviour = sources.known.behaviour;
  const auto person = [&](std::uint64_t key) {
    return question.personal && key != 0 && behaviour.people.contains(key);
  };
  const RankingWeights& weights = sources.serving.weights;
  const bool known = !question.order.empty() || !answer.intents.empty() ||
                     !question.boosts.empty() || weights.margin > 0 || weights.newness > 0 ||
                     says_something(question.opinion.get()) || person(question.visit) ||
                     person(question.shopper) ||
                     behaviour.queries.contains(key_of(normalized(question.text)));
  return known ? kRanked : kRankedBlindly;
}

void Finder::share(bool on) {
  shared_.on = on;
  shared_.known = false;
  shared_.filtered = nullptr;
}

/// Answers a question that only counts from what matches its text without filters. False when that
/// could be something else than a search among what the filters let through: then few are left, and
/// others with fewer or corrected words may come in.
bool Finder::mask_shared(const Question& question, const Sources& sources) {
  const std::string wishes = wishes_of(question);
  const bool same = shared_.known && shared_.corpus == &sources.corpus &&
                    shared_.text == question.text && shared_.wishes == wishes;
  if (!same) {
    std::vector<SegmentText> segments;
    for (std::size_t i = 0; i < visible_.size(); ++i)
      segments.push_back({&sources.corpus.parts[i].segment->text(), &visible_[i]});
    const TextQuery asked = query_;  // what this leaves out is not left out of what follows
    query_.top = 1;
    search_words(question, segments);
    query_ = asked;
    shared_.known = true;
    shared_.text = question.text;
    shared_.wishes = wishes;
    shared_.corpus = &sources.corpus;
    shared_.matches.swap(result_.matches);
    if (result_.relaxed || !result_.corrected.empty()) shared_.matches.clear();
  }
  if (shared_.matches.empty()) return false;
  matches_ = shared_.matches;
  for (std::size_t i = 0; i < matches_.size(); ++i)
    matches_[i] &= allowed_[i];
  total_ = count_all(matches_);
  return total_ >= query_.enough;
}

/// Ranks the best `top` by their texts.
void Finder::search_text(const Question& question, const Sources& sources, std::uint64_t top,
                         Answer& answer) {
  std::vector<SegmentText> segments;
  for (std::size_t i = 0; i < allowed_.size(); ++i)
    segments.push_back({&sources.corpus.parts[i].segment->text(), &allowed_[i]});
  query_.top = static_cast<std::uint32_t>(std::min<std::uint64_t>(top, kMaxTop));
  // A page is filled with what nearly fits. (Of several questions asked together some only count:
  // all of them must find the same.)
  if (!shared_.on) query_.enough = std::clamp(question.limit, query_.enough, kMostEnough);
  search_words(question, segments);
  matches_.swap(result_.matches);
  total_ = result_.total;
  const auto needed = static_cast<std::uint8_t>(
      std::count_if(query_.words.begin(), query_.words.end(),
                    [](const QueryWord& word) { return word.role == WordRole::kNeeded; }));
  for (const TextHit& hit : result_.top) {
    const Segment& segment = *sources.corpus.parts[hit.segment].segment;
    scored_.push_back({.part = hit.segment,
                       .doc = hit.document,
                       .missing = static_cast<std::uint8_t>(needed - std::min(needed, hit.words)),
                       .sold_out = segment.sold_out().contains(hit.document),
                       .key = segment.key(hit.document),
                       .text = hit.score,
                       .exactness = hit.exactness,
                       .score = 0,
                       .matched = hit.words,
                       .typos = hit.typos});
  }
  add_clicked(question, sources);
  answer.corrected = result_.corrected;
  answer.relaxed = result_.relaxed && result_.all_words == 0 && total_ > 0;
  if (answer.relaxed) answer.note = "nothing has all words: showing what has most of them";
  // Who says what is to be left out has said what is wanted.
  // count() wants all words.
  if (question.vector.empty() && question.removal == Removal::usual &&
      question.typo_choice == TypoChoice::all && query_.relaxation != Relaxation::kNone) {
    add_meaning(sources, answer);
  }
  for (std::size_t i = 0; i < query_.words.size(); ++i) {
    const QueryWord& word = query_.words[i];
    if (word.role == WordRole::kIgnored || word.role == WordRole::kExcluded) continue;
    const std::string& read = i < result_.evidence.size() && !result_.evidence[i].corrected.empty()
                                  ? result_.evidence[i].corrected
                                  : word.text;
    answer.words.push_back(read);
    answer.matched.push_back(read);
  }
  for (const QueryAlternative& alternative : query_.alternatives) {
    answer.words.push_back("or " + alternative.text);
    answer.matched.push_back(alternative.text);
  }
  answer.sources.emplace_back("text");
}

/// Products that shoppers take for this very query though their texts do not have its words.
void Finder::add_clicked(const Question& question, const Sources& sources) {
  constexpr float kLeastClicks = 3;
  constexpr double kLeastShare = 0.05;  // of the query's searches
  const QueryEntry* known = sources.known.behaviour.queries.find(key_of(normalized(question.text)));
  if (known == nullptr || sources.serving.weights.behaviour <= 0) return;
  const float best = scored_.empty() ? 1 : scored_.front().text;
  for (const ProductRate& rate : known->products) {
    if (rate.clicks < kLeastClicks || rate.clicks < kLeastShare * known->weight) continue;
    const Corpus::Place place = sources.corpus.find(rate.product);
    if (!place || !allowed_[place.part].contains(place.doc)) continue;
    const bool there = matches_[place.part].contains(place.doc);
    const bool ranked = there && std::any_of(scored_.begin(), scored_.end(), [&](const Scored& s) {
                          return s.part == place.part && s.doc == place.doc;
                        });
    if (ranked) continue;
    if (!there) {
      matches_[place.part].add(place.doc);
      ++total_;
    }
    const Segment& segment = *sources.corpus.parts[place.part].segment;
    scored_.push_back({.part = place.part,
                       .doc = place.doc,
                       .missing = 0,
                       .sold_out = segment.sold_out().contains(place.doc),
                       .key = rate.product,
                       .text = 0.5F * best,
                       .score = 0});
  }
}

/// Without words: what is popular, and what is good.
Status Finder::browse(const Question& question, const Sources& sources) {
  matches_ = allowed_;
  exclude(sources, matches_);
  total_ = count_all(matches_);
  if (!question.hits) return {};
  const std::uint64_t wanted =
      std::clamp(std::uint64_t{question.limit}, kRanked, std::uint64_t{kMaxTop});
  if (Status status = browse_in_order(question, sources, wanted); !status.ok()) return status;
  add_rest(sources, wanted);
  for (Scored& scored : scored_)
    scored.text = 1;
  return {};
}

Status Finder::rank(const Question& question, const Sources& sources, Answer& answer) {
  const bool browsing = !has_words();
  prepare_ranker(question, sources);
  double mean = 0;
  float best = 0;
  MeanLogPrice price;
  for (const Scored& scored : scored_) {
    const Segment& segment = *sources.corpus.parts[scored.part].segment;
    __builtin_prefetch(&segment.facts(scored.doc));
    sources.popularity.prefetch(segment.number(scored.doc));
  }
  for (const Scored& scored : scored_) {
    const Segment& segment = *sources.corpus.parts[scored.part].segment;
    mean += ranker_.popularity(segment.number(scored.doc));
    if (sources.learned != nullptr) price.add(segment.facts(scored.doc).price);
    best = std::max(best, scored.text);
  }
  if (!scored_.empty()) {
    ranker_.set_means(mean / static_cast<double>(scored_.size()), price.value());
  }
  weigh_wishes(question, sources, answer);
  for (Scored& scored : scored_) {
    const Segment& segment = *sources.corpus.parts[scored.part].segment;
    const ProductFacts& facts = segment.facts(scored.doc);
    scored.text = best > 0 ? scored.text / best : 1;
    scored.words = best > 0 ? scored.words / best : 0;
    double score = scored.text;
    score *= ranker_.factor(segment.key(scored.doc), segment.number(scored.doc), facts);
    if (sources.learned != nullptr && !browsing) {
      score *= std::exp(static_cast<double>(
          sources.learned->score(learned_row(segment, scored.doc, scored.text, scored.exactness))));
    }
    scored.score = score * scored.wish;
    if (browsing) scored.missing = 0;
  }
  if (Status status = put_in_order(question, sources); !status.ok()) return status;
  sort_ranked(sources.serving.sold_out == ServingSettings::SoldOut::last);
  answer.personal = ranker_.personal();
  if (answer.personal) answer.sources.emplace_back("this shopper");
  explain_opinion(question, answer);
  if (sources.learned != nullptr && !browsing) answer.sources.emplace_back("learned ranker");
  return {};
}

void Finder::explain_nothing(const Sources& sources, Answer& answer) const {
  if (sources.corpus.products == 0) {
    answer.note = "the catalog is empty";
  } else if (count_all(visible_) == 0) {
    answer.note = "nothing of the catalog may be shown here";
  } else if (count_all(allowed_) == 0) {
    answer.note = "no product passes the filters";
  } else if (!filter_->empty()) {
    answer.note = "no product that passes the filters has these words";
  } else {
    answer.note = "no product has any of these words";
  }
}

}  // namespace souk::search
