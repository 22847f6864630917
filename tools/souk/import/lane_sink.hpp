// LaneSink: gives events their ids, gathers them in batches and puts these on the sender's lanes.
// All events of one visit, person or entity take one lane, so that they stay in order.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/souk/import/event_sink.hpp"
#include "tools/souk/import/reject_file.hpp"
#include "tools/souk/import/sender.hpp"

namespace souk::cli {

class LaneSink final : public EventSink {
 public:
  /// `salt` keeps the ids of different imports of the same lines apart.
  LaneSink(Sender& sender, RejectFile& rejects, std::size_t batch, std::string salt);

  void event(souk::v1::Event&& event, std::uint64_t line) override;
  void reject(std::uint64_t line, std::string_view reason, std::string_view text) override;
  void note(std::string_view what, std::uint64_t count) override;
  void barrier() override;

  /// An event as wire bytes that has an id already; `lane_key` decides its lane.
  void wire(std::string_view event, std::string_view lane_key, std::uint64_t line);
  /// The id of an event with this content.
  [[nodiscard]] std::string id_of(std::string_view content) const;
  /// Sends what has been gathered and waits until all is answered.
  Status finish();
  /// Events handed over so far.
  [[nodiscard]] std::uint64_t events() const noexcept { return events_; }
  /// False when sending has failed: what follows goes nowhere.
  [[nodiscard]] bool alive() const noexcept { return alive_; }
  [[nodiscard]] const std::map<std::string, std::uint64_t>& notes() const noexcept {
    return notes_;
  }

 private:
  void flush(std::size_t lane);

  Sender& sender_;
  RejectFile& rejects_;
  const std::size_t batch_;
  const std::string salt_;
  std::vector<EventBatch> gathered_;  // by lane
  std::string bytes_;
  std::map<std::string, std::uint64_t> notes_;
  std::uint64_t events_ = 0;
  bool alive_ = true;
};

}  // namespace souk::cli
