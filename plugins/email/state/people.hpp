// What is known of each shopper for deciding about messages, in less than 300 bytes for somebody in
// a flow with an address, a cart and consent. Written by the fold alone.
#pragma once

#include <souk/snapshot.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/email/model/zones.hpp"
#include "plugins/email/state/habits.hpp"
#include "plugins/email/state/small_list.hpp"

namespace souk::email {

using PersonNumber = std::uint32_t;
inline constexpr PersonNumber kNobody = UINT32_MAX;

struct CartLine {
  std::uint32_t product;
  float quantity;
};
/// A product that was looked at, wished for or put into the cart.
struct Interest {
  std::uint32_t product;
  std::uint32_t at_s;
};
struct Bought {
  std::uint32_t product;
  std::uint32_t at_s;
};
/// Somebody's place in a flow. `due_s` is when the next step happens or a wait is over.
struct Inside {
  std::uint16_t version;  ///< number of a FlowVersion
  std::uint16_t at;       ///< instruction
  std::uint32_t entered_s;
  std::uint32_t due_s;
  std::uint32_t subject;       ///< the product that brought the person in, or kNoProduct
  std::uint8_t message_state;  ///< kOpened | kClicked of the newest message of the flow, kTimed
  std::uint8_t deferred;       ///< times that the message of this step was put off
  std::uint16_t serial;        ///< tells two stays in one flow apart
};
inline constexpr std::uint8_t kOpened = 1;
inline constexpr std::uint8_t kClicked = 2;
inline constexpr std::uint8_t kTimed = 4;  ///< the moment of the message of this step is chosen
/// When a flow that was left had been entered, for re-entry.
struct Entered {
  std::uint16_t flow;
  std::uint32_t at_s;
};
/// What was said of one topic.
struct TopicWord {
  std::uint16_t topic;
  bool granted;
};

/// A date of the person that comes back every year, and when it next brings them into a flow.
struct Dated {
  std::uint32_t due_s;  ///< 0 where `flow` is none
  std::uint16_t name;   ///< of the attribute
  std::uint16_t flow;   ///< kNoFlow: the date itself
  std::uint8_t month;
  std::uint8_t day;
  std::uint16_t zero;  ///< no padding: bytes go into snapshots
};
/// What is measured of the person in one flow.
struct Mark {
  enum Kind : std::uint8_t { clicked, treated, held_out };
  std::uint16_t flow;
  std::uint8_t kind;
  std::uint8_t bought;    ///< within the horizon
  std::uint32_t at_s;     ///< the click, or when the first message was due
  float revenue;          ///< since then
  std::uint16_t variant;  ///< name of the variant that was clicked, or 0xffff
  std::uint16_t zero;
};

enum class Contact : std::uint8_t { id, email, phone, name, locale, country };

/// Texts of a person, in one piece of memory.
class ContactTexts {
 public:
  static constexpr std::size_t kCount = 6;
  [[nodiscard]] std::string_view get(Contact which) const noexcept;
  void set(Contact which, std::string_view text);
  [[nodiscard]] std::size_t bytes() const noexcept { return block_ ? begin_of(kCount) : 0; }

 private:
  [[nodiscard]] bool has(std::size_t which) const noexcept;
  /// Where the text, or what follows all of them, begins in the block.
  [[nodiscard]] std::size_t begin_of(std::size_t which) const noexcept;
  [[nodiscard]] std::size_t length(std::size_t place) const noexcept;

  /// A bit for each text that is there, their lengths of 16 bits, the texts: most people are an id
  /// and nothing else.
  std::unique_ptr<char[]> block_;
};

/// What was said of a channel as a whole.
enum class Word : std::uint8_t { none, granted, pending, withdrawn };

/// What most people have nothing of.
struct Rare {
  SmallList<Bought> bought;
  SmallList<TopicWord> topics;
  SmallList<Dated> dates;
  SmallList<Mark> marks;
  std::unique_ptr<Habits> habits;  ///< null while nothing of it is known

  [[nodiscard]] std::size_t bytes() const noexcept;
};

struct Person {
  ContactTexts texts;
  SmallList<CartLine> cart;
  SmallList<Interest> interests;    ///< oldest first
  SmallList<std::uint32_t> sent_s;  ///< marketing messages, oldest first
  SmallList<Inside> inside;
  SmallList<Entered> entered;
  SmallList<std::uint16_t> segments;
  std::uint32_t cart_at_s = 0;
  std::uint32_t last_seen_s = 0;
  std::uint32_t last_order_s = 0;
  std::uint32_t withdrawn_s = 0;  ///< when consent was taken back; older grants do not undo it
  float spent = 0;
  std::uint16_t orders = 0;
  Zones::Number zone = Zones::kUnknown;
  std::uint16_t serial = 0;  ///< of the newest stay in a flow
  Word email_word = Word::none;
  Word sms_word = Word::none;
  bool bounced = false;     ///< the address does not work
  bool complained = false;  ///< messages were called spam

  [[nodiscard]] std::string_view id() const noexcept { return texts.get(Contact::id); }
  [[nodiscard]] bool known() const noexcept { return !id().empty(); }
  [[nodiscard]] bool has_address() const noexcept {
    return !texts.get(Contact::email).empty() || !texts.get(Contact::phone).empty();
  }
  [[nodiscard]] std::size_t bytes() const noexcept;
  [[nodiscard]] const Rare& rare() const noexcept;
  /// Of somebody who has nothing of it yet, too.
  Rare& own_rare() {
    if (!rare_) rare_ = std::make_unique<Rare>();
    return *rare_;
  }
  template <class T, class Predicate>
  void erase_rare_if(SmallList<T> Rare::*list, Predicate&& predicate) {
    if (rare_) ((*rare_).*list).erase_if(predicate);
  }
  [[nodiscard]] const Habits* habits() const noexcept { return rare().habits.get(); }
  Habits& own_habits() {
    Rare& own = own_rare();
    if (!own.habits) own.habits = std::make_unique<Habits>();
    return *own.habits;
  }
  void save(souk::Writer& writer, const Zones& zones) const;
  void load(souk::Reader& reader, Zones& zones);

 private:
  std::unique_ptr<Rare> rare_;
};

/// People by number and by id. Not thread-safe.
class People {
 public:
  static constexpr std::size_t kMostCart = 50;
  static constexpr std::size_t kMostInterests = 16;
  static constexpr std::size_t kMostBought = 32;
  static constexpr std::size_t kMostInside = 32;
  static constexpr std::size_t kMostDates = 64;
  static constexpr std::size_t kMostMarks = 64;

  People() { slots_.assign(64, kNobody); }

  void set_most(std::size_t most) noexcept { most_ = most; }
  /// kNobody when there is none.
  [[nodiscard]] PersonNumber find(std::string_view id) const noexcept;
  /// Makes one when there is none; then somebody without address and outside of flows may give
  /// way, and if nobody can, kNobody comes back.
  PersonNumber find_or_add(std::string_view id);
  [[nodiscard]] Person& at(PersonNumber number) noexcept { return people_[number]; }
  [[nodiscard]] const Person& at(PersonNumber number) const noexcept { return people_[number]; }
  void remove(PersonNumber number);

  /// Numbers below this may be people; check known().
  [[nodiscard]] PersonNumber end() const noexcept {
    return static_cast<PersonNumber>(people_.size());
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint64_t forgotten() const noexcept { return forgotten_; }
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }
  [[nodiscard]] std::size_t bytes() const noexcept;

  void save(souk::Writer& writer, const Zones& zones) const;
  void load(souk::Reader& reader, Zones& zones);

 private:
  [[nodiscard]] std::size_t slot_of(std::string_view id) const noexcept;
  void grow();
  bool make_room();

  std::deque<Person> people_;
  std::vector<PersonNumber> slots_;  ///< open addressing by hash of the id
  std::vector<PersonNumber> free_;
  std::size_t size_ = 0;
  std::size_t most_ = 1'000'000;
  std::uint64_t forgotten_ = 0;
  std::uint64_t refused_ = 0;
  PersonNumber hand_ = 0;  ///< where the search for room goes on
};

}  // namespace souk::email
