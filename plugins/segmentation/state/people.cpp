#include "plugins/segmentation/state/people.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

namespace souk::segmentation {
namespace {

constexpr unsigned kBucketBits = 20;

struct Place {
  std::uint32_t bucket;
  std::uint32_t rest;
};

Place place_of(std::string_view id, SubjectKind kind) {
  const std::uint64_t hash =
      XXH3_64bits_withSeed(id.data(), id.size(), static_cast<std::uint64_t>(kind));
  return {static_cast<std::uint32_t>(hash >> (64 - kBucketBits)), static_cast<std::uint32_t>(hash)};
}

/// The id and kind at the head of a record, without reading the rest.
bool is(std::span<const std::uint32_t> words, std::string_view id, SubjectKind kind) {
  const std::size_t text_words = (id.size() + 3) / 4;
  if (words.size() < 2 + text_words || words[0] != id.size()) return false;
  const std::string_view found(reinterpret_cast<const char*>(words.data() + 1), id.size());
  return found == id && (words[1 + text_words] & 1U) == static_cast<std::uint32_t>(kind);
}

}  // namespace

std::optional<std::uint32_t> PeopleView::number_of(std::string_view id, SubjectKind kind) const {
  const Place place = place_of(id, kind);
  const auto entries = index.find(place.bucket);
  for (std::size_t i = 0; i + 1 < entries.size(); i += 2) {
    if (entries[i] == place.rest && is(people.find(entries[i + 1]), id, kind))
      return entries[i + 1];
  }
  return std::nullopt;
}

bool PeopleView::read(std::uint32_t number, Person& out) const {
  const auto words = people.find(number);
  return !words.empty() && out.decode(words);
}

bool PeopleView::read(std::string_view id, SubjectKind kind, Person& out) const {
  const auto number = number_of(id, kind);
  return number && read(*number, out);
}

void People::set_most(std::uint32_t most) {
  most_ = most;
  while (view_.size > most_ && oldest_ != kNone)
    forget(oldest_);
}

std::uint32_t People::find(std::string_view id, SubjectKind kind) const {
  return table_.find(place_of(id, kind).rest,
                     [&](std::uint32_t number) { return is(view_.people.find(number), id, kind); });
}

bool People::contains(std::string_view id, SubjectKind kind) const {
  return find(id, kind) != IdTable::kNone;
}

Person& People::open(std::string_view id, SubjectKind kind) {
  if (const std::uint32_t known = find(id, kind); known != IdTable::kNone) {
    opened_ = known;
    opened_new_ = false;
    view_.read(opened_, open_);
    return open_;
  }
  opened_new_ = true;
  if (view_.size >= most_ && oldest_ != kNone) forget(oldest_);
  if (free_.empty()) {
    opened_ = view_.numbers++;
    newer_.push_back(kNone);
    older_.push_back(kNone);
    due_.push_back(0);
  } else {
    opened_ = free_.back();
    free_.pop_back();
  }
  open_ = Person{};
  open_.id = id;
  open_.kind = kind;
  remember(opened_, id, kind);
  ++view_.size;
  ++sizes_[static_cast<std::size_t>(kind)];
  link(opened_);
  return open_;
}

Person* People::open(std::uint32_t number) {
  if (!view_.read(number, open_)) return nullptr;
  opened_ = number;
  opened_new_ = false;
  return &open_;
}

void People::commit(bool seen) {
  open_.encode(words_);
  view_.people.set(opened_, words_);
  if (seen && newest_ != opened_) {
    unlink(opened_);
    link(opened_);
  }
  if (open_.due_s != due_[opened_]) {
    due_[opened_] = open_.due_s;
    if (open_.due_s != 0) queue_.push({open_.due_s, opened_});
  }
}

bool People::remove(std::string_view id, SubjectKind kind) {
  const std::uint32_t known = find(id, kind);
  if (known == IdTable::kNone) return false;
  forget(known);
  --forgotten_;  // asked for, not for want of room
  return true;
}

void People::remember(std::uint32_t number, std::string_view id, SubjectKind kind) {
  const Place place = place_of(id, kind);
  const auto entries = view_.index.find(place.bucket);
  words_.assign(entries.begin(), entries.end());
  words_.push_back(place.rest);
  words_.push_back(number);
  view_.index.set(place.bucket, words_);
  table_.insert(place.rest, number);
}

void People::forget(std::uint32_t number) {
  if (!view_.read(number, other_)) return;
  if (leaving_) leaving_(number, other_);
  const Place place = place_of(other_.id, other_.kind);
  const auto entries = view_.index.find(place.bucket);
  words_.clear();
  for (std::size_t i = 0; i + 1 < entries.size(); i += 2) {
    if (entries[i + 1] == number) continue;
    words_.push_back(entries[i]);
    words_.push_back(entries[i + 1]);
  }
  view_.index.set(place.bucket, words_);
  table_.erase(place.rest, number);
  view_.people.set(number, {});
  unlink(number);
  due_[number] = 0;
  free_.push_back(number);
  --view_.size;
  --sizes_[static_cast<std::size_t>(other_.kind)];
  ++forgotten_;
}

void People::link(std::uint32_t number) {
  older_[number] = newest_;
  newer_[number] = kNone;
  if (newest_ != kNone) newer_[newest_] = number;
  newest_ = number;
  if (oldest_ == kNone) oldest_ = number;
}

void People::unlink(std::uint32_t number) {
  const std::uint32_t newer = newer_[number];
  const std::uint32_t older = older_[number];
  (newer == kNone ? newest_ : older_[newer]) = older;
  (older == kNone ? oldest_ : newer_[older]) = newer;
}

std::optional<std::uint32_t> People::take_due(std::uint32_t now_s) {
  while (!queue_.empty() && queue_.top().at_s <= now_s) {
    const Due due = queue_.top();
    queue_.pop();
    if (due_of(due.number) == due.at_s) return due.number;
  }
  return std::nullopt;
}

std::uint32_t People::next_due() {
  while (!queue_.empty() && due_of(queue_.top().number) != queue_.top().at_s)
    queue_.pop();
  return queue_.empty() ? 0 : queue_.top().at_s;
}

PeopleView People::share() const {
  return {view_.people.share(), view_.index.share(), view_.numbers, view_.size};
}

void People::save(souk::Writer& writer) const {
  writer.count(view_.numbers);
  writer.numbers(free_);
  writer.count(forgotten_);
  writer.count(view_.size);
  for (std::uint32_t number = oldest_; number != kNone; number = newer_[number]) {
    const auto words = view_.people.find(number);
    writer.count(number);
    writer.count(words.size());
    writer.raw({reinterpret_cast<const char*>(words.data()), words.size_bytes()});
  }
}

void People::load(souk::Reader& reader) {
  *this = People(std::move(leaving_), most_);
  view_.numbers = static_cast<std::uint32_t>(reader.count(CowTree::kMost));
  free_ = reader.numbers<std::uint32_t>(CowTree::kMost);
  forgotten_ = reader.count();
  newer_.assign(view_.numbers, kNone);
  older_.assign(view_.numbers, kNone);
  due_.assign(view_.numbers, 0);
  for (std::uint64_t left = reader.count(view_.numbers); left > 0 && reader.ok(); --left) {
    const auto number = static_cast<std::uint32_t>(reader.count(view_.numbers));
    const std::vector<std::uint32_t> words = reader.numbers<std::uint32_t>(1U << 20U);
    if (number >= view_.numbers || !open_.decode(words)) {
      return reader.fail("a person's record is malformed");
    }
    view_.people.set(number, words);
    opened_ = number;
    remember(number, open_.id, open_.kind);
    ++view_.size;
    ++sizes_[static_cast<std::size_t>(open_.kind)];
    link(number);
    due_[number] = open_.due_s;
    if (open_.due_s != 0) queue_.push({open_.due_s, number});
  }
}

}  // namespace souk::segmentation
