// The flows, their versions with people inside, and their figures.
#pragma once

#include <souk/snapshot.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/email/model/flow.hpp"

namespace souk::email {

inline constexpr std::uint16_t kNoFlow = 0xffff;

struct FlowFigures {
  std::uint64_t entered = 0, completed = 0, goals = 0, exited = 0, decided = 0, sent = 0,
                opened = 0, clicked = 0, bounced = 0, unsubscribed = 0, complained = 0;
  std::map<std::string, std::uint64_t, std::less<>> suppressed;
};

/// One definition of a flow, for as long as it is the newest or somebody is inside.
struct FlowVersion {
  std::shared_ptr<const Flow> flow;  ///< null when nobody needs it any more
  std::uint16_t flow_number = kNoFlow;
  std::uint32_t version = 1;
  std::uint64_t inside = 0;
};

struct FlowState {
  std::string id;
  std::uint16_t current = kNoFlow;  ///< number of a FlowVersion; kNoFlow: switched off
  std::uint32_t versions = 0;
  bool ready = false;
  FlowFigures figures;
};

/// Not thread-safe.
class FlowBook {
 public:
  /// Makes these the flows that people enter. Definitions that are the same keep their version.
  void install(const std::vector<std::shared_ptr<const Flow>>& flows);

  [[nodiscard]] const std::vector<FlowState>& flows() const noexcept { return flows_; }
  [[nodiscard]] FlowState& flow(std::uint16_t number) { return flows_[number]; }
  [[nodiscard]] const FlowVersion& version(std::uint16_t number) const { return versions_[number]; }
  /// kNoFlow when there is none of this id.
  [[nodiscard]] std::uint16_t find(std::string_view id) const;
  /// The figures of a flow; those of nobody for an unknown one.
  FlowFigures& figures(std::string_view id);
  void enter(std::uint16_t version) { ++versions_[version].inside; }
  void leave(std::uint16_t version);
  [[nodiscard]] std::uint64_t inside(std::uint16_t flow) const;
  [[nodiscard]] bool valid(std::uint16_t version) const noexcept {
    return version < versions_.size() && versions_[version].flow != nullptr;
  }

  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  void release(std::uint16_t version);

  std::vector<FlowState> flows_;
  std::vector<FlowVersion> versions_;
  FlowFigures nobody_;
};

}  // namespace souk::email
