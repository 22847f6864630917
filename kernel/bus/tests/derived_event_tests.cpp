#include "kernel/bus/derived_event.hpp"

#include <gtest/gtest.h>

#include <set>

#include "souk/v1/event.pb.h"

namespace souk::bus {
namespace {

const storage::InstanceKey kKey{"demo", "segmentation", ""};

TEST(DerivedEventTest, MalformedPayloadsAreSeen) {
  EXPECT_FALSE(well_formed_message("\x0a"));
  EXPECT_FALSE(
      well_formed_message("\x0a\x05"
                          "ab"));
  EXPECT_FALSE(well_formed_message(std::string_view("\0\0", 2)));
  EXPECT_TRUE(well_formed_message(""));
  EXPECT_TRUE(
      well_formed_message("\x0a\x02"
                          "ab"));
}

TEST(DerivedEventTest, IdsDifferInEveryPart) {
  std::set<std::string> ids;
  std::set<std::uint64_t> rows;
  for (const storage::InstanceKey& key : {kKey, storage::InstanceKey{"demo", "segmentation", "a"},
                                          storage::InstanceKey{"other", "segmentation", ""},
                                          storage::InstanceKey{"demo", "email", ""}}) {
    for (const std::uint64_t sequence : {1U, 11U}) {
      for (const std::uint32_t ordinal : {0U, 1U, 11U}) {
        ids.insert(derived_event_id({key, sequence, ordinal}));
        rows.insert(derived_outbox_id({key, sequence, ordinal}));
      }
    }
  }
  EXPECT_EQ(ids.size(), 24U);
  EXPECT_EQ(rows.size(), 24U);
  EXPECT_EQ(derived_event_id({kKey, 1, 0}), derived_event_id({kKey, 1, 0}));
}

TEST(DerivedEventTest, TheEventReadsBackAsWhatWasPublished) {
  souk::v1::SegmentEntered entered;
  entered.set_segment_id("s1");
  const std::string payload = entered.SerializeAsString();
  Publication publication;
  publication.type = "souk.v1.SegmentEntered";
  publication.payload = payload;
  publication.shopper_id = "s1";
  publication.time_us = 1'700'000'000'123'456;
  publication.channel = souk::v1::Event::SMS;
  souk::v1::Event event;
  ASSERT_TRUE(event.ParseFromString(encode_derived_event({kKey, 7, 2}, "id-1", publication)));
  EXPECT_EQ(event.id(), "id-1");
  EXPECT_EQ(event.time().seconds(), 1'700'000'000);
  EXPECT_EQ(event.time().nanos(), 123'456'000);
  EXPECT_EQ(event.channel(), souk::v1::Event::SMS);
  EXPECT_EQ(event.origin().plugin(), "segmentation");
  EXPECT_EQ(event.origin().input_sequence(), 7U);
  EXPECT_EQ(event.origin().ordinal(), 2U);
  EXPECT_EQ(event.segment_entered().segment_id(), "s1");
}

TEST(DerivedEventTest, AForeignTypeBecomesACustomEvent) {
  Publication publication;
  publication.type = "northwind.v1.Quote";
  publication.payload = "\x0a\x01q";
  souk::v1::Event event;
  ASSERT_TRUE(event.ParseFromString(encode_derived_event({kKey, 1, 0}, "x", publication)));
  EXPECT_EQ(event.custom().type(), "northwind.v1.Quote");
  EXPECT_EQ(event.custom().data(), "\x0a\x01q");
}

TEST(DerivedEventTest, ATickSaysWhatWasDue) {
  souk::v1::Event event;
  ASSERT_TRUE(event.ParseFromString(encode_tick("t", 5'000'000, 3'500'000)));
  EXPECT_EQ(event.tick().due_at().seconds(), 3);
  EXPECT_EQ(event.tick().due_at().nanos(), 500'000'000);
}

}  // namespace
}  // namespace souk::bus
