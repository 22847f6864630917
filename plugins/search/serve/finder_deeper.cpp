// What stands behind the products of which everything is weighed.
//
// Those are the first by their texts, always the same, whichever page is asked for: else a product
// could stand on two pages, or on none. Behind them the texts alone decide, behind those
// popularity.
#include <algorithm>
#include <tuple>

#include "plugins/search/serve/finder.hpp"

namespace souk::search {

/// Appends to what is ranked until there are `most`.
void Finder::fill(const Question& question, const Sources& sources, std::uint64_t most) {
  if (scored_.size() >= most) return;
  if (!has_words()) {
    add_next_in_order(question, sources, most);
  } else if (!deeper_known_) {
    add_deeper(question, sources);
  }
  add_rest(sources, most);
}

/// Which of the matches are not ranked yet.
std::vector<DocSet> Finder::not_ranked() const {
  std::vector<DocSet> rest = matches_;
  for (const Scored& scored : scored_)
    rest[scored.part].remove(scored.doc);
  return rest;
}

/// What has the words, as far as texts are compared.
void Finder::add_deeper(const Question& question, const Sources& sources) {
  deeper_known_ = true;
  std::vector<SegmentText> segments;
  for (std::size_t i = 0; i < allowed_.size(); ++i)
    segments.push_back({&sources.corpus.parts[i].segment->text(), &allowed_[i]});
  query_.top = kMaxTop;
  searcher_.search(segments, query_, scratch_, deeper_);
  if (deeper_.top.empty()) return;
  const float best = deeper_.top.front().score;
  const std::vector<DocSet> rest = not_ranked();
  std::vector<Scored> before;
  before.swap(scored_);
  for (const TextHit& hit : deeper_.top) {
    if (!rest[hit.segment].contains(hit.document)) continue;
    const Segment& segment = *sources.corpus.parts[hit.segment].segment;
    Scored& scored = scored_.emplace_back();
    scored.part = hit.segment;
    scored.doc = hit.document;
    scored.sold_out = segment.sold_out().contains(hit.document);
    scored.behind = true;
    scored.key = segment.key(hit.document);
    scored.text = best > 0 ? hit.score / best : 0;
    scored.exactness = hit.exactness;
    scored.score = scored.text;
    scored.matched = hit.words;
    scored.typos = hit.typos;
  }
  // An order that can't be read was refused before.
  const bool ordered = !question.order.empty() && put_in_order(question, sources).ok();
  const bool back = sources.serving.sold_out == ServingSettings::SoldOut::last;
  std::stable_sort(scored_.begin(), scored_.end(), [&](const Scored& a, const Scored& b) {
    const bool a_out = back && a.sold_out;
    const bool b_out = back && b.sold_out;
    if (a_out != b_out) return b_out;
    return ordered && std::tie(b.tier, a.place) < std::tie(a.tier, b.place);
  });
  before.insert(before.end(), scored_.begin(), scored_.end());
  before.swap(scored_);
}

/// Without words, and with an order of the index: what comes next in it.
void Finder::add_next_in_order(const Question& question, const Sources& sources,
                               std::uint64_t most) {
  if (question.order.empty()) return;
  auto request = parse_sort(question.order, "customRanking");
  if (!request.ok()) return;
  if (question.around) request->around = *question.around;
  const std::vector<DocSet> rest = not_ranked();
  found_in(sources, rest);
  std::vector<DocRef> next;
  sort_found(*request, found_, 0, static_cast<std::uint32_t>(most - scored_.size()), next);
  for (const DocRef& ref : next) {
    const Segment& segment = *sources.corpus.parts[ref.segment].segment;
    Scored& scored = scored_.emplace_back();
    scored.part = ref.segment;
    scored.doc = ref.doc;
    scored.behind = true;
    scored.key = segment.key(ref.doc);
    scored.text = 1;
  }
}

/// Appends what matches and is not ranked yet, the most popular first, until there are `most`.
void Finder::add_rest(const Sources& sources, std::uint64_t most) {
  if (scored_.size() >= most) return;
  const std::vector<DocSet> rest = not_ranked();
  struct Candidate {
    bool sold_out;
    float popularity;
    std::uint64_t key;
    std::uint32_t part;
    DocId doc;
  };
  const auto better = [](const Candidate& a, const Candidate& b) {
    return std::tie(a.sold_out, b.popularity, a.key) < std::tie(b.sold_out, a.popularity, b.key);
  };
  std::vector<Candidate> all;
  for (std::uint32_t part = 0; part < rest.size(); ++part) {
    const Segment& segment = *sources.corpus.parts[part].segment;
    const bool back = sources.serving.sold_out == ServingSettings::SoldOut::last;
    rest[part].for_each([&](DocId doc) {
      all.push_back({back && segment.sold_out().contains(doc),
                     sources.popularity.raw(segment.number(doc)), segment.key(doc), part, doc});
    });
  }
  const std::uint64_t room = std::min<std::uint64_t>(most - scored_.size(), all.size());
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(room);
  // Deep pages want thousands: a heap of so many is slower than a sort of them alone.
  if (end != all.end()) std::nth_element(all.begin(), end, all.end(), better);
  std::sort(all.begin(), end, better);
  for (auto at = all.begin(); at != end; ++at) {
    scored_.push_back({.part = at->part,
                       .doc = at->doc,
                       .missing = 255,
                       .sold_out = at->sold_out,
                       .key = at->key,
                       .text = 0,
                       .score = 0});
  }
}

}  // namespace souk::search
