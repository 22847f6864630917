// Whoever tracks with the Segment spec finds every event and every property of it here.

#include <gmock/gmock.h>

#include "tests/schemas/schema_set.hpp"
#include "tests/schemas/segment_spec.hpp"

namespace souk::schemas_test {
namespace {

TEST(SegmentSpec, EveryEventHasItsPayloadAndEveryPropertyItsField) {
  const SchemaSet schemas = SchemaSet::shipped();
  const auto* envelope = schemas.message("souk.v1.Event");
  ASSERT_NE(envelope, nullptr);
  for (const auto& event : segment_events()) {
    const auto* payload = envelope->FindFieldByName(event.payload);
    ASSERT_NE(payload, nullptr) << event.name;
    ASSERT_NE(payload->real_containing_oneof(), nullptr) << event.name;
    for (const auto& property : event.properties) {
      EXPECT_NE(payload->message_type()->FindFieldByName(property), nullptr)
          << event.name << " lacks " << property;
    }
  }
}

TEST(SegmentSpec, TheListOfAProductHasTheProductsProperties) {
  const SchemaSet schemas = SchemaSet::shipped();
  const auto* line = schemas.message("souk.v1.ProductLine");
  for (const auto& event : segment_events()) {
    if (event.name != "Product Clicked") continue;
    for (const auto& property : event.properties) {
      EXPECT_NE(line->FindFieldByName(property), nullptr) << property;
    }
  }
}

TEST(SegmentSpec, NumbersThatMayBeAbsentAreToldFromZero) {
  // A free product is not a product of unknown price.
  const SchemaSet schemas = SchemaSet::shipped();
  for (const char* name : {"souk.v1.ProductLine", "souk.v1.ProductViewed", "souk.v1.OrderCompleted",
                           "souk.v1.OrderRefunded", "souk.v1.CheckoutStarted"}) {
    const auto* message = schemas.message(name);
    ASSERT_NE(message, nullptr) << name;
    for (int i = 0; i < message->field_count(); ++i) {
      const auto& field = *message->field(i);
      if (field.type() == google::protobuf::FieldDescriptor::TYPE_DOUBLE) {
        EXPECT_TRUE(field.has_presence()) << field.full_name();
      }
    }
  }
}

}  // namespace
}  // namespace souk::schemas_test
