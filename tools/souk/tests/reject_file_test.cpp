#include "tools/souk/import/reject_file.hpp"

#include <sstream>

#include "tools/souk/import/event_batch.hpp"
#include "tools/souk/tests/recording_sink.hpp"

namespace souk::cli {
namespace {

TEST(RejectFile, IsNotMadeWithoutRejects) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/data.csv.rejects.csv";
  { const RejectFile rejects(path); }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(RejectFile, HoldsLineReasonAndRecordAsCsv) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/data.csv.rejects.csv";
  {
    RejectFile rejects(path);
    rejects.add(7, "no title", "p1,\"a \"\"b\"\"\",3");
    rejects.add(9, "no title", "two\nlines");
    EXPECT_EQ(rejects.count(), 2U);
    EXPECT_EQ(rejects.reasons().at("no title"), 2U);
    EXPECT_EQ(rejects.written_to(), path);
  }
  auto reader = CsvReader::open(path);
  ASSERT_TRUE(reader.ok());
  CsvRecord record;
  std::string reason;
  ASSERT_EQ(*(*reader)->next(record, reason), CsvOutcome::record);
  EXPECT_EQ(record.fields[0], "7");
  EXPECT_EQ(record.fields[1], "no title");
  EXPECT_EQ(record.fields[2], "p1,\"a \"\"b\"\"\",3");
  ASSERT_EQ(*(*reader)->next(record, reason), CsvOutcome::record);
  EXPECT_EQ(record.fields[2], "two\nlines");
}

TEST(RejectFile, LeavesAFolderAloneThatNobodyMayWriteTo) {
  const TemporaryFolder data;
  const TemporaryFolder here;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(here.path());
  std::filesystem::permissions(data.path(), std::filesystem::perms::owner_write,
                               std::filesystem::perm_options::remove);
  {
    RejectFile rejects(data.path() + "/data.csv.rejects.csv");
    rejects.add(1, "no title", "x");
    EXPECT_EQ(rejects.written_to(), "data.csv.rejects.csv");
  }
  std::filesystem::permissions(data.path(), std::filesystem::perms::owner_write,
                               std::filesystem::perm_options::add);
  EXPECT_TRUE(std::filesystem::is_empty(data.path()));
  EXPECT_TRUE(std::filesystem::exists(here.path() + "/data.csv.rejects.csv"));
  std::filesystem::current_path(before);
}

TEST(EventBatch, PartsHoldTheirEventsAndLines) {
  EventBatch batch;
  batch.add("first", 2);
  batch.add(std::string(300, 'x'), 3);
  batch.add("third", 5);
  const EventBatch part = batch.part(1, 3);
  EXPECT_EQ(part.size(), 2U);
  EXPECT_EQ(part.line(1), 5U);
  EXPECT_EQ(batch.part(0, 1).body() + part.body(), batch.body());
}

}  // namespace
}  // namespace souk::cli
