// What a question may say of its words, and of the order of what they find, beyond what is usual.
#include <algorithm>
#include <cmath>

#include "plugins/search/serve/finder.hpp"
#include "plugins/search/serve/understanding.hpp"
#include "plugins/search/serve/widening.hpp"

namespace souk::search {
namespace {

/// Scores within a quarter of each other are taken for the same where an order is given.
const double kTier = std::log(1.25);

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

/// The question's words, and what they mean beyond themselves.
void Finder::read(const Question& question, const Sources& sources, Answer& answer) {
  query_ = TextQuery();
  query_.prefix_last = question.prefix;
  query_.typos = question.typos;
  query_.one_typo_from =
      question.one_typo_from > 0 ? question.one_typo_from : sources.serving.one_typo_from;
  query_.two_typos_from =
      question.two_typos_from > 0 ? question.two_typos_from : sources.serving.two_typos_from;
  query_.fields = question.fields;
  read_query(question.text, query_, question.syntax);
  read_wishes(question);
  if (sources.serving.understand) {
    read_prices(query_, answer.intents);
    // Values only change the order.
    if (question.hits) read_values(query_, sources.corpus, visible_, answer.intents);
  }
  if (!question.synonyms) return;
  add_synonyms(sources.compiled.synonyms, query_);
  add_synonyms(sources.known.synonyms->compiled(), query_);
}

void Finder::read_wishes(const Question& question) {
  const auto needed = [](const QueryWord& word) { return word.role == WordRole::kNeeded; };
  auto left = std::count_if(query_.words.begin(), query_.words.end(), needed);
  for (QueryWord& word : query_.words) {
    // Numbers and codes are what errors are never forgiven in.
    if (has(question.exact_words, word.text)) word.kind = TokenKind::kCode;
    if (!needed(word) || left <= 1) continue;  // of stop words alone the last is looked for
    const bool stop =
        question.without_stop_words &&
        std::any_of(question.stop_languages.begin(), question.stop_languages.end(),
                    [&word](Language language) { return is_stop_word(word.text, language); });
    if (!stop && !has(question.optional_words, word.text)) continue;
    word.role = stop ? WordRole::kIgnored : WordRole::kOptional;
    --left;
  }
}

/// All but the text that decides which products match.
std::string Finder::wishes_of(const Question& question) {
  std::string all;
  for (const int one :
       {int{question.prefix}, int{question.typos}, static_cast<int>(question.typo_choice),
        int{question.one_typo_from}, int{question.two_typos_from}, int{question.without_stop_words},
        static_cast<int>(question.removal), int{question.fields}, int{question.syntax},
        int{question.synonyms}}) {
    all.append(std::to_string(one)).append(",");
  }
  for (const auto* words : {&question.exact_words, &question.optional_words}) {
    for (const std::string& word : *words)
      all.append(word).append(" ");
    all += ';';
  }
  return all;
}

/// Searches for the words, with as many typing errors and as few words as the question allows.
void Finder::search_words(const Question& question, const std::vector<SegmentText>& segments) {
  if (query_.relaxation == Relaxation::kNone) {
    searcher_.search(segments, query_, scratch_, result_);
    return;
  }
  const auto two_from = query_.two_typos_from;
  if (query_.typos && question.typo_choice != TypoChoice::all) {
    query_.relaxation = Relaxation::kNone;
    query_.typos = question.typo_choice == TypoChoice::few;
    query_.two_typos_from = 64;
    searcher_.search(segments, query_, scratch_, result_);
    if (result_.total > 0) return;
    query_.typos = true;
    query_.two_typos_from = two_from;
  }
  query_.relaxation = question.removal == Removal::any     ? Relaxation::kAny
                      : question.removal == Removal::usual ? Relaxation::kMost
                                                           : Relaxation::kNone;
  searcher_.search(segments, query_, scratch_, result_);
  if (result_.total > 0) return;
  if (question.removal == Removal::usual) {
    // Rather something of it than nothing.
    query_.relaxation = Relaxation::kAny;
    searcher_.search(segments, query_, scratch_, result_);
  } else if (question.removal == Removal::last || question.removal == Removal::first) {
    search_removing(question, segments);
  }
}

void Finder::search_removing(const Question& question, const std::vector<SegmentText>& segments) {
  const auto needed = [](const QueryWord& word) { return word.role == WordRole::kNeeded; };
  auto left = std::count_if(query_.words.begin(), query_.words.end(), needed);
  for (; left > 1 && result_.total == 0; --left) {
    if (question.removal == Removal::last) {
      std::find_if(query_.words.rbegin(), query_.words.rend(), needed)->role = WordRole::kOptional;
    } else {
      std::find_if(query_.words.begin(), query_.words.end(), needed)->role = WordRole::kOptional;
    }
    searcher_.search(segments, query_, scratch_, result_);
  }
}

/// A question of excluded words alone: everything but what has one of them.
void Finder::exclude(const Sources& sources, std::vector<DocSet>& docs) {
  TextQuery barred = query_;
  std::erase_if(barred.words,
                [](const QueryWord& word) { return word.role != WordRole::kExcluded; });
  if (barred.words.empty()) return;
  barred.alternatives.clear();
  barred.overlays.clear();
  barred.prefix_last = barred.typos = false;
  barred.top = 1;
  std::vector<SegmentText> segments;
  for (std::size_t i = 0; i < docs.size(); ++i)
    segments.push_back({&sources.corpus.parts[i].segment->text(), &docs[i]});
  const std::vector<QueryWord> words = barred.words;
  for (std::size_t first = 0; first < words.size();) {
    // One word after another, and the words of a phrase together.
    std::size_t end = first + 1;
    while (end < words.size() && words[first].phrase != 0 &&
           words[end].phrase == words[first].phrase) {
      ++end;
    }
    barred.words.assign(words.begin() + static_cast<std::ptrdiff_t>(first),
                        words.begin() + static_cast<std::ptrdiff_t>(end));
    for (QueryWord& word : barred.words) {
      word.role = WordRole::kNeeded;
      if (word.phrase == 0) word.phrase = 1;  // as it is written, in no other form
    }
    barred.relaxation = Relaxation::kNone;
    searcher_.search(segments, barred, scratch_, result_);
    for (std::size_t i = 0; i < docs.size(); ++i)
      docs[i].subtract(result_.matches[i]);
    first = end;
  }
}

/// The first of all in the order that the question gives.
Status Finder::browse_in_order(const Question& question, const Sources& sources,
                               std::uint64_t wanted) {
  if (question.order.empty()) return {};
  auto request = parse_sort(question.order, "customRanking");
  if (!request.ok()) return request.status();
  if (question.around) request->around = *question.around;
  found_in(sources, matches_);
  std::vector<DocRef> first;
  sort_found(*request, found_, 0, static_cast<std::uint32_t>(wanted), first);
  for (const DocRef& ref : first) {
    const Segment& segment = *sources.corpus.parts[ref.segment].segment;
    scored_.push_back({.part = ref.segment,
                       .doc = ref.doc,
                       .sold_out = segment.sold_out().contains(ref.doc),
                       .key = segment.key(ref.doc),
                       .text = 1});
  }
  return {};
}

/// Scores become steps, and within a step products stand as the order says.
Status Finder::put_in_order(const Question& question, const Sources& sources) {
  if (question.order.empty() || scored_.empty()) return {};
  auto request = parse_sort(question.order, "customRanking");
  if (!request.ok()) return request.status();
  if (question.around) request->around = *question.around;
  std::vector<DocSet> docs;
  for (const Corpus::Part& part : sources.corpus.parts)
    docs.emplace_back(part.segment->size());
  for (const Scored& scored : scored_)
    docs[scored.part].add(scored.doc);
  found_in(sources, docs);
  std::vector<DocRef> sorted;
  sort_found(*request, found_, 0, static_cast<std::uint32_t>(scored_.size()), sorted);
  std::vector<std::pair<DocRef, std::uint32_t>> places;
  for (std::uint32_t i = 0; i < sorted.size(); ++i)
    places.emplace_back(sorted[i], i);
  std::sort(places.begin(), places.end());
  for (Scored& scored : scored_) {
    const std::pair<DocRef, std::uint32_t> wanted{{scored.part, scored.doc}, 0};
    const auto at = std::lower_bound(places.begin(), places.end(), wanted);
    if (at != places.end() && at->first == wanted.first) scored.place = at->second;
    // Without words all are as relevant; wishes still come first.
    const double score = has_words() ? scored.score : scored.wish;
    scored.tier = score > 0 ? static_cast<std::int32_t>(std::floor(std::log(score) / kTier)) : 0;
  }
  return {};
}

/// Keeps of each group the first `distinct`: what is counted where groups are shown.
void Finder::one_of_each_group(const Question& question, const Sources& sources,
                               std::vector<DocSet>& docs) {
  if (question.distinct == 0) return;
  GroupTally seen;
  seen.reset();
  for (std::size_t part = 0; part < docs.size(); ++part) {
    const Groups& groups = sources.corpus.parts[part].segment->columns().groups();
    if (!groups.any()) continue;
    DocSet kept = docs[part];
    docs[part].for_each([&](DocId doc) {
      const std::uint64_t group = groups.key(doc);
      if (group != 0 && seen.add(group) > question.distinct) kept.remove(doc);
    });
    docs[part] = std::move(kept);
  }
}

}  // namespace souk::search
