#include "kernel/log/row_codec.hpp"

#include <gtest/gtest.h>

#include "kernel/log/batch.hpp"
#include "kernel/log/tests/make_event.hpp"

namespace souk::log {
namespace {

storage::EventRow make_row(std::vector<std::uint32_t> people = {9, 3, 9, 70'000}) {
  EncodedEvents events;
  for (int i = 0; i < 100; ++i)
    add(events, view_event("e" + std::to_string(i), "s"));
  storage::EventRow row;
  row.store_id = "demo";
  row.first_sequence = 41;
  row.count = 100;
  row.committed_us = 5;
  RowEncoder encoder(1);
  encoder.encode(events.bytes(), people, row);
  return row;
}

TEST(RowCodec, any_changed_part_is_found) {
  const storage::EventRow good = make_row();
  ASSERT_TRUE(decode_row(good));
  const auto damaged = [&](auto change) {
    storage::EventRow row = good;
    change(row);
    auto decoded = decode_row(row);
    EXPECT_EQ(decoded.code(), Code::data_loss);
    EXPECT_NE(decoded.status().message().find("sequence"), std::string::npos);
  };
  damaged([](auto& row) { row.store_id = "other"; });
  damaged([](auto& row) { row.first_sequence = 42; });
  damaged([](auto& row) { row.count = 99; });
  damaged([](auto& row) { row.committed_us = 6; });
  damaged([](auto& row) { row.raw_size = UINT32_MAX; });
  damaged([](auto& row) { row.people[0] ^= 1; });
  damaged([](auto& row) { row.checksum ^= 1; });
  damaged([](auto& row) { row.data.resize(row.data.size() - 1); });
  for (std::size_t i = 0; i < good.data.size(); i += 7) {
    damaged([i](auto& row) { row.data[i] = static_cast<char>(row.data[i] ^ 0x20); });
  }
}

TEST(RowCodec, people_are_found_without_decompressing) {
  const storage::EventRow row = make_row();
  EXPECT_EQ(row.people.size(), 3 * sizeof(std::uint32_t));
  for (const std::uint32_t person : {3U, 9U, 70'000U})
    EXPECT_TRUE(mentions(row, person));
  for (const std::uint32_t person : {0U, 4U, 69'999U, UINT32_MAX})
    EXPECT_FALSE(mentions(row, person));
  EXPECT_FALSE(mentions(make_row({}), 3));
}

TEST(RowCodec, a_batch_comes_back_event_by_event) {
  auto batch = Batch::from_row(make_row());
  ASSERT_TRUE(batch);
  ASSERT_EQ((*batch)->events().size(), 100U);
  EXPECT_EQ((*batch)->last_sequence(), 140U);
  const LoggedEvent& event = (*batch)->events()[17];
  EXPECT_EQ(event.sequence, 58U);
  EXPECT_EQ(event.fields.id, "e17");
  EXPECT_EQ(event.received_us, 5);
}

storage::EventRow merged_row(const std::vector<CommitPart>& commits) {
  storage::EventRow row = make_row();
  auto raw = decode_row(row);
  std::vector<std::uint32_t> people;
  RowEncoder(1).encode(*raw, people, row, commits);
  return row;
}

TEST(RowCodec, commits_that_do_not_fit_the_row_are_damage) {
  const std::vector<std::vector<CommitPart>> wrong = {
      {{50, 1}, {49, 5}},           // an event is missing
      {{50, 1}, {51, 5}},           // one too many
      {{50, 1}, {50, 4}},           // the last is not the row's
      {{50, 9}, {50, 5}},           // time falls
      {{0, 1}, {100, 5}},           // a commit of nothing
      {{UINT32_MAX, 1}, {101, 5}},  // adds up only by overflow
  };
  for (const auto& commits : wrong) {
    const storage::EventRow row = merged_row(commits);
    ASSERT_TRUE(decode_row(row)) << "its checksum is right";
    EXPECT_EQ(decode_commits(row).code(), Code::data_loss)
        << testing::PrintToString(commits.size());
    EXPECT_EQ(Batch::from_row(row).code(), Code::data_loss);
  }
}

TEST(RowCodec, commits_come_back_and_a_single_one_costs_nothing) {
  const std::vector<CommitPart> commits = {{1, -7}, {30, -7}, {68, 0}, {1, 5}};
  auto batch = Batch::from_row(merged_row(commits));
  ASSERT_TRUE(batch) << batch.status().message();
  EXPECT_EQ((*batch)->commits(), commits);
  EXPECT_EQ((*batch)->first_committed_us(), -7);
  EXPECT_EQ((*batch)->committed_us(), 5);
  std::vector<std::size_t> begins;
  for (std::size_t i = 0; i < 100; ++i) {
    if ((*batch)->events()[i].begins_commit) begins.push_back(i);
  }
  EXPECT_EQ(begins, (std::vector<std::size_t>{0, 1, 31, 99}));
  EXPECT_EQ((*batch)->events()[98].received_us, 0);
  EXPECT_EQ((*batch)->events()[99].received_us, 5);
  EXPECT_EQ(merged_row({{100, 5}}).data, make_row().data);
}

TEST(RowCodec, frames_of_every_length_come_back_and_cut_ones_do_not) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{127}, std::size_t{128},
                                 std::size_t{16'384}, std::size_t{3'000'000}}) {
    std::string frames;
    append_frame(frames, std::string(size, 'x'));
    append_frame(frames, "next");
    std::string_view rest = frames;
    std::string_view wire;
    ASSERT_TRUE(take_frame(rest, wire));
    EXPECT_EQ(wire.size(), size);
    ASSERT_TRUE(take_frame(rest, wire));
    EXPECT_EQ(wire, "next");
    EXPECT_FALSE(take_frame(rest, wire));
  }
  std::string_view cut = "\x05only";
  std::string_view wire;
  EXPECT_FALSE(take_frame(cut, wire));
  std::string_view endless = "\xff\xff\xff\xff\xff\xff\xff\xff";
  EXPECT_FALSE(take_frame(endless, wire));
}

}  // namespace
}  // namespace souk::log
