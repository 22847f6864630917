// Any bytes as wire bytes: as a Protobuf body of events, as a message, and as a descriptor set.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "kernel/schema/event_intake.hpp"
#include "kernel/schema/pool.hpp"
#include "kernel/schema/validate_wire.hpp"
#include "kernel/schema/wire_to_json.hpp"

namespace {

using namespace souk;

class Ignore final : public schema::EventSink {
 public:
  void accept(std::size_t, std::string_view wire, const schema::EventFields&) override {
    const auto& table = *schema::DescriptorPool::builtin().message("souk.v1.Event");
    if (!schema::validate_wire(table, wire).ok()) std::abort();
  }
  void reject(std::size_t, const Status&) override {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static schema::EventIntake intake;
  schema::IntakeOptions options;
  options.received_us = 1'795'355'800'000'000;
  Ignore sink;
  (void)intake.from_wire(bytes, options, sink);

  const auto& table = *schema::DescriptorPool::builtin().message("souk.v1.Event");
  schema::WireCheckOptions unchecked;
  unchecked.check_rules = false;
  const bool valid = schema::validate_wire(table, bytes, unchecked).ok();
  std::string json;
  const bool written = schema::wire_to_json(table, bytes, json).ok();
  if (valid && !written) std::abort();
  schema::EventFields fields;
  if (valid && !schema::scan_event(bytes, fields)) std::abort();
  std::string filled(bytes);
  (void)schema::apply_defaults(table, filled);
  (void)schema::DescriptorPool::build(bytes);
  return 0;
}
