#include "tools/souk/import/csv_reader.hpp"

#include <zlib.h>

#include "tools/souk/tests/recording_sink.hpp"

namespace souk::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Read {
  std::vector<std::vector<std::string>> records;
  std::vector<std::uint64_t> lines;
  std::vector<std::string> faults;
};

Read read_all(CsvReader& reader) {
  Read read;
  CsvRecord record;
  std::string reason;
  for (;;) {
    const auto outcome = reader.next(record, reason);
    EXPECT_TRUE(outcome.ok()) << outcome.status().message();
    if (!outcome.ok() || *outcome == CsvOutcome::end) return read;
    if (*outcome == CsvOutcome::malformed) {
      read.faults.push_back(std::to_string(record.line) + ": " + reason);
      continue;
    }
    read.records.emplace_back(record.fields.begin(), record.fields.end());
    read.lines.push_back(record.line);
  }
}

Read read_text(const std::string& text) {
  const TemporaryFolder folder;
  auto reader = CsvReader::open(folder.file("data.csv", text));
  EXPECT_TRUE(reader.ok()) << reader.status().message();
  return reader.ok() ? read_all(**reader) : Read{};
}

Status open_status(const std::string& text) {
  const TemporaryFolder folder;
  return CsvReader::open(folder.file("data.csv", text)).status();
}

TEST(CsvReader, RefusesWhatIsNoTable) {
  EXPECT_EQ(CsvReader::open("/nowhere/file.csv").code(), Code::not_found);
  EXPECT_EQ(CsvReader::open("/tmp").code(), Code::not_found);
  EXPECT_THAT(open_status("").message(), HasSubstr("is empty"));
  EXPECT_THAT(open_status("\n\n").message(), HasSubstr("is empty"));
  EXPECT_THAT(open_status("a,b,a\n").message(), HasSubstr("\"a\" stands there twice"));
  EXPECT_THAT(open_status("a,\"b\n1,2\n").message(), HasSubstr("not closed"));
  EXPECT_THAT(open_status(std::string("\xFF\xFE"
                                      "a\0,\0",
                                      6))
                  .message(),
              HasSubstr("UTF-16"));
}

TEST(CsvReader, ReportsBrokenRecordsAndGoesOn) {
  const Read read = read_text("a,b\n1\n1,2,3\n\"x\"y,2\n3,4\n");
  EXPECT_THAT(read.faults,
              ElementsAre("2: 1 fields, the header has 2", "3: 3 fields, the header has 2",
                          "4: text after the closing quote of field 1"));
  EXPECT_THAT(read.records, ElementsAre(ElementsAre("3", "4")));
}

TEST(CsvReader, AQuoteThatIsNeverClosedIsOneFault) {
  const Read read = read_text("a,b\n1,2\n3,\"4\n5,6\n");
  EXPECT_THAT(read.records, ElementsAre(ElementsAre("1", "2")));
  EXPECT_THAT(read.faults, ElementsAre("3: a quote is not closed"));
}

TEST(CsvReader, ReadsQuotesLineEndsAndEmptyFields) {
  const Read read = read_text("a,b,c\r\n\"1,\"\"x\"\"\",,\r\n\r\n\"two\nlines\",\"\",3\r\n,,z");
  EXPECT_THAT(read.faults, ElementsAre());
  EXPECT_THAT(read.records,
              ElementsAre(ElementsAre("1,\"x\"", "", ""), ElementsAre("two\nlines", "", "3"),
                          ElementsAre("", "", "z")));
  EXPECT_THAT(read.lines, ElementsAre(2U, 4U, 6U));
}

TEST(CsvReader, FindsTheSeparatorAndLeavesTheByteOrderMarkOut) {
  const TemporaryFolder folder;
  auto tabs = CsvReader::open(folder.file("a.tsv", "\xEF\xBB\xBFid\t title, long \n1\tx, y\n"));
  ASSERT_TRUE(tabs.ok());
  EXPECT_THAT((*tabs)->header(), ElementsAre("id", "title, long"));
  EXPECT_THAT(read_all(**tabs).records, ElementsAre(ElementsAre("1", "x, y")));
  auto semicolons = CsvReader::open(folder.file("b.csv", "id;\"a;b\"\n1;2\n"));
  ASSERT_TRUE(semicolons.ok());
  EXPECT_EQ((*semicolons)->separator(), ';');
  EXPECT_THAT(read_all(**semicolons).records, ElementsAre(ElementsAre("1", "2")));
}

TEST(CsvReader, ReadsGzipAndNoticesACutArchive) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/data.csv.gz";
  gzFile file = gzopen(path.c_str(), "wb");
  std::string text = "a,b\n";
  for (int i = 0; i < 20'000; ++i)
    text += std::to_string(i) + "," + std::to_string(i * 7919) + "\n";
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  auto reader = CsvReader::open(path);
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(read_all(**reader).records.size(), 20'000U);
  EXPECT_GT((*reader)->fraction(), 0.9);

  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  reader = CsvReader::open(path);
  Status status = reader.status();
  CsvRecord record;
  std::string reason;
  for (bool more = reader.ok(); more;) {
    const auto outcome = (*reader)->next(record, reason);
    status = outcome.status();
    more = outcome.ok() && *outcome != CsvOutcome::end;
  }
  EXPECT_EQ(status.code(), Code::data_loss);
}

}  // namespace
}  // namespace souk::cli
