// The Segment e-commerce spec v2 and the message events of its e-mail spec, as a table.
#pragma once

#include <string>
#include <vector>

namespace souk::schemas_test {

/// One event of the spec.
struct SegmentEvent {
  std::string name;                     // "Product Viewed"
  std::string payload;                  // field of souk.v1.Event
  std::vector<std::string> properties;  // names of the spec, which are our field names
};

/// Every event of the spec.
const std::vector<SegmentEvent>& segment_events();

}  // namespace souk::schemas_test
