// Everybody who is remembered, by id and by number.
#pragma once

#include <souk/snapshot.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/segmentation/state/cow_tree.hpp"
#include "plugins/segmentation/state/id_table.hpp"
#include "plugins/segmentation/state/person.hpp"

namespace souk::segmentation {

/// One moment of everybody; any thread that holds it.
struct PeopleView {
  CowTree people;
  CowTree index;
  std::uint32_t numbers = 0;  ///< all numbers in use are below this
  std::uint32_t size = 0;

  /// The number of an id; nothing when it is not known.
  [[nodiscard]] std::optional<std::uint32_t> number_of(std::string_view id, SubjectKind kind) const;
  /// False when there is nobody of this number.
  bool read(std::uint32_t number, Person& out) const;
  bool read(std::string_view id, SubjectKind kind, Person& out) const;
};

/// At most `most` people and accounts; beyond that who was away longest is forgotten, and counted.
/// One thread: the fold's.
class People {
 public:
  /// Told of everybody who goes, by their number, before they have gone: erased, joined with
  /// somebody, or for want of room.
  using Leaving = std::function<void(std::uint32_t number, const Person& person)>;

  explicit People(Leaving leaving = {}, std::uint32_t most = 1'000'000)
      : leaving_(std::move(leaving)), most_(most) {}
  void set_most(std::uint32_t most);

  /// The record of an id, new when it is not known, to be changed and then committed; one at a
  /// time.
  Person& open(std::string_view id, SubjectKind kind);
  /// The record of a number that is in use; null when it is not.
  Person* open(std::uint32_t number);
  /// Whether open() of an id made the record that is open.
  [[nodiscard]] bool opened_new() const { return opened_new_; }
  /// The number of the open record.
  [[nodiscard]] std::uint32_t opened() const { return opened_; }
  /// Keeps the open record. `seen`: whether somebody was here, rather than time having passed.
  void commit(bool seen = true);
  [[nodiscard]] bool contains(std::string_view id, SubjectKind kind) const;
  bool remove(std::string_view id, SubjectKind kind);

  /// Who is due by `now_s`, earliest first; nothing when nobody is.
  [[nodiscard]] std::optional<std::uint32_t> take_due(std::uint32_t now_s);
  /// When the next one is due; 0: never.
  [[nodiscard]] std::uint32_t next_due();

  [[nodiscard]] PeopleView share() const;
  [[nodiscard]] std::uint32_t size() const { return view_.size; }
  [[nodiscard]] std::uint32_t size(SubjectKind kind) const {
    return sizes_[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] std::uint32_t numbers() const { return view_.numbers; }
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Due {
    std::uint32_t at_s;
    std::uint32_t number;
    bool operator>(const Due& other) const {
      return at_s != other.at_s ? at_s > other.at_s : number > other.number;
    }
  };

  [[nodiscard]] std::uint32_t find(std::string_view id, SubjectKind kind) const;
  void link(std::uint32_t number);
  void unlink(std::uint32_t number);
  void remember(std::uint32_t number, std::string_view id, SubjectKind kind);
  void forget(std::uint32_t number);
  [[nodiscard]] std::uint32_t due_of(std::uint32_t number) const { return due_[number]; }

  Leaving leaving_;
  PeopleView view_;
  IdTable table_;
  std::array<std::uint32_t, 2> sizes_{};  ///< by kind
  std::uint32_t most_;
  Person open_;
  Person other_;  ///< scratch
  std::uint32_t opened_ = kNone;
  bool opened_new_ = false;
  std::vector<std::uint32_t> words_;
  // By number; who was seen last is newest_.
  std::vector<std::uint32_t> newer_, older_, due_;
  std::uint32_t newest_ = kNone, oldest_ = kNone;
  std::vector<std::uint32_t> free_;  ///< numbers to be used again, last first
  std::priority_queue<Due, std::vector<Due>, std::greater<>> queue_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace souk::segmentation
