// All that is kept of one person or account, as the fold changes it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "plugins/segmentation/model/subject.hpp"

namespace souk::segmentation {

/// Since when somebody is in a segment.
struct Membership {
  std::uint32_t segment = 0;  ///< its number
  std::uint32_t since_s = 0;
  friend bool operator==(const Membership&, const Membership&) = default;
};

/// A plain value. Lists are bounded: the least of them gives way.
struct Person {
  static constexpr std::size_t kMostLikings = 12;
  static constexpr std::size_t kMostAttributes = 32;
  static constexpr std::size_t kMostTags = 16;
  static constexpr std::size_t kMostMerged = 16;
  static constexpr std::size_t kMostLooked = 8;

  std::string id;
  SubjectKind kind = SubjectKind::person;
  bool identified = false;
  Facts facts;
  std::vector<DeedRecord> deeds;  ///< in order of time
  std::uint32_t forgotten_until_s = 0;
  std::vector<Liking> categories;  ///< heaviest first
  std::vector<Liking> brands;
  std::vector<Liking> sizes;
  std::vector<Liking> sources;
  std::uint32_t likings_at_s = 0;  ///< the moment for which their weights are
  std::vector<Attribute> attributes;
  std::vector<NameId> tags;
  NameId account = 0;
  NameId role = 0;
  std::vector<Membership> segments;     ///< by number, rising
  std::uint32_t due_s = 0;              ///< when time alone may change a membership; 0: never
  std::uint32_t session = 0;            ///< key of the visit that goes on
  std::vector<NameId> looked;           ///< products looked at lately and
  std::vector<std::uint32_t> variants;  ///< keys of their variants, one each
  std::vector<std::string> merged;      ///< ids that were taken in, oldest first

  /// Shrinks likings to what they are worth at `now_s`, half as much after `half_life_s`.
  void age_likings(std::uint32_t now_s, std::uint32_t half_life_s);
  static void like(std::vector<Liking>& likings, NameId name, float weight);
  /// In order of time; beyond `most` the oldest gives way.
  void add(const DeedRecord& deed, std::size_t most);

  /// What conditions read; valid until this changes. `segments` gets the segments' numbers.
  [[nodiscard]] Subject view(std::vector<std::uint32_t>& segments) const;

  /// As words, for CowTree and snapshots; out is overwritten.
  void encode(std::vector<std::uint32_t>& out) const;
  /// False when the words are none that encode() wrote.
  bool decode(std::span<const std::uint32_t> words);

  friend bool operator==(const Person&, const Person&) = default;
};

}  // namespace souk::segmentation
