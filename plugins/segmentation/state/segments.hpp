// The segments that there are: ready ones, the merchant's, in the order in which they can be
// decided.
#pragma once

#include <souk/result.hpp>
#include <souk/snapshot.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/segmentation/language/condition.hpp"
#include "plugins/segmentation/model/discovered.hpp"
#include "souk/segmentation/v1/settings.souk.hpp"

namespace souk::segmentation {

/// A segment as it is decided.
struct Segment {
  std::string id;
  std::string name;
  std::string description;
  SubjectKind of = SubjectKind::person;
  enum class Origin : std::uint8_t { ready, yours, discovered };
  Origin origin = Origin::ready;
  std::uint32_t number = 0;  ///< as memberships name it
  Condition condition;
};

/// Immutable once made; shared with those who answer.
class SegmentBook {
 public:
  /// Numbers of ids; they outlive changes of the settings.
  class Numbers {
   public:
    static constexpr std::uint32_t kMost = 10'000;
    /// The number of an id, a new one where needed.
    std::uint32_t number(std::string_view id);
    [[nodiscard]] std::optional<std::uint32_t> find(std::string_view id) const;
    [[nodiscard]] const std::string& id(std::uint32_t number) const { return ids_[number]; }
    [[nodiscard]] std::size_t size() const { return ids_.size(); }
    void save(souk::Writer& writer) const;
    void load(souk::Reader& reader);

   private:
    std::vector<std::string> ids_;
  };

  /// INVALID_ARGUMENT with the setting's path, the column and what is allowed: conditions that
  /// can't be read, segments that read each other in a circle. `groups`: discovered ones, which are
  /// segments beside the others; null: none.
  static Result<std::shared_ptr<const SegmentBook>> make(const v1::Settings& settings,
                                                         Numbers& numbers, const NameFinder& name,
                                                         const DiscoveredGroups* groups = nullptr);

  /// In the order in which they are to be decided: none reads a later one.
  [[nodiscard]] const std::vector<Segment>& decided() const { return segments_; }
  /// In the order in which they are listed: places in decided().
  [[nodiscard]] const std::vector<std::uint32_t>& listed() const { return listed_; }
  [[nodiscard]] const Segment* find(std::string_view id) const;
  [[nodiscard]] const Segment* numbered(std::uint32_t number) const;
  /// Places in decided() of those that a deed may change.
  [[nodiscard]] const std::vector<std::uint32_t>& read_by(Deed deed) const {
    return by_deed_[static_cast<std::size_t>(deed)];
  }

 private:
  std::vector<Segment> segments_;
  std::vector<std::uint32_t> listed_;
  std::vector<std::uint32_t> places_;  ///< by number: place in segments_ + 1
  std::array<std::vector<std::uint32_t>, kDeeds> by_deed_;
};

}  // namespace souk::segmentation
