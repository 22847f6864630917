#include "plugins/search/model/typos.hpp"

#include <algorithm>

#include "plugins/search/model/bit_count.hpp"
#include "plugins/search/model/character_fold.hpp"

namespace souk::search {
namespace {

/// A substitution changes two bits of the set of letters, an insertion one.
bool can_be_close(std::uint32_t word, std::uint32_t term, unsigned limit, bool prefix) {
  return prefix ? bits_in(word & ~term) <= static_cast<int>(limit)
                : bits_in(word ^ term) <= static_cast<int>(2 * limit);
}

struct Scan {
  const TextIndex::Data& data;
  const Letters& word;
  std::uint32_t letters;
  bool prefix;
  std::vector<TypoCandidate>& out;

  void bucket(unsigned first, std::size_t length, unsigned limit, bool other_first) {
    const std::size_t n = first * TextIndex::Data::kTypoLengths + length;
    Letters term;
    for (std::uint32_t i = data.typo_begin[n]; i < data.typo_begin[n + 1]; ++i) {
      const TypoEntry& entry = data.typos[i];
      if (!can_be_close(letters, entry.letters, other_first ? limit - 1 : limit, prefix) ||
          !read_letters(data.term(entry.term), term)) {
        continue;
      }
      const unsigned cost = typo_distance(word, term, limit, prefix);
      if (cost > 0 && cost <= limit) {
        out.push_back({entry.term, static_cast<std::uint8_t>(cost)});
      }
    }
  }

  void first_letter(unsigned first, unsigned limit, bool other_first) {
    const unsigned reach = other_first ? limit - 1 : limit;
    const std::size_t low = std::max<std::size_t>(word.size > reach ? word.size - reach : 0U,
                                                  TextIndex::Data::kMinTypoLength);
    const std::size_t high =
        prefix ? kMaxTypoLetters : std::min<std::size_t>(word.size + reach, kMaxTypoLetters);
    for (std::size_t length = low; length <= high; ++length) {
      bucket(first, length, limit, other_first);
    }
  }
};

}  // namespace

bool read_letters(std::string_view word, Letters& out) {
  out.size = 0;
  for (std::size_t at = 0; at < word.size();) {
    if (out.size == kMaxTypoLetters) {
      return false;
    }
    const auto byte = static_cast<unsigned char>(word[at]);
    if (byte < 0x80) {
      out.at[out.size++] = byte;
      ++at;
    } else {
      out.at[out.size++] = decode_utf8(word, at);
    }
  }
  return true;
}

unsigned typo_distance(const Letters& a, const Letters& b, unsigned limit, bool prefix) {
  const unsigned m = a.size;
  const unsigned n = b.size;
  if (m > n + limit || (!prefix && n > m + limit)) {
    return limit + 1;
  }
  // Three rows of the table d[i][j], the distance of the first i letters of a to the first j of b.
  unsigned char rows[3][kMaxTypoLetters + 1];
  for (unsigned j = 0; j <= n; ++j) {
    rows[0][j] = static_cast<unsigned char>(j);
  }
  unsigned char* before = rows[2];
  unsigned char* last = rows[0];
  unsigned char* row = rows[1];
  for (unsigned i = 1; i <= m; ++i) {
    row[0] = static_cast<unsigned char>(i);
    unsigned smallest = i;
    for (unsigned j = 1; j <= n; ++j) {
      const bool same = a.at[i - 1] == b.at[j - 1];
      unsigned d = std::min(std::min(last[j], row[j - 1]) + 1U, last[j - 1] + (same ? 0U : 1U));
      if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] && a.at[i - 2] == b.at[j - 1]) {
        d = std::min(d, before[j - 2] + 1U);
      }
      row[j] = static_cast<unsigned char>(d);
      smallest = std::min(smallest, d);
    }
    // A transposition may still come from two rows above, so one row over the limit is not the end.
    if (smallest > limit + 1) {
      return limit + 1;
    }
    unsigned char* const next = before;
    before = last;
    last = row;
    row = next;
  }
  unsigned distance = last[n];
  if (prefix) {
    distance = *std::min_element(last, last + n + 1);
  }
  const bool first_differs = m > 0 && n > 0 && a.at[0] != b.at[0];
  return std::min(distance + (first_differs ? 1U : 0U), limit + 1);
}

void find_typos(const TextIndex::Data& data, const Letters& word, unsigned limit, bool prefix,
                std::vector<TypoCandidate>& out) {
  if (word.size == 0 || limit == 0) {
    return;
  }
  char first[4];
  encode_utf8(word.at[0], first);
  const auto byte = static_cast<unsigned char>(first[0]);
  std::uint32_t letters = 0;
  for (unsigned i = 0; i < word.size; ++i) {
    char bytes[4];
    letters |= letters_of({bytes, encode_utf8(word.at[i], bytes)});
  }
  // A letter of two bytes is up to four bits: these sets can't tell, the distance decides.
  const bool ascii = std::all_of(word.at, word.at + word.size, [](char32_t c) { return c < 0x80; });
  Scan scan{data, word, prefix && !ascii ? 0U : letters, prefix, out};
  scan.first_letter(byte, limit, false);
  if (limit < 2) {
    return;
  }
  for (unsigned other = 0; other < 256; ++other) {
    if (other != byte) {
      scan.first_letter(other, limit, true);
    }
  }
}

}  // namespace souk::search
