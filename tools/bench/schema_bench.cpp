// The codec against simdjson alone and against protobuf's own JSON reader, in one run.
//
//   schema_bench [--benchmark_filter=…]
//
// items_per_second are events; bytes_per_second are bytes of the body as it is sent.
#include <benchmark/benchmark.h>
#include <google/protobuf/util/json_util.h>
#include <simdjson.h>
#include <souk/v1/event.pb.h>
#include <souk/v1/ingest.pb.h>

#include <string>
#include <vector>

#include "kernel/schema/event_intake.hpp"
#include "kernel/schema/pool.hpp"
#include "kernel/schema/validate_wire.hpp"
#include "kernel/schema/wire_to_json.hpp"
#include "schemas/descriptor_set.hpp"

namespace {

using souk::schema::DescriptorPool;
using souk::schema::EventFields;
using souk::schema::EventIntake;
using souk::schema::IntakeOptions;
using souk::schema::MessageTable;

constexpr int kEvents = 100;
constexpr std::int64_t kNowUs = 1'795'355'800'000'000;

/// A product view as a storefront sends it: 245 bytes of JSON.
souk::v1::Event product_view(int i) {
  souk::v1::Event event;
  event.set_id("ajs-next-1795355723511-58950bb3-" + std::to_string(1000 + i));
  event.mutable_time()->set_seconds(1795355723 + i);
  event.mutable_time()->set_nanos(511000000);
  event.set_shopper_id("c-" + std::to_string(10000 + i * 7));
  event.set_session_id("s-" + std::to_string(500000 + i * 3));
  event.set_channel(souk::v1::Event::WEB);
  auto& view = *event.mutable_product_viewed();
  view.set_product_id("p" + std::to_string(20000 + i * 13));
  view.set_category("Games > Board games");
  view.set_price(18.99);
  view.set_currency("EUR");
  view.set_position(i % 20 + 1);
  return event;
}

std::string json_of(const souk::v1::Event& event) {
  std::string json;
  (void)google::protobuf::util::MessageToJsonString(event, &json);
  return json;
}

std::string json_body() {
  std::string body = "{\"events\":[";
  for (int i = 0; i < kEvents; ++i)
    body += (i > 0 ? "," : "") + json_of(product_view(i));
  return body + "]}";
}

std::string ndjson_body() {
  std::string body;
  for (int i = 0; i < kEvents; ++i)
    body += json_of(product_view(i)) + "\n";
  return body;
}

std::string wire_body() {
  souk::v1::PostEventsRequest request;
  for (int i = 0; i < kEvents; ++i)
    *request.add_events() = product_view(i);
  return request.SerializeAsString();
}

class CountingSink final : public souk::schema::EventSink {
 public:
  void accept(std::size_t, std::string_view wire, const EventFields& fields) override {
    bytes += wire.size() + fields.payload.size();
  }
  void reject(std::size_t, const souk::Status&) override { ++rejected; }
  std::size_t bytes = 0;
  std::size_t rejected = 0;
};

void report(benchmark::State& state, const std::string& body, int events = kEvents) {
  state.SetItemsProcessed(state.iterations() * events);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

IntakeOptions intake_options() {
  IntakeOptions options;
  options.received_us = kNowUs;
  return options;
}

template <bool kWire>
void run_intake(benchmark::State& state, const std::string& body) {
  EventIntake intake;
  CountingSink sink;
  const IntakeOptions options = intake_options();
  for (auto _ : state) {
    const souk::Status status =
        kWire ? intake.from_wire(body, options, sink) : intake.from_json(body, options, sink);
    if (!status.ok() || sink.rejected > 0) state.SkipWithError(status.message().c_str());
  }
  benchmark::DoNotOptimize(sink.bytes);
  report(state, body);
}

void BM_IntakeJson(benchmark::State& state) { run_intake<false>(state, json_body()); }
void BM_IntakeNdjson(benchmark::State& state) { run_intake<false>(state, ndjson_body()); }
void BM_IntakeProtobuf(benchmark::State& state) { run_intake<true>(state, wire_body()); }

void BM_IntakeJsonSingle(benchmark::State& state) {
  EventIntake intake;
  CountingSink sink;
  const IntakeOptions options = intake_options();
  const std::string body = json_of(product_view(1));
  for (auto _ : state)
    (void)intake.from_json(body, options, sink);
  benchmark::DoNotOptimize(sink.bytes);
  report(state, body, 1);
}

void BM_SimdjsonDom(benchmark::State& state) {
  simdjson::dom::parser parser;
  const simdjson::padded_string body(json_body());
  for (auto _ : state) {
    auto parsed = parser.parse(body);
    benchmark::DoNotOptimize(parsed.error());
  }
  report(state, json_body());
}

/// On demand, every key and value touched as a reader of events would.
void BM_SimdjsonOnDemand(benchmark::State& state) {
  simdjson::ondemand::parser parser;
  const simdjson::padded_string body(json_body());
  std::size_t sum = 0;
  for (auto _ : state) {
    auto document = parser.iterate(body);
    for (auto event : document["events"].get_array()) {
      for (auto field : event.get_object()) {
        sum += field.unescaped_key().value().size();
        auto value = field.value();
        if (value.type() == simdjson::ondemand::json_type::object) {
          for (auto inner : value.get_object()) {
            sum += inner.unescaped_key().value().size();
            auto scalar = inner.value();
            if (scalar.type() == simdjson::ondemand::json_type::string) {
              sum += scalar.get_string().value().size();
            } else {
              sum += static_cast<std::size_t>(scalar.get_double().value());
            }
          }
        } else {
          sum += value.get_string().value().size();
        }
      }
    }
  }
  benchmark::DoNotOptimize(sum);
  report(state, json_body());
}

void BM_ProtobufJsonReader(benchmark::State& state) {
  const std::string body = json_body();
  for (auto _ : state) {
    souk::v1::PostEventsRequest request;
    const auto status = google::protobuf::util::JsonStringToMessage(body, &request);
    benchmark::DoNotOptimize(status.ok());
  }
  report(state, body);
}

void BM_ProtobufParse(benchmark::State& state) {
  const std::string body = wire_body();
  for (auto _ : state) {
    souk::v1::PostEventsRequest request;
    benchmark::DoNotOptimize(request.ParseFromString(body));
  }
  report(state, body);
}

void BM_ScanEvent(benchmark::State& state) {
  const std::string wire = product_view(5).SerializeAsString();
  EventFields fields;
  for (auto _ : state) {
    benchmark::DoNotOptimize(scan_event(wire, fields));
    benchmark::DoNotOptimize(fields);
  }
  report(state, wire, 1);
}

void BM_ValidateEvent(benchmark::State& state) {
  const MessageTable& table = *DescriptorPool::builtin().message("souk.v1.Event");
  const std::string wire = product_view(5).SerializeAsString();
  for (auto _ : state) {
    const souk::Status status = souk::schema::validate_wire(table, wire);
    benchmark::DoNotOptimize(status.ok());
  }
  report(state, wire, 1);
}

void BM_WireToJson(benchmark::State& state) {
  const MessageTable& table = *DescriptorPool::builtin().message("souk.v1.Event");
  const std::string wire = product_view(5).SerializeAsString();
  std::string json;
  for (auto _ : state) {
    json.clear();
    (void)souk::schema::wire_to_json(table, wire, json);
    benchmark::DoNotOptimize(json.data());
  }
  report(state, json, 1);
}

void BM_ProtobufJsonWriter(benchmark::State& state) {
  const souk::v1::Event event = product_view(5);
  std::string json;
  for (auto _ : state) {
    json.clear();
    (void)google::protobuf::util::MessageToJsonString(event, &json);
    benchmark::DoNotOptimize(json.data());
  }
  report(state, json, 1);
}

void BM_BuildBuiltinPool(benchmark::State& state) {
  for (auto _ : state) {
    auto pool = DescriptorPool::build(souk::schemas::descriptor_set());
    benchmark::DoNotOptimize(pool.ok());
  }
}

BENCHMARK(BM_IntakeJson);
BENCHMARK(BM_IntakeNdjson);
BENCHMARK(BM_IntakeJsonSingle);
BENCHMARK(BM_SimdjsonDom);
BENCHMARK(BM_SimdjsonOnDemand);
BENCHMARK(BM_ProtobufJsonReader);
BENCHMARK(BM_IntakeProtobuf);
BENCHMARK(BM_ProtobufParse);
BENCHMARK(BM_ScanEvent);
BENCHMARK(BM_ValidateEvent);
BENCHMARK(BM_WireToJson);
BENCHMARK(BM_ProtobufJsonWriter);
BENCHMARK(BM_BuildBuiltinPool);

}  // namespace

BENCHMARK_MAIN();
