#include "plugins/email/state/flow_book.hpp"

#include <array>

namespace souk::email {
namespace {

constexpr std::size_t kMostFlows = 10'000;
constexpr std::size_t kMostVersions = 60'000;

std::array<std::uint64_t*, 11> counts_of_flow(FlowFigures& f) {
  return {&f.entered, &f.completed, &f.goals,   &f.exited,       &f.decided,   &f.sent,
          &f.opened,  &f.clicked,   &f.bounced, &f.unsubscribed, &f.complained};
}

}  // namespace

std::uint16_t FlowBook::find(std::string_view id) const {
  for (std::size_t i = 0; i < flows_.size(); ++i) {
    if (flows_[i].id == id) return static_cast<std::uint16_t>(i);
  }
  return kNoFlow;
}

FlowFigures& FlowBook::figures(std::string_view id) {
  const std::uint16_t number = find(id);
  return number == kNoFlow ? nobody_ : flows_[number].figures;
}

void FlowBook::release(std::uint16_t version) {
  FlowVersion& one = versions_[version];
  const bool newest = flows_[one.flow_number].current == version;
  if (one.inside == 0 && !newest) one.flow = nullptr;
}

void FlowBook::leave(std::uint16_t version) {
  if (versions_[version].inside > 0) --versions_[version].inside;
  release(version);
}

std::uint64_t FlowBook::inside(std::uint16_t flow) const {
  std::uint64_t sum = 0;
  for (const FlowVersion& version : versions_) {
    if (version.flow_number == flow) sum += version.inside;
  }
  return sum;
}

void FlowBook::install(const std::vector<std::shared_ptr<const Flow>>& flows) {
  std::vector<std::uint16_t> former;
  for (FlowState& state : flows_)
    former.push_back(std::exchange(state.current, kNoFlow));
  for (const auto& flow : flows) {
    std::uint16_t number = find(flow->id);
    if (number == kNoFlow) {
      if (flows_.size() >= kMostFlows) continue;
      number = static_cast<std::uint16_t>(flows_.size());
      flows_.emplace_back().id = flow->id;
      former.push_back(kNoFlow);
    }
    FlowState& state = flows_[number];
    state.ready = flow->ready;
    const std::uint16_t old = former[number];
    if (old != kNoFlow && versions_[old].flow->definition == flow->definition) {
      state.current = old;
      continue;
    }
    if (versions_.size() >= kMostVersions) continue;
    state.current = static_cast<std::uint16_t>(versions_.size());
    versions_.push_back({flow, number, ++state.versions, 0});
  }
  for (const std::uint16_t old : former) {
    if (old != kNoFlow) release(old);
  }
}

void FlowBook::save(souk::Writer& writer) const {
  writer.count(flows_.size());
  for (const FlowState& state : flows_) {
    writer.text(state.id);
    writer.number(state.current);
    writer.number(state.versions);
    writer.boolean(state.ready);
    FlowFigures figures = state.figures;
    for (const std::uint64_t* count : counts_of_flow(figures))
      writer.count(*count);
    writer.count(figures.suppressed.size());
    for (const auto& [reason, count] : figures.suppressed) {
      writer.text(reason);
      writer.count(count);
    }
  }
  writer.count(versions_.size());
  for (const FlowVersion& version : versions_) {
    writer.boolean(version.flow != nullptr);
    writer.number(version.flow_number);
    writer.number(version.version);
    writer.count(version.inside);
    if (version.flow != nullptr) writer.text(version.flow->definition);
  }
}

void FlowBook::load(souk::Reader& reader) {
  flows_.clear();
  versions_.clear();
  for (std::uint64_t left = reader.count(kMostFlows); left > 0 && reader.ok(); --left) {
    FlowState& state = flows_.emplace_back();
    state.id = reader.text(256);
    state.current = reader.number<std::uint16_t>();
    state.versions = reader.number<std::uint32_t>();
    state.ready = reader.boolean();
    for (std::uint64_t* count : counts_of_flow(state.figures))
      *count = reader.count();
    for (std::uint64_t more = reader.count(1'000); more > 0 && reader.ok(); --more) {
      std::string reason = reader.text(256);
      state.figures.suppressed[std::move(reason)] = reader.count();
    }
  }
  for (std::uint64_t left = reader.count(kMostVersions); left > 0 && reader.ok(); --left) {
    FlowVersion version;
    const bool there = reader.boolean();
    version.flow_number = reader.number<std::uint16_t>();
    version.version = reader.number<std::uint32_t>();
    version.inside = reader.count();
    if (version.flow_number >= flows_.size()) return reader.fail("a version without its flow");
    if (there) {
      const FlowState& state = flows_[version.flow_number];
      version.flow = Flow::from_definition(state.id, state.ready, reader.text(1 << 20));
      if (version.flow == nullptr) return reader.fail("the definition of a flow is malformed");
    }
    versions_.push_back(std::move(version));
  }
  for (const FlowState& state : flows_) {
    if (state.current != kNoFlow && !valid(state.current)) {
      return reader.fail("a flow without its definition");
    }
  }
}

}  // namespace souk::email
