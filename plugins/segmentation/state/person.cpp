#include "plugins/segmentation/state/person.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

namespace souk::segmentation {
namespace {

static_assert(std::is_trivially_copyable_v<Facts> && sizeof(Facts) % 4 == 0);
constexpr std::size_t kFactWords = sizeof(Facts) / 4;
constexpr std::size_t kMaskWords = (kFactWords + 31) / 32;
constexpr std::size_t kOwnWords = sizeof(OwnMoments) / 4;

/// Most people have done few kinds of things: only words that are not zero are kept, behind a mask.
void put_facts(const Facts& facts, std::vector<std::uint32_t>& out) {
  const auto words = std::bit_cast<std::array<std::uint32_t, kFactWords>>(facts);
  const std::size_t masks = out.size();
  out.resize(masks + kMaskWords, 0);
  for (std::size_t i = 0; i < kFactWords; ++i) {
    if (words[i] == 0) continue;
    out[masks + i / 32] |= 1U << (i % 32);
    out.push_back(words[i]);
  }
}

template <class T>
void put_list(const std::vector<T>& list, std::vector<std::uint32_t>& out) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % 4 == 0);
  out.push_back(static_cast<std::uint32_t>(list.size()));
  const std::size_t at = out.size();
  out.resize(at + list.size() * sizeof(T) / 4);
  if (!list.empty()) std::memcpy(out.data() + at, list.data(), list.size() * sizeof(T));
}

void put_text(const std::string& text, std::vector<std::uint32_t>& out) {
  out.push_back(static_cast<std::uint32_t>(text.size()));
  const std::size_t at = out.size();
  out.resize(at + (text.size() + 3) / 4, 0);
  if (!text.empty()) std::memcpy(out.data() + at, text.data(), text.size());
}

/// Reads what the above wrote; after the first fault nothing more.
class Source {
 public:
  explicit Source(std::span<const std::uint32_t> words) : words_(words) {}

  std::uint32_t word() {
    if (at_ >= words_.size()) good_ = false;
    return good_ ? words_[at_++] : 0;
  }
  void facts(Facts& facts) {
    std::array<std::uint32_t, kMaskWords> masks{};
    for (std::uint32_t& mask : masks)
      mask = word();
    std::array<std::uint32_t, kFactWords> words{};
    for (std::size_t i = 0; i < kFactWords; ++i)
      if ((masks[i / 32] >> (i % 32) & 1U) != 0) words[i] = word();
    facts = std::bit_cast<Facts>(words);
  }
  template <class T>
  void list(std::vector<T>& out) {
    const std::size_t size = word();
    if (!fits(size * sizeof(T) / 4)) return out.clear();
    out.resize(size);
    if (size > 0)
      std::memcpy(static_cast<void*>(out.data()), words_.data() + at_, size * sizeof(T));
    at_ += size * sizeof(T) / 4;
  }
  void text(std::string& out) {
    const std::size_t size = word();
    if (!fits((size + 3) / 4)) return out.clear();
    out.assign(reinterpret_cast<const char*>(words_.data() + at_), size);
    at_ += (size + 3) / 4;
  }
  [[nodiscard]] bool done() const { return good_ && at_ == words_.size(); }

 private:
  bool fits(std::size_t words) {
    if (words > words_.size() - at_) good_ = false;
    return good_;
  }
  std::span<const std::uint32_t> words_;
  std::size_t at_ = 0;
  bool good_ = true;
};

}  // namespace

void Person::age_likings(std::uint32_t now_s, std::uint32_t half_life_s) {
  if (likings_at_s == 0) likings_at_s = now_s;
  if (now_s <= likings_at_s) return;
  const auto factor = static_cast<float>(
      std::exp2(-static_cast<double>(now_s - likings_at_s) / std::max(1U, half_life_s)));
  for (auto* likings : {&categories, &brands, &sizes, &sources})
    for (Liking& liking : *likings)
      liking.weight *= factor;
  likings_at_s = now_s;
}

void Person::like(std::vector<Liking>& likings, NameId name, float weight) {
  if (name == 0 || !(weight > 0)) return;
  auto at = std::find_if(likings.begin(), likings.end(),
                         [&](const Liking& liking) { return liking.name == name; });
  if (at == likings.end()) {
    if (likings.size() == kMostLikings) likings.pop_back();
    likings.push_back({name, 0});
    at = likings.end() - 1;
  }
  at->weight += weight;
  for (; at != likings.begin() && (at - 1)->weight < at->weight; --at)
    std::iter_swap(at - 1, at);
}

void Person::add(const DeedRecord& deed, std::size_t most) {
  const auto place = std::upper_bound(
      deeds.begin(), deeds.end(), deed.at_s,
      [](std::uint32_t at_s, const DeedRecord& other) { return at_s < other.at_s; });
  deeds.insert(place, deed);
  if (deeds.size() <= most) return;
  const auto over = static_cast<std::ptrdiff_t>(deeds.size() - most);
  forgotten_until_s = std::max(forgotten_until_s, deeds[static_cast<std::size_t>(over - 1)].at_s);
  deeds.erase(deeds.begin(), deeds.begin() + over);
}

bool Person::met(const Exposure& exposure) {
  for (Exposure& other : exposures) {
    if (other.experiment != exposure.experiment || other.slot != exposure.slot) continue;
    if (other.variant != exposure.variant) other.met_another = 1;
    return false;
  }
  if (exposures.size() == kMostExposures) exposures.erase(exposures.begin());
  exposures.push_back(exposure);
  return true;
}

void Person::ordered_after_meeting(std::uint32_t at_s, double amount, int orders,
                                   std::uint32_t window_s) {
  for (Exposure& exposure : exposures) {
    if (at_s < exposure.at_s || at_s - exposure.at_s > window_s) continue;
    exposure.revenue += static_cast<float>(amount);
    exposure.orders = static_cast<std::uint16_t>(std::clamp(exposure.orders + orders, 0, 65'535));
  }
}

std::optional<float> Person::bought(NameId product, std::uint32_t at_s) {
  std::uint32_t last_s = 0;
  auto mine = rebuys.end();
  for (auto at = rebuys.begin(); at != rebuys.end(); ++at) {
    if (at->product != product) continue;
    last_s = std::max(last_s, at->last_s);
    if (at->slot == 0) mine = at;
  }
  if (mine == rebuys.end()) {
    if (rebuys.size() >= kMostRebuys) {
      rebuys.erase(
          std::min_element(rebuys.begin(), rebuys.end(), [](const Rebuy& a, const Rebuy& b) {
            return a.gaps != b.gaps ? a.gaps < b.gaps : a.last_s < b.last_s;
          }));
    }
    rebuys.push_back({.product = product, .last_s = at_s});
    mine = rebuys.end() - 1;
  }
  mine->last_s = std::max(mine->last_s, at_s);
  if (last_s == 0 || at_s / 86'400 <= last_s / 86'400) return std::nullopt;
  const auto log_gap = static_cast<float>(std::log(std::max(1.0, (at_s - last_s) / 86'400.0)));
  mine->log_gaps += log_gap;
  if (mine->gaps < UINT16_MAX) ++mine->gaps;
  return log_gap;
}

Subject Person::view(std::vector<std::uint32_t>& numbers) const {
  numbers.clear();
  for (const Membership& membership : segments)
    numbers.push_back(membership.segment);
  Subject subject;
  subject.id = id;
  subject.kind = kind;
  subject.identified = identified;
  subject.facts = &facts;
  subject.deeds = deeds;
  subject.forgotten_until_s = forgotten_until_s;
  subject.categories = categories;
  subject.brands = brands;
  subject.sizes = sizes;
  subject.sources = sources;
  subject.rebuys = rebuys;
  subject.attributes = attributes;
  subject.tags = tags;
  subject.segments = numbers;
  subject.account = account;
  subject.role = role;
  return subject;
}

void Person::encode(std::vector<std::uint32_t>& out) const {
  out.clear();
  put_text(id, out);
  out.push_back(static_cast<std::uint32_t>(kind) | (identified ? 256U : 0U));
  put_facts(facts, out);
  put_list(deeds, out);
  out.push_back(forgotten_until_s);
  for (const auto* likings : {&categories, &brands, &sizes, &sources})
    put_list(*likings, out);
  out.push_back(likings_at_s);
  put_list(attributes, out);
  put_list(tags, out);
  out.push_back(account);
  out.push_back(role);
  put_list(segments, out);
  out.push_back(due_s);
  out.push_back(session);
  put_list(looked, out);
  put_list(variants, out);
  out.push_back(static_cast<std::uint32_t>(merged.size()));
  for (const std::string& other : merged)
    put_text(other, out);
  put_list(exposures, out);
  put_list(rebuys, out);
  out.push_back(static_cast<std::uint32_t>(parts.size()));
  if (parts.empty()) return;
  for (const std::uint32_t word : std::bit_cast<std::array<std::uint32_t, kOwnWords>>(own))
    out.push_back(word);
  for (const JoinedPart& part : parts) {
    put_text(part.id, out);
    out.insert(out.end(), {part.slot, part.forgotten_until_s, part.likings_at_s, part.account});
    put_facts(part.facts, out);
    for (const auto* likings : {&part.categories, &part.brands, &part.sizes, &part.sources})
      put_list(*likings, out);
  }
}

bool Person::decode(std::span<const std::uint32_t> words) {
  Source source(words);
  source.text(id);
  const std::uint32_t flags = source.word();
  kind = static_cast<SubjectKind>(flags & 1U);
  identified = (flags & 256U) != 0;
  source.facts(facts);
  source.list(deeds);
  forgotten_until_s = source.word();
  for (auto* likings : {&categories, &brands, &sizes, &sources})
    source.list(*likings);
  likings_at_s = source.word();
  source.list(attributes);
  source.list(tags);
  account = source.word();
  role = source.word();
  source.list(segments);
  due_s = source.word();
  session = source.word();
  source.list(looked);
  source.list(variants);
  merged.resize(std::min<std::size_t>(source.word(), kMostMerged));
  for (std::string& other : merged)
    source.text(other);
  source.list(exposures);
  source.list(rebuys);
  parts.resize(std::min<std::size_t>(source.word(), kMostParts));
  own = {};
  if (parts.empty()) return source.done();
  std::array<std::uint32_t, kOwnWords> moments{};
  for (std::uint32_t& word : moments)
    word = source.word();
  own = std::bit_cast<OwnMoments>(moments);
  for (JoinedPart& part : parts) {
    source.text(part.id);
    for (auto* word : {&part.slot, &part.forgotten_until_s, &part.likings_at_s, &part.account})
      *word = source.word();
    source.facts(part.facts);
    for (auto* likings : {&part.categories, &part.brands, &part.sizes, &part.sources})
      source.list(*likings);
  }
  return source.done();
}

}  // namespace souk::segmentation
