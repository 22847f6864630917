#include "tools/souk/import/lane_sink.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "kernel/base/ids.hpp"
#include "kernel/schema/event_scanner.hpp"

namespace souk::cli {
namespace {

constexpr std::size_t kMaxBatchBytes = std::size_t{2} << 20U;

/// Maps in a fixed order: the id is made from these bytes.
void serialise(const souk::v1::Event& event, std::string& bytes) {
  bytes.clear();
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  event.SerializeToCodedStream(&coded);
}

/// What must stay in order among its like.
std::string_view lane_key(const souk::v1::Event& event) {
  if (!event.session_id().empty()) return event.session_id();
  if (!event.shopper_id().empty()) return event.shopper_id();
  if (event.has_product_upserted()) return event.product_upserted().product().id();
  if (event.has_inventory_set()) return event.inventory_set().product_id();
  if (event.has_order_completed()) return event.order_completed().order_id();
  if (event.has_order_cancelled()) return event.order_cancelled().order_id();
  if (event.has_order_refunded()) return event.order_refunded().order_id();
  return event.id();
}

}  // namespace

LaneSink::LaneSink(Sender& sender, RejectFile& rejects, std::size_t batch, std::string salt)
    : sender_(sender),
      rejects_(rejects),
      batch_(batch),
      salt_(std::move(salt)),
      gathered_(sender.lanes()) {}

void LaneSink::event(souk::v1::Event&& event, std::uint64_t line) {
  serialise(event, bytes_);
  if (event.id().empty()) schema::append_event_id(bytes_, id_of(bytes_));
  wire(bytes_, lane_key(event), line);
}

void LaneSink::wire(std::string_view event, std::string_view key, std::uint64_t line) {
  ++events_;
  const std::size_t lane = base::hash64(key) % gathered_.size();
  gathered_[lane].add(event, line);
  if (gathered_[lane].size() >= batch_ || gathered_[lane].body().size() >= kMaxBatchBytes) {
    flush(lane);
  }
}

std::string LaneSink::id_of(std::string_view content) const {
  std::string salted = salt_;
  salted.push_back('\n');
  salted.append(content);
  const base::Hash128 hash = base::hash128(salted);
  std::string bytes(reinterpret_cast<const char*>(&hash.high), sizeof(hash.high));
  bytes.append(reinterpret_cast<const char*>(&hash.low), sizeof(hash.low));
  return "imported-" + base::to_hex(bytes);
}

void LaneSink::reject(std::uint64_t line, std::string_view reason, std::string_view text) {
  rejects_.add(line, reason, text);
}

void LaneSink::note(std::string_view what, std::uint64_t count) {
  notes_[std::string(what)] += count;
}

void LaneSink::barrier() { alive_ = finish().ok() && alive_; }

Status LaneSink::finish() {
  for (std::size_t lane = 0; lane < gathered_.size(); ++lane)
    flush(lane);
  return sender_.drain();
}

void LaneSink::flush(std::size_t lane) {
  if (gathered_[lane].empty()) return;
  EventBatch batch = std::move(gathered_[lane]);
  gathered_[lane] = {};
  if (alive_) alive_ = sender_.put(lane, std::move(batch));
}

}  // namespace souk::cli
