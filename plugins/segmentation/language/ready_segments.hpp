// The segments that are there without a word of YAML.
#pragma once

#include <span>
#include <string_view>

#include "plugins/segmentation/model/subject.hpp"

namespace souk::segmentation {

struct ReadySegment {
  std::string_view id;
  std::string_view name;
  SubjectKind of = SubjectKind::person;
  std::string_view when;
  std::string_view description;
};

/// In the order in which they are listed; conditions read only segments before their own.
[[nodiscard]] std::span<const ReadySegment> ready_segments();

}  // namespace souk::segmentation
