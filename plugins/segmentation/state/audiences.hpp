// What ad networks may know people by: hashes of those who allowed it, and who is to be taken off
// audiences that were exported.
#pragma once

#include <souk/snapshot.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "plugins/segmentation/audience/identifiers.hpp"
#include "plugins/segmentation/state/cow_tree.hpp"

namespace souk::segmentation {

/// Who may be exported now. Only of people who allowed it and can be found by some network.
struct Exportable {
  struct Left {
    std::uint32_t segment = 0;
    std::uint32_t at_s = 0;
  };
  static constexpr std::size_t kMostLeft = 16;

  std::uint32_t since_s = 0;  ///< since when with these identifiers
  std::vector<Identifier> identifiers;
  std::vector<Left> left;              ///< segments left while exportable, oldest first
  std::uint32_t left_forgotten_s = 0;  ///< what was left until then is not known any more

  void encode(std::vector<std::uint32_t>& out) const;
  bool decode(std::span<const std::uint32_t> words);
};

/// Identifiers that were somebody's until a moment: the address changed, consent was withdrawn, the
/// person was erased or forgotten. They are kept for a while, without the person, because whoever
/// was told them must be told to remove them.
struct Gone {
  std::uint32_t at_s = 0;
  std::vector<Identifier> identifiers;
  std::vector<std::uint32_t> segments;  ///< in which the person was, or had been lately

  void encode(std::vector<std::uint32_t>& out) const;
  bool decode(std::span<const std::uint32_t> words);
};

/// One moment of it; any thread that holds it.
struct AudienceView {
  CowTree people;  ///< by person's number
  CowTree ended;   ///< by place, see first and last
  std::uint32_t first = 0;
  std::uint32_t last = 0;              ///< one after the newest
  std::uint32_t complete_since_s = 0;  ///< what ended before is not known any more

  bool read(std::uint32_t number, Exportable& out) const;
  /// False when `place` holds none.
  bool read_ended(std::uint32_t place, Gone& out) const;
};

/// One thread: the fold's.
class AudienceBook {
 public:
  static constexpr std::uint32_t kMostEnded = 1U << 17U;

  void set_kept(std::uint32_t seconds) { kept_s_ = seconds; }
  [[nodiscard]] std::uint32_t kept_s() const { return kept_s_; }

  [[nodiscard]] bool contains(std::uint32_t person) const {
    return !view_.people.find(person).empty();
  }
  /// From now on the person is known by these; empty: may not be exported (any more). `segments`:
  /// in which the person is.
  void set(std::uint32_t person, std::vector<Identifier> identifiers,
           std::span<const std::uint32_t> segments, std::uint32_t now_s);
  void left(std::uint32_t person, std::uint32_t segment, std::uint32_t now_s);
  /// Forgets what ended too long ago.
  void expire(std::uint32_t now_s);

  [[nodiscard]] std::uint32_t size() const { return people_; }
  [[nodiscard]] AudienceView share() const;

  /// `numbers`: all people's numbers are below.
  void save(souk::Writer& writer, std::uint32_t numbers) const;
  void load(souk::Reader& reader);

 private:
  void end(const Exportable& was, std::span<const std::uint32_t> segments, std::uint32_t now_s);
  void drop_oldest();

  AudienceView view_;
  std::uint32_t people_ = 0;
  std::uint32_t kept_s_ = 30 * 86'400;
  Exportable scratch_;
  std::vector<std::uint32_t> words_;
};

}  // namespace souk::segmentation
