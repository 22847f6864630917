#include "kernel/storage/tests/test_database.hpp"

namespace souk::storage {
namespace {

using SnapshotTest = OnBothEngines;
INSTANTIATE_TEST_SUITE_P(Engines, SnapshotTest, ::testing::Values(Engine::sqlite, Engine::mysql),
                         engine_name);

const InstanceKey kInstance{"demo", "recommendations", ""};

SnapshotInfo info(std::uint64_t sequence) {
  SnapshotInfo result;
  result.instance = kInstance;
  result.sequence = sequence;
  result.format_version = 3;
  result.plugin_version = "1.2.3";
  result.created_us = 42;
  return result;
}

/// Does not compress to nothing and does not repeat within a chunk.
std::string noise(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint64_t state = 88172645463325252ULL;
  for (char& byte : bytes) {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    byte = static_cast<char>(state);
  }
  return bytes;
}

TEST_P(SnapshotTest, none_is_not_an_error_and_an_unknown_one_is) {
  EXPECT_TRUE(database_->snapshots(kInstance)->empty());
  EXPECT_EQ(database_->load_snapshot(12).code(), Code::not_found);
}

TEST_P(SnapshotTest, comes_back_byte_for_byte_at_every_size) {
  constexpr std::size_t kChunk = std::size_t{1} << 20U;
  std::uint64_t sequence = 0;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kChunk, 3 * kChunk + 17}) {
    const std::string bytes = noise(size);
    ASSERT_TRUE(database_->save_snapshot(info(++sequence), bytes, 2));
    auto infos = database_->snapshots(kInstance);
    ASSERT_TRUE(infos);
    EXPECT_EQ(infos->front().sequence, sequence);
    EXPECT_EQ(infos->front().format_version, 3U);
    EXPECT_EQ(infos->front().plugin_version, "1.2.3");
    EXPECT_EQ(infos->front().size, size);
    EXPECT_EQ(*database_->load_snapshot(infos->front().id), bytes);
  }
}

TEST_P(SnapshotTest, only_the_newest_are_kept) {
  for (std::uint64_t sequence = 1; sequence <= 5; ++sequence) {
    ASSERT_TRUE(database_->save_snapshot(info(sequence), "state", 2));
  }
  auto infos = database_->snapshots(kInstance);
  ASSERT_EQ(infos->size(), 2U);
  EXPECT_EQ(infos->front().sequence, 5U);
  EXPECT_EQ(infos->back().sequence, 4U);
  int chunks = 0;
  *test_database_->session() << "SELECT COUNT(*) FROM souk_snapshot_chunks", soci::into(chunks);
  EXPECT_EQ(chunks, 2) << "chunks of dropped snapshots stay behind";
  ASSERT_TRUE(database_->drop_snapshots("demo"));
  EXPECT_TRUE(database_->snapshots(kInstance)->empty());
}

TEST_P(SnapshotTest, damage_is_found) {
  const std::string bytes = noise(std::size_t{3} << 20U);
  ASSERT_TRUE(database_->save_snapshot(info(1), bytes, 2));
  const std::uint64_t id = database_->snapshots(kInstance)->front().id;
  *test_database_->session() << "UPDATE souk_snapshot_chunks SET data = 'other' WHERE chunk = 1";
  EXPECT_EQ(database_->load_snapshot(id).code(), Code::data_loss);
  *test_database_->session() << "DELETE FROM souk_snapshot_chunks WHERE chunk = 1";
  auto loaded = database_->load_snapshot(id);
  EXPECT_EQ(loaded.code(), Code::data_loss);
  EXPECT_NE(loaded.status().message().find("missing"), std::string::npos);
}

TEST_P(SnapshotTest, one_that_was_cut_off_does_not_count) {
  ASSERT_TRUE(database_->save_snapshot(info(1), "whole", 2));
  ASSERT_TRUE(database_->save_snapshot(info(2), "cut off", 2));
  *test_database_->session() << "UPDATE souk_snapshots SET complete = 0 WHERE sequence = 2";
  auto infos = database_->snapshots(kInstance);
  ASSERT_EQ(infos->size(), 1U);
  EXPECT_EQ(infos->front().sequence, 1U);
  ASSERT_TRUE(database_->save_snapshot(info(3), "next", 5));
  int rows = 0;
  *test_database_->session() << "SELECT COUNT(*) FROM souk_snapshots", soci::into(rows);
  EXPECT_EQ(rows, 2) << "the cut-off one is cleared away by the next";
}

}  // namespace
}  // namespace souk::storage
