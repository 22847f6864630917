#include "plugins/segmentation/state/audiences.hpp"

#include <algorithm>
#include <cstring>

namespace souk::segmentation {
namespace {

constexpr std::size_t kMostIdentifiers = kAdFields * kAdNetworks;

void put_identifiers(const std::vector<Identifier>& identifiers, std::vector<std::uint32_t>& out) {
  out.push_back(static_cast<std::uint32_t>(identifiers.size()));
  for (const Identifier& known : identifiers) {
    out.push_back(static_cast<std::uint32_t>(known.field) | known.networks * 256U |
                  (known.hashed ? 1U << 16U : 0U));
    if (known.hashed) {
      out.insert(out.end(), known.hash.begin(), known.hash.end());
    } else {
      const std::size_t at = out.size();
      out.resize(at + known.plain.size() / 4);
      std::memcpy(out.data() + at, known.plain.data(), known.plain.size());
    }
  }
}

/// Reads what the above wrote; after the first fault nothing more.
class AudienceWords {
 public:
  explicit AudienceWords(std::span<const std::uint32_t> words) : words_(words) {}
  std::uint32_t next() {
    if (at_ >= words_.size()) good_ = false;
    return good_ ? words_[at_++] : 0;
  }
  std::size_t count(std::size_t most) {
    const std::size_t wanted = next();
    if (wanted > most) good_ = false;
    return good_ ? wanted : 0;
  }
  void identifiers(std::vector<Identifier>& out) {
    out.resize(count(kMostIdentifiers));
    for (Identifier& known : out) {
      const std::uint32_t what = next();
      if ((what & 255U) >= kAdFields) good_ = false;
      known = {};
      known.field = static_cast<AdField>(good_ ? what & 255U : 0);
      known.networks = static_cast<std::uint8_t>(what >> 8U & 255U);
      known.hashed = (what >> 16U & 1U) != 0;
      if (known.hashed) {
        for (std::uint32_t& word : known.hash)
          word = next();
      } else {
        std::array<std::uint32_t, 3> plain{next(), next(), next()};
        std::memcpy(known.plain.data(), plain.data(), known.plain.size());
      }
    }
  }
  [[nodiscard]] bool done() const { return good_ && at_ == words_.size(); }

 private:
  std::span<const std::uint32_t> words_;
  std::size_t at_ = 0;
  bool good_ = true;
};

}  // namespace

void Exportable::encode(std::vector<std::uint32_t>& out) const {
  out.clear();
  out.push_back(since_s);
  out.push_back(left_forgotten_s);
  out.push_back(static_cast<std::uint32_t>(left.size()));
  for (const Left& segment : left)
    out.insert(out.end(), {segment.segment, segment.at_s});
  put_identifiers(identifiers, out);
}

bool Exportable::decode(std::span<const std::uint32_t> words) {
  AudienceWords source(words);
  since_s = source.next();
  left_forgotten_s = source.next();
  left.resize(source.count(kMostLeft));
  for (Left& segment : left) {
    segment.segment = source.next();
    segment.at_s = source.next();
  }
  source.identifiers(identifiers);
  return source.done();
}

void Gone::encode(std::vector<std::uint32_t>& out) const {
  out.clear();
  out.push_back(at_s);
  out.push_back(static_cast<std::uint32_t>(segments.size()));
  out.insert(out.end(), segments.begin(), segments.end());
  put_identifiers(identifiers, out);
}

bool Gone::decode(std::span<const std::uint32_t> words) {
  AudienceWords source(words);
  at_s = source.next();
  segments.resize(source.count(words.size()));
  for (std::uint32_t& segment : segments)
    segment = source.next();
  source.identifiers(identifiers);
  return source.done();
}

bool AudienceView::read(std::uint32_t number, Exportable& out) const {
  const auto words = people.find(number);
  return !words.empty() && out.decode(words);
}

bool AudienceView::read_ended(std::uint32_t place, Gone& out) const {
  const auto words = ended.find(place % AudienceBook::kMostEnded);
  return !words.empty() && out.decode(words);
}

void AudienceBook::set(std::uint32_t person, std::vector<Identifier> identifiers,
                       std::span<const std::uint32_t> segments, std::uint32_t now_s) {
  const bool known = view_.read(person, scratch_);
  if (!known && identifiers.empty()) return;
  if (known && scratch_.identifiers == identifiers) return;
  if (known) end(scratch_, segments, now_s);
  people_ += (identifiers.empty() ? 0U : 1U) - (known ? 1U : 0U);
  if (identifiers.empty()) return view_.people.set(person, {});
  if (!known) scratch_ = {};
  scratch_.since_s = now_s;
  scratch_.identifiers = std::move(identifiers);
  scratch_.encode(words_);
  view_.people.set(person, words_);
}

void AudienceBook::left(std::uint32_t person, std::uint32_t segment, std::uint32_t now_s) {
  if (people_ == 0 || !view_.read(person, scratch_)) return;
  std::erase_if(scratch_.left, [&](const Exportable::Left& l) { return l.segment == segment; });
  if (scratch_.left.size() == Exportable::kMostLeft) {
    scratch_.left_forgotten_s = scratch_.left.front().at_s;
    scratch_.left.erase(scratch_.left.begin());
  }
  scratch_.left.push_back({segment, now_s});
  scratch_.encode(words_);
  view_.people.set(person, words_);
}

void AudienceBook::end(const Exportable& was, std::span<const std::uint32_t> segments,
                       std::uint32_t now_s) {
  Gone ended{now_s, was.identifiers, {segments.begin(), segments.end()}};
  for (const Exportable::Left& left : was.left)
    ended.segments.push_back(left.segment);
  if (kept_s_ == 0 || ended.segments.empty()) return;
  if (view_.last - view_.first == kMostEnded) {
    view_.complete_since_s = now_s;
    drop_oldest();
  }
  ended.encode(words_);
  view_.ended.set(view_.last % kMostEnded, words_);
  ++view_.last;
}

void AudienceBook::drop_oldest() {
  view_.ended.set(view_.first % kMostEnded, {});
  ++view_.first;
}

void AudienceBook::expire(std::uint32_t now_s) {
  while (view_.first != view_.last) {
    const auto words = view_.ended.find(view_.first % kMostEnded);
    if (words.empty() || std::uint64_t{words.front()} + kept_s_ >= now_s) return;
    drop_oldest();
  }
}

AudienceView AudienceBook::share() const {
  return {view_.people.share(), view_.ended.share(), view_.first, view_.last,
          view_.complete_since_s};
}

void AudienceBook::save(souk::Writer& writer, std::uint32_t numbers) const {
  const auto put = [&](std::span<const std::uint32_t> words) {
    writer.count(words.size());
    writer.raw({reinterpret_cast<const char*>(words.data()), words.size_bytes()});
  };
  writer.count(people_);
  for (std::uint32_t number = 0; number < numbers; ++number) {
    const auto words = view_.people.find(number);
    if (words.empty()) continue;
    writer.count(number);
    put(words);
  }
  writer.number(view_.first);
  writer.number(view_.last);
  writer.number(view_.complete_since_s);
  for (std::uint32_t place = view_.first; place != view_.last; ++place)
    put(view_.ended.find(place % kMostEnded));
}

void AudienceBook::load(souk::Reader& reader) {
  const std::uint32_t kept_s = kept_s_;
  *this = AudienceBook();
  kept_s_ = kept_s;
  people_ = static_cast<std::uint32_t>(reader.count(CowTree::kMost));
  for (std::uint32_t left = people_; left > 0 && reader.ok(); --left) {
    const auto number = static_cast<std::uint32_t>(reader.count(CowTree::kMost - 1));
    const auto words = reader.numbers<std::uint32_t>(1U << 16U);
    if (!scratch_.decode(words)) return reader.fail("an audience's record is malformed");
    view_.people.set(number, words);
  }
  view_.first = reader.number<std::uint32_t>();
  view_.last = reader.number<std::uint32_t>();
  view_.complete_since_s = reader.number<std::uint32_t>();
  if (view_.last - view_.first > kMostEnded) return reader.fail("an audience's ring is malformed");
  Gone ended;
  for (std::uint32_t place = view_.first; place != view_.last && reader.ok(); ++place) {
    const auto words = reader.numbers<std::uint32_t>(1U << 16U);
    if (!ended.decode(words)) return reader.fail("what left an audience is malformed");
    view_.ended.set(place % kMostEnded, words);
  }
}

}  // namespace souk::segmentation
