// All that is kept of one person or account, as the fold changes it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/segmentation/model/exposure.hpp"
#include "plugins/segmentation/model/subject.hpp"

namespace souk::segmentation {

/// Since when somebody is in a segment.
struct Membership {
  std::uint32_t segment = 0;  ///< its number
  std::uint32_t since_s = 0;
  friend bool operator==(const Membership&, const Membership&) = default;
};

/// What a visitor brought along on becoming part of a customer, so that it can be given back. Its
/// deeds lie among the person's, marked with its slot.
struct JoinedPart {
  std::string id;
  std::uint32_t slot = 0;  ///< 1 to Person::kMostParts
  std::uint32_t forgotten_until_s = 0;
  std::uint32_t likings_at_s = 0;
  NameId account = 0;
  Facts facts;
  std::vector<Liking> categories;
  std::vector<Liking> brands;
  std::vector<Liking> sizes;
  std::vector<Liking> sources;
  friend bool operator==(const JoinedPart&, const JoinedPart&) = default;
};

/// First and last moments of a person without the parts: they can't be subtracted.
struct OwnMoments {
  std::uint32_t first_seen_s = 0;
  std::uint32_t last_seen_s = 0;
  std::uint32_t first_order_s = 0;
  std::uint32_t last_order_s = 0;
  std::uint32_t last_open_s = 0;
  std::uint32_t next_charge_s = 0;
  std::uint32_t forgotten_until_s = 0;
  NameId account = 0;
  friend bool operator==(const OwnMoments&, const OwnMoments&) = default;
};

/// A plain value. Lists are bounded: the least of them gives way.
struct Person {
  static constexpr std::size_t kMostLikings = 12;
  static constexpr std::size_t kMostAttributes = 32;
  static constexpr std::size_t kMostTags = 16;
  static constexpr std::size_t kMostMerged = 16;
  static constexpr std::size_t kMostLooked = 8;
  static constexpr std::size_t kMostParts = 4;
  static constexpr std::size_t kMostExposures = 8;
  static constexpr std::size_t kMostRebuys = 8;

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
  std::vector<JoinedPart> parts;        ///< those of them that can be given back, oldest first
  OwnMoments own;                       ///< kept while there are parts
  std::vector<Exposure> exposures;      ///< experiments met, the last one last
  std::vector<Rebuy> rebuys;            ///< products bought, the last one last

  /// Shrinks likings to what they are worth at `now_s`, half as much after `half_life_s`.
  void age_likings(std::uint32_t now_s, std::uint32_t half_life_s);
  static void like(std::vector<Liking>& likings, NameId name, float weight);
  /// In order of time; beyond `most` the oldest gives way.
  void add(const DeedRecord& deed, std::size_t most);

  /// Keeps a meeting of an experiment, of which the first counts; beyond kMostExposures the oldest
  /// gives way. False when the experiment was met before.
  bool met(const Exposure& exposure);
  /// An order, or (`orders` 0 or -1) what was taken back of it, counts for experiments met within
  /// `window_s` before it.
  void ordered_after_meeting(std::uint32_t at_s, double amount, int orders, std::uint32_t window_s);

  /// Bought a product. The logarithm of the days since the last time; nothing the first time, on
  /// the same day and for an order that is told late. Beyond kMostRebuys that which was bought
  /// again least gives way, of several the oldest.
  std::optional<float> bought(NameId product, std::uint32_t at_s);

  /// Something was done, ordered, opened by the person itself.
  void seen_at(std::uint32_t at_s);
  void ordered_at(std::uint32_t at_s);
  void opened_at(std::uint32_t at_s);
  void charged_at(std::uint32_t next_s);
  void buys_for(NameId of);

  /// Adds up what another did; its deeds get the slot of a part, 0 for none. Likings of both must
  /// be of one moment, see age_likings().
  void add_up(const Person& other, std::size_t most_deeds, std::uint32_t slot = 0);
  /// Takes in a visitor, whose record is then nobody's. Beyond kMostParts the oldest part becomes
  /// the person's own for ever. Likings as for add_up().
  void take_in(const Person& visitor, std::size_t most_deeds);
  /// The other way round: the visitor as it was when it was taken in, with what is left of its
  /// likings; nothing when there is no such part.
  /// Orders within `window_s` after an experiment are counted anew for both.
  std::optional<Person> give_back(std::string_view visitor, std::uint32_t half_life_s,
                                  std::uint32_t window_s);

  /// What conditions read; valid until this changes. `segments` gets the segments' numbers.
  [[nodiscard]] Subject view(std::vector<std::uint32_t>& segments) const;

  /// As words, for CowTree and snapshots; out is overwritten.
  void encode(std::vector<std::uint32_t>& out) const;
  /// False when the words are none that encode() wrote.
  bool decode(std::span<const std::uint32_t> words);

  friend bool operator==(const Person&, const Person&) = default;
};

}  // namespace souk::segmentation
