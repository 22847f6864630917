#include "plugins/segmentation/state/experiments.hpp"

#include <algorithm>

namespace souk::segmentation {

MetExperiment* ExperimentBook::find(NameId id) {
  const auto found = std::find_if(all_.begin(), all_.end(),
                                  [&](const MetExperiment& known) { return known.id == id; });
  return found == all_.end() ? nullptr : &*found;
}

bool ExperimentBook::knows(NameId id, NameId variant, std::uint32_t at_s) {
  MetExperiment* known = find(id);
  if (known == nullptr) {
    if (all_.size() == kMost) {
      const auto oldest = std::min_element(
          all_.begin(), all_.end(),
          [](const MetExperiment& a, const MetExperiment& b) { return a.last_s < b.last_s; });
      all_.erase(oldest);
      ++dropped_;
    }
    all_.push_back({id, at_s, at_s, {}});
    known = &all_.back();
  }
  const bool there = std::any_of(known->variants.begin(), known->variants.end(),
                                 [&](const MetVariant& v) { return v.name == variant; });
  if (!there && known->variants.size() == kMostVariants) {
    ++dropped_;
    return false;
  }
  if (!there) known->variants.push_back({variant, 0});
  known->first_s = std::min(known->first_s, at_s);
  known->last_s = std::max(known->last_s, at_s);
  shared_.reset();
  return true;
}

void ExperimentBook::met(NameId id, NameId variant) {
  MetExperiment* known = find(id);
  if (known == nullptr) return;
  for (MetVariant& one : known->variants)
    if (one.name == variant) ++one.people;
  shared_.reset();
}

ExperimentBook::View ExperimentBook::share() {
  if (shared_ == nullptr) shared_ = std::make_shared<const std::vector<MetExperiment>>(all_);
  return shared_;
}

void ExperimentBook::save(souk::Writer& writer) const {
  writer.count(dropped_);
  writer.count(all_.size());
  for (const MetExperiment& known : all_) {
    writer.number(known.id);
    writer.number(known.first_s);
    writer.number(known.last_s);
    writer.count(known.variants.size());
    for (const MetVariant& variant : known.variants) {
      writer.number(variant.name);
      writer.count(variant.people);
    }
  }
}

void ExperimentBook::load(souk::Reader& reader) {
  all_.clear();
  shared_.reset();
  dropped_ = reader.count();
  for (std::uint64_t left = reader.count(kMost); left > 0 && reader.ok(); --left) {
    MetExperiment known;
    known.id = reader.number<NameId>();
    known.first_s = reader.number<std::uint32_t>();
    known.last_s = reader.number<std::uint32_t>();
    for (std::uint64_t more = reader.count(kMostVariants); more > 0 && reader.ok(); --more) {
      MetVariant variant;
      variant.name = reader.number<NameId>();
      variant.people = reader.count();
      known.variants.push_back(variant);
    }
    all_.push_back(std::move(known));
  }
}

}  // namespace souk::segmentation
