// The ground truth as a JSON file: what really drives the simulated shop, for testing models
// against it.
//
// README.md describes the format with an example. Every record stands on a line of its own. The
// parts that grow with time (messages, demand) are kept in unnamed temporary files until the end,
// so memory stays bounded. Not thread-safe.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "souk/result.hpp"
#include "tools/simulate/json_text.hpp"
#include "tools/simulate/truth.hpp"

namespace souk::simulate {

class Simulation;

class GroundTruth final : public TruthSink {
 public:
  /// UNAVAILABLE when no temporary file can be made.
  [[nodiscard]] static Result<std::unique_ptr<GroundTruth>> create();
  ~GroundTruth() override;
  GroundTruth(const GroundTruth&) = delete;
  GroundTruth& operator=(const GroundTruth&) = delete;

  void message(const MessageTruth& truth) override;
  void demand(const DemandTruth& truth) override;
  void departed(const Population& population, std::uint32_t shopper) override;

  /// Writes the file, replacing one that is there. Call Simulation::flush_truth() before.
  /// UNAVAILABLE names the file that could not be written.
  [[nodiscard]] Status write(const Simulation& simulation, const std::string& path);

 private:
  /// Records of one part, separated by ",\n", in a temporary file.
  struct Spool {
    std::FILE* file = nullptr;
    bool empty = true;
    bool failed = false;
    void add(std::string_view record);
    bool copy_to(std::FILE* out);
  };

  GroundTruth() = default;
  void shopper_record(const Population& population, std::uint32_t index);
  void write_settings(const Simulation& simulation, std::FILE* out);
  void write_figures(const Simulation& simulation, std::FILE* out);
  void write_categories(const Simulation& simulation, std::FILE* out);
  void write_brands(const Simulation& simulation, std::FILE* out);
  void write_products(const Simulation& simulation, std::FILE* out);
  void write_accounts(const Simulation& simulation, std::FILE* out);
  void write_subscriptions(const Simulation& simulation, std::FILE* out);
  void product_record(const Simulation& simulation, std::uint32_t index);
  void links(std::string_view key, const std::vector<Link>& list, const Catalog& catalog);
  /// Ends a record in json_ and writes it, with a comma before all but the first.
  void put(std::FILE* out, bool& first);

  const Catalog* catalog_ = nullptr;
  Spool messages_;
  Spool demand_;
  Spool departed_;
  JsonText json_;
};

}  // namespace souk::simulate
