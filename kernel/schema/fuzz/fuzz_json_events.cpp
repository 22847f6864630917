// Any bytes as the body of POST /v1/events: nothing may crash, and what is accepted must be a valid
// event that can be written as JSON and read back to the same bytes' meaning.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "kernel/schema/event_intake.hpp"
#include "kernel/schema/pool.hpp"
#include "kernel/schema/validate_wire.hpp"
#include "kernel/schema/wire_to_json.hpp"

namespace {

using namespace souk;

class Checker final : public schema::EventSink {
 public:
  void accept(std::size_t, std::string_view wire, const schema::EventFields&) override {
    const auto& table = *schema::DescriptorPool::builtin().message("souk.v1.Event");
    if (!schema::validate_wire(table, wire).ok()) std::abort();
    std::string json;
    if (!schema::wire_to_json(table, wire, json).ok()) std::abort();
    std::string again;
    if (!schema::json_to_wire(table, json, again).ok()) std::abort();
    std::string twice;
    if (!schema::wire_to_json(table, again, twice).ok() || twice != json) std::abort();
  }
  void reject(std::size_t, const Status& reason) override {
    if (reason.ok() || reason.message().empty()) std::abort();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static schema::EventIntake intake;
  schema::IntakeOptions options;
  options.received_us = 1'795'355'800'000'000;
  options.ignore_unknown = size % 2 == 0;
  options.ndjson = size % 3 == 0;
  Checker sink;
  const Status status =
      intake.from_json({reinterpret_cast<const char*>(data), size}, options, sink);
  if (!status.ok() && status.message().empty()) std::abort();
  return 0;
}
