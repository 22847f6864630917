// The part of a long text that says most about the question.
#include <algorithm>
#include <bit>

#include "plugins/search/model/highlight.hpp"

namespace souk::search {
namespace {

using Mark = HighlightScratch::Mark;

using Place = HighlightScratch::Place;

void find_places(HighlightScratch& scratch) {
  auto& places = scratch.places;
  places.clear();
  std::size_t mark = 0;
  for (const Token& token : scratch.tokens.tokens) {
    if (token.kind == TokenKind::kJoined || token.kind == TokenKind::kQuantity) continue;
    while (mark < scratch.marks.size() && scratch.marks[mark].end <= token.begin)
      ++mark;
    const bool marked = mark < scratch.marks.size() && scratch.marks[mark].begin < token.end;
    places.push_back({token.begin, token.end, marked ? scratch.marks[mark].words : 0});
  }
}

// The first word of the window with most different words of the question; among equals the one with
// most marks, then the first. In one pass: counts of each word go up at the front and down behind.
std::size_t best_window(const std::vector<Place>& places, std::size_t size) {
  std::uint32_t counts[32] = {};
  std::size_t different = 0, marks = 0, best = 0;
  std::pair<std::size_t, std::size_t> most{0, 0};
  const auto turn = [&](const Place& place, bool in) {
    if (place.words == 0) return;
    marks += in ? 1 : std::size_t(-1);
    for (std::uint32_t left = place.words; left != 0; left &= left - 1) {
      std::uint32_t& count = counts[std::countr_zero(left)];
      if (in && count++ == 0) ++different;
      if (!in && --count == 0) --different;
    }
  };
  for (std::size_t at = 0; at < places.size(); ++at) {
    turn(places[at], true);
    if (at >= size) turn(places[at - size], false);
    if (at + 1 < size || std::pair(different, marks) <= most) continue;
    most = {different, marks};
    best = at + 1 - size;
  }
  return best;
}

// Marks in the middle: as many words before the first as behind the last.
std::size_t centred(const std::vector<Place>& places, std::size_t begin, std::size_t size) {
  const auto window = places.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto end = window + static_cast<std::ptrdiff_t>(size);
  const auto marked = [](const Place& place) { return place.words != 0; };
  const auto first = std::find_if(window, end, marked);
  if (first == end) return begin;
  const auto last =
      std::find_if(std::make_reverse_iterator(end), std::make_reverse_iterator(window), marked)
          .base();
  const std::size_t slack = size - static_cast<std::size_t>(last - first);
  const auto first_at = static_cast<std::size_t>(first - places.begin());
  const std::size_t wanted = first_at - std::min(first_at, slack / 2);
  return std::min(wanted, places.size() - size);
}

}  // namespace

void Highlighter::snippet(std::string_view text, std::size_t words, const HighlightStyle& style,
                          HighlightScratch& scratch, Highlight& out) const {
  out.clear();
  find_marks(text, scratch);
  judge(scratch, out);
  find_places(scratch);
  const std::vector<Place>& places = scratch.places;
  if (words == 0 || places.size() <= words) {
    const bool rest = scratch.tokens.cut && !places.empty();
    write(text, 0, rest ? places.back().end : text.size(), style, scratch, out);
    if (rest) out.text += style.ellipsis;
    return;
  }
  const std::size_t first = centred(places, best_window(places, words), words);
  const std::size_t last = first + words - 1;
  const bool at_end = last + 1 == places.size() && !scratch.tokens.cut;
  if (first != 0) out.text += style.ellipsis;
  write(text, first == 0 ? 0 : places[first].begin, at_end ? text.size() : places[last].end, style,
        scratch, out);
  if (!at_end) out.text += style.ellipsis;
}

}  // namespace souk::search
