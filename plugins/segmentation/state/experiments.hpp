// Experiments that shoppers met: which there are, and how many met each variant. Who met what, and
// what came of it, stands with the people.
#pragma once

#include <souk/snapshot.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/segmentation/model/deeds.hpp"

namespace souk::segmentation {

/// A variant of an experiment and how many people met it first.
struct MetVariant {
  NameId name = 0;
  std::uint64_t people = 0;
};

struct MetExperiment {
  NameId id = 0;
  std::uint32_t first_s = 0;
  std::uint32_t last_s = 0;
  std::vector<MetVariant> variants;  ///< in order of first meeting
};

/// At most kMost experiments with eight variants each; beyond that whose last new meeting is oldest
/// gives way, and further variants are counted and not kept. One thread, the fold's; what share()
/// gave on any.
class ExperimentBook {
 public:
  static constexpr std::size_t kMost = 256;
  static constexpr std::size_t kMostVariants = 8;
  using View = std::shared_ptr<const std::vector<MetExperiment>>;

  /// Whether there is room for the variant. Makes the experiment known.
  bool knows(NameId id, NameId variant, std::uint32_t at_s);
  /// Somebody met a variant that knows() said yes to, for the first time.
  void met(NameId id, NameId variant);

  [[nodiscard]] View share();
  [[nodiscard]] std::size_t size() const { return all_.size(); }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  [[nodiscard]] MetExperiment* find(NameId id);

  std::vector<MetExperiment> all_;  ///< in order of first meeting
  std::uint64_t dropped_ = 0;
  View shared_;
};

}  // namespace souk::segmentation
