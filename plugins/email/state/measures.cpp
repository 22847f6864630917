#include "plugins/email/state/measures.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <utility>

namespace souk::email {
namespace {

constexpr std::size_t kMostMeasured = 10'001;

void save_slices(souk::Writer& writer, const Slices& slices) {
  writer.count(slices.size());
  for (const auto& [name, slice] : slices) {
    writer.text(name);
    for (const std::uint64_t count : {slice.sent, slice.opened, slice.clicked, slice.orders})
      writer.count(count);
    writer.number(slice.revenue);
  }
}

void load_slices(souk::Reader& reader, Slices& slices) {
  for (std::uint64_t left = reader.count(Measures::kMostSlices); left > 0 && reader.ok(); --left) {
    SliceFigures& slice = slices[reader.text(4'096)];
    for (std::uint64_t* count : {&slice.sent, &slice.opened, &slice.clicked, &slice.orders})
      *count = reader.count();
    slice.revenue = reader.number<double>();
  }
}

void save_group(souk::Writer& writer, const GroupSums& group) {
  writer.count(group.people);
  writer.count(group.buyers);
  for (const double sum : {group.sum, group.squares, group.cubes})
    writer.number(sum);
}

void load_group(souk::Reader& reader, GroupSums& group) {
  group.people = reader.count();
  group.buyers = reader.count();
  for (double* sum : {&group.sum, &group.squares, &group.cubes})
    *sum = reader.number<double>();
}

std::uint64_t call_hash(std::string_view flow, std::string_view id) {
  return XXH3_64bits_withSeed(id.data(), id.size(), XXH3_64bits(flow.data(), flow.size()));
}

}  // namespace

FlowMeasures& Measures::of(std::uint16_t flow) {
  if (flow >= flows_.size()) flows_.resize(std::size_t{flow} + 1);
  return flows_[flow];
}

const FlowMeasures* Measures::find(std::uint16_t flow) const noexcept {
  return flow < flows_.size() ? &flows_[flow] : nullptr;
}

SliceFigures* Measures::slice(Slices& slices, std::string_view name) {
  const auto found = slices.find(name);
  if (found != slices.end()) return &found->second;
  if (name.empty() || slices.size() >= kMostSlices) return nullptr;
  return &slices[std::string(name)];
}

void Measures::save(souk::Writer& writer) const {
  writer.count(flows_.size());
  for (const FlowMeasures& flow : flows_) {
    writer.count(flow.orders);
    writer.number(flow.revenue);
    writer.count(flow.machine_opens);
    writer.count(flow.machine_clicks);
    save_slices(writer, flow.variants);
    save_slices(writer, flow.segments);
    save_group(writer, flow.treated);
    save_group(writer, flow.holdout);
  }
}

void Measures::load(souk::Reader& reader) {
  flows_.clear();
  for (std::uint64_t left = reader.count(kMostMeasured); left > 0 && reader.ok(); --left) {
    FlowMeasures& flow = flows_.emplace_back();
    flow.orders = reader.count();
    flow.revenue = reader.number<double>();
    flow.machine_opens = reader.count();
    flow.machine_clicks = reader.count();
    load_slices(reader, flow.variants);
    load_slices(reader, flow.segments);
    load_group(reader, flow.treated);
    load_group(reader, flow.holdout);
  }
}

bool CalledIds::has(std::string_view flow, std::string_view id) const {
  return known_.count(call_hash(flow, id)) != 0;
}

bool CalledIds::add(std::string_view flow, std::string_view id) {
  const std::uint64_t hash = call_hash(flow, id);
  if (!known_.insert(hash).second) return false;
  order_.push_back(hash);
  if (order_.size() > kMost) {
    known_.erase(order_.front());
    order_.pop_front();
  }
  return true;
}

void CalledIds::save(souk::Writer& writer) const {
  writer.count(order_.size());
  for (const std::uint64_t hash : order_)
    writer.number(hash);
}

void CalledIds::load(souk::Reader& reader) {
  order_.clear();
  known_.clear();
  for (std::uint64_t left = reader.count(kMost); left > 0 && reader.ok(); --left) {
    order_.push_back(reader.number<std::uint64_t>());
    known_.insert(order_.back());
  }
}

}  // namespace souk::email
