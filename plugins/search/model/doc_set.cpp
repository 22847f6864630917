#include "plugins/search/model/doc_set.hpp"

#include <algorithm>

#if defined(__x86_64__)
#define SOUK_SEARCH_POPCNT __attribute__((target("popcnt")))
#else
#define SOUK_SEARCH_POPCNT
#endif

namespace souk::search {
namespace {

using Words = const std::uint64_t*;

// Counting bits is most of what facets do, and the baseline of x86-64 has no instruction for it:
// compiled twice, and the machine says once which one it can run. Four chains of sums, so that an
// addition does not wait for the one before it.
std::uint32_t common_portable(Words a, Words b, std::size_t n) {
  std::uint64_t sums[4] = {};
  for (std::size_t i = 0; i < n; ++i)
    sums[i & 3] += static_cast<std::uint64_t>(std::popcount(a[i] & b[i]));
  return static_cast<std::uint32_t>(sums[0] + sums[1] + sums[2] + sums[3]);
}
SOUK_SEARCH_POPCNT std::uint32_t common_popcnt(Words a, Words b, std::size_t n) {
  std::uint64_t sums[4] = {};
  std::size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    for (std::size_t lane = 0; lane < 4; ++lane)
      sums[lane] += static_cast<std::uint64_t>(__builtin_popcountll(a[i + lane] & b[i + lane]));
  }
  for (; i < n; ++i)
    sums[0] += static_cast<std::uint64_t>(__builtin_popcountll(a[i] & b[i]));
  return static_cast<std::uint32_t>(sums[0] + sums[1] + sums[2] + sums[3]);
}

bool has_popcnt() {
#if defined(__x86_64__)
  static const bool has = __builtin_cpu_supports("popcnt") != 0;
  return has;
#else
  return false;
#endif
}

}  // namespace

void DocSet::reset(std::uint32_t size, bool all) {
  size_ = size;
  words_.assign((std::size_t{size} + 63) / 64, all ? ~std::uint64_t{0} : 0);
  if (all && size % 64 != 0) words_.back() = (std::uint64_t{1} << (size % 64)) - 1;
}

std::uint32_t DocSet::count() const noexcept { return count_common(*this); }

bool DocSet::empty() const noexcept {
  return std::all_of(words_.begin(), words_.end(), [](std::uint64_t word) { return word == 0; });
}

DocSet& DocSet::operator&=(const DocSet& other) noexcept {
  for (std::size_t i = 0; i < words_.size(); ++i)
    words_[i] &= other.words_[i];
  return *this;
}

DocSet& DocSet::operator|=(const DocSet& other) noexcept {
  for (std::size_t i = 0; i < words_.size(); ++i)
    words_[i] |= other.words_[i];
  return *this;
}

DocSet& DocSet::subtract(const DocSet& other) noexcept {
  for (std::size_t i = 0; i < words_.size(); ++i)
    words_[i] &= ~other.words_[i];
  return *this;
}

DocSet& DocSet::complement() noexcept {
  for (std::uint64_t& word : words_)
    word = ~word;
  if (size_ % 64 != 0) words_.back() &= (std::uint64_t{1} << (size_ % 64)) - 1;
  return *this;
}

std::uint32_t DocSet::count_common(const DocSet& other) const noexcept {
  return has_popcnt() ? common_popcnt(words_.data(), other.words_.data(), words_.size())
                      : common_portable(words_.data(), other.words_.data(), words_.size());
}

bool DocSet::meets(const DocSet& other) const noexcept {
  for (std::size_t i = 0; i < words_.size(); ++i) {
    if ((words_[i] & other.words_[i]) != 0) return true;
  }
  return false;
}

}  // namespace souk::search
