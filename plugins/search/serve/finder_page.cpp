// From what was ranked to the page that is shown: pins, sorts, groups, facets.
#include <algorithm>
#include <cmath>
#include <tuple>

#include "plugins/search/serve/finder.hpp"

namespace souk::search {
namespace {

std::vector<const Columns*> columns_of_page(const Corpus& corpus) {
  std::vector<const Columns*> columns;
  for (const Corpus::Part& part : corpus.parts)
    columns.push_back(&part.segment->columns());
  return columns;
}

Filter filter_of_choices(const std::vector<FacetChoice>& all) {
  Filter choices;
  for (const FacetChoice& choice : all)
    choices.require(equal_filter(choice.attribute, choice.values));
  return choices;
}

}  // namespace

/// Puts products where rules want them; of those that the account may see, and that pass the
/// shopper's filters unless the rule says otherwise.
void Finder::pin(const Question& question, const Sources& sources) {
  std::vector<std::pair<std::uint32_t, Scored>> pins;
  for (const Rule* rule : rules_) {
    for (const Rule::Pin& pin : rule->pins) {
      const Corpus::Place place = sources.corpus.find(pin.product);
      if (!place) continue;
      const auto& among = rule->ignore_filters ? visible_ : allowed_;
      const Segment& segment = *sources.corpus.parts[place.part].segment;
      const bool known = std::any_of(pins.begin(), pins.end(), [&](const auto& other) {
        return other.second.key == pin.product;
      });
      if (known || !among[place.part].contains(place.doc)) continue;
      if (!matches_[place.part].contains(place.doc)) {
        matches_[place.part].add(place.doc);
        ++total_;
      }
      pins.emplace_back(pin.position, Scored{.part = place.part,
                                             .doc = place.doc,
                                             .sold_out = segment.sold_out().contains(place.doc),
                                             .pinned = true,
                                             .key = pin.product});
    }
  }
  if (pins.empty()) return;
  std::stable_sort(pins.begin(), pins.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  if (!question.hits) return;
  // What stands before the last pin must be there to stand before it.
  fill(question, sources, std::min<std::uint64_t>(total_, pins.back().first + question.limit));
  std::erase_if(scored_, [&](const Scored& scored) {
    return std::any_of(pins.begin(), pins.end(),
                       [&](const auto& pin) { return pin.second.key == scored.key; });
  });
  std::size_t next = 0;
  for (const auto& [position, pinned] : pins) {
    const auto at = std::min(std::max<std::size_t>(position - 1, next), scored_.size());
    scored_.insert(scored_.begin() + static_cast<std::ptrdiff_t>(at), pinned);
    next = at + 1;
  }
}

void Finder::found_in(const Sources& sources, const std::vector<DocSet>& docs) {
  found_.clear();
  for (std::size_t i = 0; i < docs.size(); ++i)
    found_.push_back({columns(sources, i), &docs[i], docs[i].count()});
}

Status Finder::page(const Question& question, const Sources& sources, Answer& answer) {
  const std::uint64_t first =
      question.page > total_ ? total_ : std::min(total_, question.page * question.limit);
  auto request = parse_sort(question.sort, "sort");
  if (!request.ok()) return request.status();
  if (question.around) request->around = *question.around;
  const bool grouped =
      question.distinct > 0 &&
      std::any_of(sources.corpus.parts.begin(), sources.corpus.parts.end(),
                  [](const Corpus::Part& part) { return part.segment->columns().groups().any(); });
  found_in(sources, matches_);
  if (grouped) total_ = tally_groups(found_, question.distinct, sizes_);
  if (!question.hits) return {};
  if (!request->keys.empty()) {
    if (Status status = check_sort(*request, columns_of_page(sources.corpus), "sort", visible_);
        !status.ok()) {
      return status;
    }
    std::vector<DocRef> sorted;
    if (grouped) {
      sort_distinct(*request, found_, question.distinct, first, question.limit, tally_, sorted);
    } else {
      sort_found(*request, found_, first, question.limit, sorted);
    }
    for (const DocRef& ref : sorted)
      answer.hits.push_back({.part = ref.segment, .doc = ref.doc, .score = 0});
  } else {
    page_ranked(question, sources, grouped, first, answer);
  }
  if (grouped) {
    for (Hit& hit : answer.hits) {
      const std::uint64_t group =
          sources.corpus.parts[hit.part].segment->columns().groups().key(hit.doc);
      if (group != 0) hit.group_size = sizes_.count(group) - 1;
    }
  }
  describe(question, sources, answer);
  return {};
}

/// What is ranked, from `first` on; with groups, the first so many of each.
void Finder::page_ranked(const Question& question, const Sources& sources, bool grouped,
                         std::uint64_t first, Answer& answer) {
  std::uint64_t found = 0;
  for (const DocSet& set : matches_)
    found += set.count();
  // Further ones of a group are skipped, so more than the page's may have to be ranked.
  std::uint64_t most = std::min(found, first + question.limit);
  std::vector<const Scored*> kept;
  for (;;) {
    fill(question, sources, most);
    kept.clear();
    tally_.reset();
    for (const Scored& scored : scored_) {
      const std::uint64_t group =
          grouped ? sources.corpus.parts[scored.part].segment->columns().groups().key(scored.doc)
                  : 0;
      if (tally_.add(group) <= std::max(question.distinct, 1U) || group == 0) {
        kept.push_back(&scored);
      }
    }
    if (!grouped || kept.size() >= first + question.limit || most >= found) break;
    most = std::min(found, most * 4);
  }
  for (std::uint64_t i = first; i < kept.size() && i < first + question.limit; ++i) {
    const Scored& scored = *kept[i];
    Hit& hit = answer.hits.emplace_back();
    hit.part = scored.part;
    hit.doc = scored.doc;
    hit.score = scored.score;
    hit.text = scored.text;
    hit.words = scored.words;
    hit.meaning = scored.meaning;
    hit.exactness = scored.exactness;
    hit.pinned = scored.pinned;
    hit.behind = scored.behind;
    hit.matched = scored.matched;
    hit.typos = scored.typos;
    if (scored.pinned) hit.reason = "a rule put it here";
    if (scored.behind) hit.reason = "behind those that all is weighed of: by its text alone";
  }
}

/// Distances, and with `explain` the factors.
void Finder::describe(const Question& question, const Sources& sources, Answer& answer) const {
  for (Hit& hit : answer.hits) {
    const Segment& segment = *sources.corpus.parts[hit.part].segment;
    if (question.around && !segment.columns().places().empty()) {
      const double metres = segment.columns().places().nearest(hit.doc, *question.around);
      if (metres < Places::kNowhere) hit.distance = metres;
    }
    if (!question.explain) continue;
    explain_meaning(hit);
    if (hit.behind) continue;
    ranker_.explain(segment.key(hit.doc), segment.number(hit.doc), segment.facts(hit.doc),
                    hit.factors);
    if (sources.learned != nullptr && has_words()) {
      const RankRow parts =
          sources.learned->contributions(learned_row(segment, hit.doc, hit.text, hit.exactness));
      for (std::size_t f = 0; f < kRankFeatures; ++f) {
        if (parts[f] != 0) {
          hit.factors.push_back(
              {kRankFeatureInfo[f].name, std::exp(static_cast<double>(parts[f]))});
        }
      }
    }
    for (const Intent& intent : answer.intents) {
      const SegmentFilter holds(intent.when, columns(sources, hit.part),
                                static_cast<double>(question.now_us) / 1e6);
      if (holds.holds(hit.doc)) {
        hit.factors.push_back(
            {"understood", std::pow(intent.factor, sources.serving.weights.intent)});
      }
    }
  }
}

void Finder::search_facet(const FacetSearchRequest& request, const Sources& sources,
                          HighlightScratch& marks, FacetSearchResult& out) {
  found_in(sources, matches_);
  souk::search::search_facet(request, found_, facet_scratch_, marks, out);
}

void Finder::count_facets(const Question& question, const Sources& sources, Answer& answer) {
  if (question.facets.empty()) return;
  std::vector<std::string> attributes = question.facets;
  if (std::find(attributes.begin(), attributes.end(), "*") != attributes.end()) {
    constexpr std::size_t kMostFacets = 100;
    attributes = facet_attributes(columns_of_page(sources.corpus), kMostFacets);
  }
  // A facet of which values are chosen counts what there would be without the choice.
  std::vector<std::string> chosen;
  for (const FacetChoice& choice : question.choices)
    chosen.push_back(choice.attribute);
  std::vector<std::vector<DocSet>> without(chosen.size());
  if (!chosen.empty()) {
    std::vector<DocSet> unfiltered = visible_;
    if (has_words()) {
      std::vector<SegmentText> segments;
      for (std::size_t i = 0; i < visible_.size(); ++i)
        segments.push_back({&sources.corpus.parts[i].segment->text(), &visible_[i]});
      query_.top = 1;
      searcher_.search(segments, query_, scratch_, result_);
      unfiltered.swap(result_.matches);
    } else {
      exclude(sources, unfiltered);
    }
    // What the question's own filter says of the same attribute holds all the same.
    const Filter choices = filter_of_choices(question.choices);
    const double now_s = static_cast<double>(question.now_us) / 1e6;
    for (std::size_t part = 0; part < unfiltered.size(); ++part) {
      DocSet all;
      DocSet filtered = unfiltered[part];
      std::vector<DocSet> out;
      if (!question.filter.empty()) {
        SegmentFilter(question.filter, columns(sources, part), now_s)
            .evaluate(unfiltered[part], filtered);
      }
      SegmentFilter(choices, columns(sources, part), now_s)
          .evaluate_without(filtered, chosen, all, out);
      for (std::size_t i = 0; i < chosen.size(); ++i)
        without[i].push_back(std::move(out[i]));
    }
  }
  found_in(sources, matches_);
  std::vector<FoundIn> all = found_;
  if (attributes.size() > 1) list_documents(all, listed_);
  for (const std::string& attribute : attributes) {
    const auto choice = std::find(chosen.begin(), chosen.end(), attribute);
    std::vector<DocSet> grouped;
    const bool is_chosen = choice != chosen.end();
    const std::vector<DocSet>& counted =
        is_chosen ? without[static_cast<std::size_t>(choice - chosen.begin())] : matches_;
    const auto& by_group = question.grouped_facets;
    if (std::any_of(by_group.begin(), by_group.end(), [&attribute](const std::string& one) {
          return one == "*" || one == attribute;
        })) {
      grouped = counted;
      one_of_each_group(question, sources, grouped);
    }
    const bool all_of_them = !is_chosen && grouped.empty();
    if (!all_of_them) found_in(sources, grouped.empty() ? counted : grouped);
    FacetRequest request;
    request.attribute = attribute;
    request.limit = question.max_values;
    if (question.alphabetical) request.order = FacetOrder::alphabet;
    // Of thousands of prices nobody ticks one: where they lie is enough, unless the API counts
    // them.
    request.number_values = question.dialect == Dialect::algolia;
    count_facet(request, all_of_them ? all : found_, facet_scratch_, answer.facets.emplace_back());
  }
}

}  // namespace souk::search
