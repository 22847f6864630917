#include "plugins/search/model/vocabulary.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <utility>

namespace souk::search {
namespace {

std::uint32_t hash_of(std::string_view word) {
  return static_cast<std::uint32_t>(XXH3_64bits(word.data(), word.size()));
}

}  // namespace

Vocabulary::Vocabulary() : begin_{0}, slots_(1024) {}

std::size_t Vocabulary::slot_of(std::string_view word, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].word != kNone &&
         (slots_[at].hash != hash || (*this)[slots_[at].word] != word)) {
    at = (at + 1) & mask;
  }
  return at;
}

std::uint32_t Vocabulary::find(std::string_view word) const {
  return slots_[slot_of(word, hash_of(word))].word;
}

std::uint32_t Vocabulary::intern(std::string_view word) {
  const std::uint32_t hash = hash_of(word);
  std::size_t at = slot_of(word, hash);
  if (slots_[at].word != kNone) {
    return slots_[at].word;
  }
  if (std::size_t{size()} * 2 + 2 > slots_.size()) {
    grow();
    at = slot_of(word, hash);
  }
  const std::uint32_t number = size();
  slots_[at] = {hash, number};
  text_.append(word);
  begin_.push_back(static_cast<std::uint32_t>(text_.size()));
  return number;
}

void Vocabulary::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.word == kNone) {
      continue;
    }
    std::size_t at = slot.hash & mask;
    while (slots_[at].word != kNone) {
      at = (at + 1) & mask;
    }
    slots_[at] = slot;
  }
}

}  // namespace souk::search
