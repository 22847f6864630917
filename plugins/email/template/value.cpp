#include "plugins/email/template/value.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace souk::email {
namespace {

constexpr std::size_t kFirstChunk = std::size_t{16} << 10;
constexpr std::size_t kKeptBytes = std::size_t{256} << 10;

/// Positions of a map's members in the order of their hashes; it stands behind the members.
const std::uint32_t* member_index(std::span<const Member> members) noexcept {
  return reinterpret_cast<const std::uint32_t*>(members.data() + members.size());
}

/// Room for one more item in an array that grows within the arena; what it grew out of is lost
/// until the reset, at most as much again.
template <class T>
bool grow_in_arena(ValueArena& arena, T*& items, std::uint32_t size, std::uint32_t& capacity) {
  if (size < capacity) return true;
  const std::uint32_t wider = capacity == 0 ? 8 : capacity * 2;
  T* bigger = arena.allocate_array<T>(wider);
  if (bigger == nullptr) return false;
  if (size > 0) std::memcpy(static_cast<void*>(bigger), items, size * sizeof(T));
  items = bigger;
  capacity = wider;
  return true;
}

}  // namespace

void* ValueArena::allocate(std::size_t bytes, std::size_t alignment) {
  if (bytes > max_bytes_ - std::min(used_bytes_, max_bytes_)) {
    exhausted_ = true;
    return nullptr;
  }
  used_bytes_ += bytes;
  while (current_ < chunks_.size()) {
    const std::size_t start = (offset_ + alignment - 1) & ~(alignment - 1);
    if (start + bytes <= chunks_[current_].size) {
      offset_ = start + bytes;
      return chunks_[current_].bytes.get() + start;
    }
    ++current_;
    offset_ = 0;
  }
  const std::size_t last = chunks_.empty() ? kFirstChunk / 2 : chunks_.back().size;
  const std::size_t size = std::max(bytes, std::min(last * 2, kKeptBytes));
  chunks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
  current_ = chunks_.size() - 1;
  offset_ = bytes;
  return chunks_.back().bytes.get();
}

std::string_view ValueArena::copy(std::string_view text) {
  if (text.empty()) return {};
  char* to = static_cast<char*>(allocate(text.size(), 1));
  if (to == nullptr) return {};
  std::memcpy(to, text.data(), text.size());
  return {to, text.size()};
}

void ValueArena::reset() noexcept {
  std::size_t kept = 0;
  std::size_t bytes = 0;
  while (kept < chunks_.size() && bytes + chunks_[kept].size <= kKeptBytes)
    bytes += chunks_[kept++].size;
  chunks_.resize(kept);
  current_ = 0;
  offset_ = 0;
  used_bytes_ = 0;
  exhausted_ = false;
}

Value Value::boolean(bool value) noexcept {
  Value made;
  made.kind_ = Kind::boolean;
  made.integer_ = value ? 1 : 0;
  return made;
}

Value Value::integer(std::int64_t value) noexcept {
  Value made;
  made.kind_ = Kind::integer;
  made.integer_ = value;
  return made;
}

Value Value::number(double value) noexcept {
  Value made;
  made.kind_ = Kind::number;
  made.number_ = value;
  return made;
}

Value Value::text(std::string_view value) noexcept {
  Value made;
  made.kind_ = Kind::text;
  made.size_ = static_cast<std::uint32_t>(std::min<std::size_t>(value.size(), UINT32_MAX));
  made.text_ = value.data();
  return made;
}

Value Value::html(std::string_view value) noexcept {
  Value made = text(value);
  made.html_ = true;
  return made;
}

Value Value::list(std::span<const Value> items) noexcept {
  Value made;
  made.kind_ = Kind::list;
  made.size_ = static_cast<std::uint32_t>(items.size());
  made.items_ = items.data();
  return made;
}

Value Value::map(std::span<const Member> members) noexcept {
  Value made;
  made.kind_ = Kind::map;
  made.size_ = static_cast<std::uint32_t>(members.size());
  made.members_ = members.data();
  return made;
}

Value Value::range(std::int64_t first, std::uint32_t count) noexcept {
  Value made;
  made.kind_ = Kind::range;
  made.size_ = count;
  made.integer_ = first;
  return made;
}

bool Value::truthy() const noexcept {
  return kind_ != Kind::nil && (kind_ != Kind::boolean || integer_ != 0);
}

bool Value::empty() const noexcept {
  switch (kind_) {
    case Kind::nil:
      return true;
    case Kind::boolean:
    case Kind::integer:
    case Kind::number:
      return false;
    default:
      return size_ == 0;
  }
}

std::int64_t Value::as_integer() const noexcept {
  if (kind_ == Kind::integer) return integer_;
  // Above 2^63 the cast would be undefined.
  if (kind_ == Kind::number && std::fabs(number_) < 9.2e18)
    return static_cast<std::int64_t>(number_);
  return 0;
}

double Value::as_number() const noexcept {
  if (kind_ == Kind::integer) return static_cast<double>(integer_);
  return kind_ == Kind::number ? number_ : 0.0;
}

std::string_view Value::as_text() const noexcept {
  return kind_ == Kind::text ? std::string_view(text_, size_) : std::string_view();
}

Value Value::at(std::int64_t index) const noexcept {
  if (!is_list()) return {};
  if (index < 0) index += size_;
  if (index < 0 || index >= static_cast<std::int64_t>(size_)) return {};
  if (kind_ == Kind::range) return integer(integer_ + index);
  return items_[index];
}

std::span<const Value> Value::items() const noexcept {
  if (kind_ != Kind::list) return {};
  return {items_, size_};
}

std::span<const Member> Value::members() const noexcept {
  if (kind_ != Kind::map) return {};
  return {members_, size_};
}

Value Value::get(const Key& key) const noexcept {
  const std::span<const Member> all = members();
  const auto same = [&key](const Member& member) {
    return member.hash == key.hash && member.key() == key.text;
  };
  if (all.size() <= kIndexedMembers) {
    for (const Member& member : all)
      if (same(member)) return member.value;
    return {};
  }
  const std::uint32_t* index = member_index(all);
  const std::uint32_t* end = index + all.size();
  const std::uint32_t* at = std::lower_bound(
      index, end, key.hash,
      [&](std::uint32_t place, std::uint32_t hash) { return all[place].hash < hash; });
  for (; at != end && all[*at].hash == key.hash; ++at)
    if (same(all[*at])) return all[*at].value;
  return {};
}

MapBuilder& MapBuilder::set(const Key& key, Value value) {
  // Larger maps are rid of doubles in build(), or a set would cost a search through all.
  if (size_ <= Value::kIndexedMembers) {
    for (std::uint32_t i = 0; i < size_; ++i) {
      if (members_[i].hash != key.hash || members_[i].key() != key.text) continue;
      members_[i].value = value;
      return *this;
    }
  }
  const std::string_view name = arena_.copy(key.text);
  if (name.size() != key.text.size() || !grow_in_arena(arena_, members_, size_, capacity_))
    return *this;
  members_[size_++] = {name.data(), static_cast<std::uint32_t>(name.size()), key.hash, value};
  return *this;
}

MapBuilder& MapBuilder::set_text(const Key& key, std::string_view text) {
  return set(key, Value::text(arena_.copy(text)));
}

Value MapBuilder::build() {
  if (size_ <= Value::kIndexedMembers) return Value::map({members_, size_});
  auto* order = arena_.allocate_array<std::uint32_t>(size_);
  if (order == nullptr) return {};
  for (std::uint32_t i = 0; i < size_; ++i)
    order[i] = i;
  // Of equal keys the last one set comes first, and the others are dropped.
  std::sort(order, order + size_, [this](std::uint32_t a, std::uint32_t b) {
    if (members_[a].hash != members_[b].hash) return members_[a].hash < members_[b].hash;
    const int names = members_[a].key().compare(members_[b].key());
    return names != 0 ? names < 0 : a > b;
  });
  const auto same = [this](std::uint32_t a, std::uint32_t b) {
    return members_[a].hash == members_[b].hash && members_[a].key() == members_[b].key();
  };
  const auto count = static_cast<std::uint32_t>(std::unique(order, order + size_, same) - order);
  char* block = static_cast<char*>(
      arena_.allocate(count * (sizeof(Member) + sizeof(std::uint32_t)), alignof(Member)));
  if (block == nullptr) return {};
  auto* members = reinterpret_cast<Member*>(block);
  auto* index = reinterpret_cast<std::uint32_t*>(block + count * sizeof(Member));
  std::memcpy(index, order, count * sizeof(std::uint32_t));
  std::sort(order, order + count);  // back to the order of insertion
  for (std::uint32_t i = 0; i < count; ++i) {
    std::memcpy(static_cast<void*>(members + i), members_ + order[i], sizeof(Member));
  }
  if (count <= Value::kIndexedMembers) return Value::map({members, count});
  for (std::uint32_t i = 0; i < count; ++i)
    index[i] = static_cast<std::uint32_t>(std::lower_bound(order, order + count, index[i]) - order);
  return Value::map({members, count});
}

ListBuilder& ListBuilder::add(Value value) {
  if (grow_in_arena(arena_, items_, size_, capacity_)) items_[size_++] = value;
  return *this;
}

ListBuilder& ListBuilder::add_text(std::string_view text) {
  return add(Value::text(arena_.copy(text)));
}

}  // namespace souk::email
