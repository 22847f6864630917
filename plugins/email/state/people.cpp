#include "plugins/email/state/people.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <bit>

namespace souk::email {
namespace {

constexpr std::size_t kLongestContact = 2'000;

// 16: what an allocation costs beside its bytes.
std::size_t cost_of(std::size_t bytes) noexcept { return bytes == 0 ? 0 : bytes + 16; }

template <class T>
void save_list(souk::Writer& writer, const SmallList<T>& list) {
  writer.count(list.size());
  // Field by field where there is padding: bytes of a snapshot are a function of the state.
  writer.raw({reinterpret_cast<const char*>(list.begin()), list.size() * sizeof(T)});
}

template <class T>
void load_list(souk::Reader& reader, SmallList<T>& list, std::size_t most) {
  list.clear();
  const std::uint64_t count = reader.count(most);
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    std::array<char, sizeof(T)> bytes{};
    for (char& byte : bytes)
      byte = reader.number<char>();
    T value;
    std::memcpy(&value, bytes.data(), sizeof(T));
    list.push_back(value);
  }
}

static_assert(sizeof(Inside) == 20 && sizeof(CartLine) == 8 && sizeof(Interest) == 8 &&
              sizeof(Bought) == 8 && sizeof(Dated) == 12 && sizeof(Mark) == 16);

}  // namespace

bool ContactTexts::has(std::size_t which) const noexcept {
  return block_ && ((static_cast<unsigned char>(block_[0]) >> which) & 1U) != 0;
}

std::size_t ContactTexts::length(std::size_t place) const noexcept {
  std::uint16_t value = 0;
  std::memcpy(&value, block_.get() + 1 + 2 * place, sizeof value);
  return value;
}

std::size_t ContactTexts::begin_of(std::size_t which) const noexcept {
  const unsigned mask = static_cast<unsigned char>(block_[0]);
  std::size_t begin = 1 + 2 * static_cast<std::size_t>(std::popcount(mask));
  const auto before = static_cast<std::size_t>(std::popcount(mask & ((1U << which) - 1)));
  for (std::size_t place = 0; place < before; ++place)
    begin += length(place);
  return begin;
}

std::string_view ContactTexts::get(Contact which) const noexcept {
  const auto wanted = static_cast<std::size_t>(which);
  if (!has(wanted)) return {};
  const unsigned before = static_cast<unsigned char>(block_[0]) & ((1U << wanted) - 1);
  return {block_.get() + begin_of(wanted), length(static_cast<std::size_t>(std::popcount(before)))};
}

void ContactTexts::set(Contact which, std::string_view text) {
  // Without half a character at the end: what is not UTF-8 could not be put into a message.
  std::size_t end = std::min(text.size(), kLongestContact);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U)
    --end;
  text = text.substr(0, end);
  if (get(which) == text) return;
  std::array<std::string_view, kCount> all;
  std::size_t size = 1;
  unsigned mask = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    all[i] = i == static_cast<std::size_t>(which) ? text : get(static_cast<Contact>(i));
    if (all[i].empty()) continue;
    size += 2 + all[i].size();
    mask |= 1U << i;
  }
  if (mask == 0) return block_.reset();
  auto next = std::make_unique<char[]>(size);
  next[0] = static_cast<char>(mask);
  char* lengths = next.get() + 1;
  char* texts = lengths + 2 * static_cast<std::size_t>(std::popcount(mask));
  for (const std::string_view one : all) {
    if (one.empty()) continue;
    const auto length = static_cast<std::uint16_t>(one.size());
    std::memcpy(lengths, &length, sizeof length);
    std::memcpy(texts, one.data(), one.size());
    lengths += sizeof length;
    texts += one.size();
  }
  block_ = std::move(next);
}

std::size_t Rare::bytes() const noexcept {
  return sizeof(Rare) + cost_of(bought.bytes()) + cost_of(topics.bytes()) + cost_of(dates.bytes()) +
         cost_of(marks.bytes()) + (habits ? habits->bytes() : 0);
}

std::size_t Person::bytes() const noexcept {
  return sizeof(Person) + cost_of(texts.bytes()) + cost_of(cart.bytes()) +
         cost_of(interests.bytes()) + cost_of(sent_s.bytes()) + cost_of(inside.bytes()) +
         cost_of(entered.bytes()) + cost_of(segments.bytes()) +
         (rare_ ? cost_of(rare_->bytes()) : 0);
}

const Rare& Person::rare() const noexcept {
  static const Rare nothing;
  return rare_ ? *rare_ : nothing;
}

void Person::save(souk::Writer& writer, const Zones& zones) const {
  for (std::size_t i = 0; i < ContactTexts::kCount; ++i)
    writer.text(texts.get(static_cast<Contact>(i)));
  save_list(writer, cart);
  save_list(writer, interests);
  save_list(writer, rare().bought);
  save_list(writer, sent_s);
  save_list(writer, inside);
  writer.count(entered.size());
  for (const Entered& one : entered) {
    writer.number(one.flow);
    writer.number(one.at_s);
  }
  save_list(writer, segments);
  writer.count(rare().topics.size());
  for (const TopicWord& one : rare().topics) {
    writer.number(one.topic);
    writer.boolean(one.granted);
  }
  save_list(writer, rare().dates);
  save_list(writer, rare().marks);
  writer.number(cart_at_s);
  writer.number(last_seen_s);
  writer.number(last_order_s);
  writer.number(withdrawn_s);
  writer.boolean(zone != Zones::kUnknown);
  if (zone != Zones::kUnknown) writer.text(zones.name(zone));
  writer.number(spent);
  writer.number(orders);
  writer.number(serial);
  writer.number(email_word);
  writer.number(sms_word);
  writer.boolean(bounced);
  writer.boolean(complained);
  writer.boolean(habits() != nullptr);
  if (habits() != nullptr) habits()->save(writer);
}

void Person::load(souk::Reader& reader, Zones& zones) {
  for (std::size_t i = 0; i < ContactTexts::kCount; ++i)
    texts.set(static_cast<Contact>(i), reader.text(kLongestContact));
  load_list(reader, cart, People::kMostCart);
  load_list(reader, interests, People::kMostInterests);
  Rare read;
  load_list(reader, read.bought, People::kMostBought);
  load_list(reader, sent_s, 64);
  load_list(reader, inside, People::kMostInside);
  for (std::uint64_t left = reader.count(1'000); left > 0 && reader.ok(); --left) {
    Entered one{};
    one.flow = reader.number<std::uint16_t>();
    one.at_s = reader.number<std::uint32_t>();
    entered.push_back(one);
  }
  load_list(reader, segments, 10'000);
  for (std::uint64_t left = reader.count(10'000); left > 0 && reader.ok(); --left) {
    TopicWord one{};
    one.topic = reader.number<std::uint16_t>();
    one.granted = reader.boolean();
    read.topics.push_back(one);
  }
  load_list(reader, read.dates, People::kMostDates);
  load_list(reader, read.marks, People::kMostMarks);
  if (!read.bought.empty() || !read.topics.empty() || !read.dates.empty() || !read.marks.empty()) {
    own_rare() = std::move(read);
  }
  cart_at_s = reader.number<std::uint32_t>();
  last_seen_s = reader.number<std::uint32_t>();
  last_order_s = reader.number<std::uint32_t>();
  withdrawn_s = reader.number<std::uint32_t>();
  if (reader.boolean()) zone = zones.number(reader.text(64));
  spent = reader.number<float>();
  orders = reader.number<std::uint16_t>();
  serial = reader.number<std::uint16_t>();
  email_word = reader.number<Word>();
  sms_word = reader.number<Word>();
  bounced = reader.boolean();
  complained = reader.boolean();
  if (reader.boolean()) own_habits().load(reader);
}

std::size_t People::slot_of(std::string_view id) const noexcept {
  std::size_t slot = XXH3_64bits(id.data(), id.size()) & (slots_.size() - 1);
  while (slots_[slot] != kNobody && people_[slots_[slot]].id() != id)
    slot = (slot + 1) & (slots_.size() - 1);
  return slot;
}

PersonNumber People::find(std::string_view id) const noexcept {
  return id.empty() ? kNobody : slots_[slot_of(id)];
}

PersonNumber People::find_or_add(std::string_view id) {
  if (id.empty()) return kNobody;
  if (const PersonNumber found = slots_[slot_of(id)]; found != kNobody) return found;
  if (size_ >= most_ && !make_room()) {
    ++refused_;
    return kNobody;
  }
  if (size_ * 2 >= slots_.size()) grow();
  PersonNumber number = end();
  if (free_.empty()) {
    people_.emplace_back();
  } else {
    number = free_.back();
    free_.pop_back();
  }
  // The slot first: it compares ids of those who are there.
  const std::size_t slot = slot_of(id);
  people_[number].texts.set(Contact::id, id);
  slots_[slot] = number;
  ++size_;
  return number;
}

void People::remove(PersonNumber number) {
  std::size_t hole = slot_of(people_[number].id());
  // Whoever comes after in the same run moves up, so that no search ends at the hole.
  for (std::size_t next = hole;;) {
    next = (next + 1) & (slots_.size() - 1);
    if (slots_[next] == kNobody) break;
    const std::string_view id = people_[slots_[next]].id();
    const std::size_t home = XXH3_64bits(id.data(), id.size()) & (slots_.size() - 1);
    const bool between = hole <= next ? hole < home && home <= next : hole < home || home <= next;
    if (between) continue;
    slots_[hole] = slots_[next];
    hole = next;
  }
  slots_[hole] = kNobody;
  people_[number] = Person();
  free_.push_back(number);
  --size_;
}

void People::grow() {
  slots_.assign(slots_.size() * 2, kNobody);
  for (PersonNumber number = 0; number < end(); ++number) {
    if (people_[number].known()) slots_[slot_of(people_[number].id())] = number;
  }
}

bool People::make_room() {
  // A clock's hand: of the next few that may go, the one who was away longest.
  constexpr int kLook = 64;
  PersonNumber chosen = kNobody;
  for (int i = 0; i < kLook && end() > 0; ++i) {
    hand_ = hand_ + 1 < end() ? hand_ + 1 : 0;
    const Person& person = people_[hand_];
    if (!person.known() || person.has_address() || !person.inside.empty()) continue;
    if (chosen == kNobody || person.last_seen_s < people_[chosen].last_seen_s) chosen = hand_;
  }
  if (chosen == kNobody) return false;
  remove(chosen);
  ++forgotten_;
  return true;
}

std::size_t People::bytes() const noexcept {
  std::size_t sum = slots_.size() * sizeof(PersonNumber);
  for (const Person& person : people_)
    sum += person.bytes();
  return sum;
}

void People::save(souk::Writer& writer, const Zones& zones) const {
  writer.count(people_.size());
  for (const Person& person : people_) {
    writer.boolean(person.known());
    if (person.known()) person.save(writer, zones);
  }
  writer.numbers(free_);
  writer.count(forgotten_);
  writer.count(refused_);
  writer.number(hand_);
}

void People::load(souk::Reader& reader, Zones& zones) {
  people_.clear();
  size_ = 0;
  const std::uint64_t count = reader.count(100'000'000);
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    Person& person = people_.emplace_back();
    if (!reader.boolean()) continue;
    person.load(reader, zones);
    ++size_;
  }
  free_ = reader.numbers<PersonNumber>(100'000'000);
  forgotten_ = reader.count();
  refused_ = reader.count();
  hand_ = reader.number<PersonNumber>();
  std::size_t slots = 64;
  while (slots <= size_ * 2)
    slots *= 2;
  slots_.assign(slots / 2, kNobody);
  grow();
}

}  // namespace souk::email
