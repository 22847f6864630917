// The shop simulator: a believable shop's life as a stream of events, reproducible to the byte.
//
//   SimulationSettings settings;                 // seed, products, shoppers, days, start_us
//   auto simulation = Simulation::create(settings);
//   if (!simulation) return simulation.status();
//   (*simulation)->run_days(settings.days, [](std::string_view line) { … });
//
// Events leave in time order, one line of JSON each. The first are the catalog, stock, customers,
// accounts and price lists, all at the start time. Memory is bounded by people and products (and
// the orders of the last three weeks), not by the length of the run.
//
// For a live demonstration: skip_to_day(90) lives ninety days without writing a line (in half the
// time), then run_until(now) as the clock goes on. What comes out is what one long run would have
// written: the events of a day do not depend on how the run was cut. After the planned days people
// who left are replaced by new ones, so a run can go on for ever.
//
// Not thread-safe: one owner.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "souk/result.hpp"
#include "tools/simulate/event_writer.hpp"
#include "tools/simulate/settings.hpp"

namespace souk::simulate {

class TruthSink;
class Subscriptions;
class Accounts;
struct Shop;

/// Called about once a simulated day: days lived in this call, days asked for, events written so
/// far.
using ProgressCallback = std::function<void(int done_days, int all_days, std::uint64_t events)>;

class Simulation {
 public:
  /// Builds catalog and people. INVALID_ARGUMENT as check(settings).
  [[nodiscard]] static Result<std::unique_ptr<Simulation>> create(
      const SimulationSettings& settings);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  /// Lives `days` more whole days and hands every event to `sink`.
  void run_days(int days, const EventSink& sink, const ProgressCallback& progress = {});
  /// Lives until all events before `until_us` are out (until_us itself excluded). Answers how many.
  std::uint64_t run_until(std::int64_t until_us, const EventSink& sink);
  /// Lives up to the start of `day` (0: the first) without writing. Does nothing when that is past.
  void skip_to_day(int day, const ProgressCallback& progress = {});

  /// Whole days that are over.
  [[nodiscard]] int days_done() const noexcept;
  [[nodiscard]] std::int64_t now_us() const noexcept { return now_us_; }
  /// Time of the next event or hidden happening: when to call run_until() again.
  [[nodiscard]] std::int64_t next_us() const noexcept;
  [[nodiscard]] std::uint64_t events() const noexcept;

  /// Receives the growing part of the ground truth, also while skipping. Must outlive the runs. Set
  /// it before the first event, or the truth lacks its beginning.
  void set_truth(TruthSink* truth) noexcept;
  /// Tells the truth sink the demand of the day that is under way; call once, at the very end.
  void flush_truth();

  /// The latent state, for the ground truth and for tests.
  [[nodiscard]] const Shop& shop() const noexcept;
  [[nodiscard]] const Subscriptions& subscriptions() const noexcept;
  [[nodiscard]] const Accounts& accounts() const noexcept;

 private:
  struct Parts;
  explicit Simulation(const SimulationSettings& settings);
  void live(std::int64_t until_us, const EventSink* sink, const ProgressCallback& progress);

  std::unique_ptr<Parts> parts_;
  std::int64_t now_us_ = 0;
};

}  // namespace souk::simulate
