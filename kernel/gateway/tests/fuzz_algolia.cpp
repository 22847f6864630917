// Bodies that Algolia's clients send to be written: never a crash, and what was read from one can
// be written again. Records become products and come back, whatever their shape.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/gateway/algolia/index_requests.hpp"
#include "kernel/gateway/algolia/insights.hpp"
#include "kernel/gateway/algolia/settings_check.hpp"

namespace {

namespace dom = simdjson::dom;
using namespace souk::gateway;

constexpr std::int64_t kNowUs = 1'800'000'000'000'000;

void require(bool holds) {
  if (!holds) std::abort();
}

void write_and_read(const Record& record, const std::string& id) {
  const souk::v1::Product product = product_of(record, "EUR");
  require(product.id() == id);
  souk::v1::Product again;
  require(again.ParseFromString(product.SerializeAsString()));
  require(record_id(record_of(again, "EUR")) == id);
}

void read_batch(const dom::element& root) {
  dom::array requests;
  if (root["requests"].get(requests) != simdjson::SUCCESS) return;
  Record stored;
  for (const dom::element element : requests) {
    auto operation = read_operation(element, kNowUs);
    if (!operation.ok()) continue;
    using Action = RecordOperation::Action;
    if (operation->action == Action::clear || operation->action == Action::remove_index) continue;
    require(check_object_id(*operation).ok());
    write_and_read(operation->record, operation->id);
    if (!apply_partial(operation->record, stored).ok()) continue;
    set_record_id(stored, operation->id);
    write_and_read(stored, operation->id);
  }
}

void read_deletion_of(const dom::element& root) {
  const auto search = read_deletion(root);
  if (!search.ok()) return;
  dom::parser parser;
  dom::element object;
  require(parser.parse(search.value() + "\"hitsPerPage\":1}").get(object) == simdjson::SUCCESS);
}

void read_insights_of(const dom::element& root) {
  dom::array events;
  if (root["events"].get(events) != simdjson::SUCCESS) return;
  std::vector<std::string> made;
  for (const dom::element element : events) {
    const auto event = read_insights(element, kNowUs);
    if (event.ok()) append_insights(event.value(), made);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dom::parser parser;
  dom::element root;
  const std::string body(reinterpret_cast<const char*>(data), size);
  if (parser.parse(body).get(root) != simdjson::SUCCESS) return 0;
  (void)check_settings(root);
  (void)read_index_operation(root);
  read_deletion_of(root);
  read_batch(root);
  read_insights_of(root);
  return 0;
}
