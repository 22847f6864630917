// schemas/README.md says what is: its table names every event, its examples can be sent.

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "souk/v1/event.pb.h"
#include "souk/v1/ingest.pb.h"
#include "tests/schemas/schema_set.hpp"
#include "tests/schemas/segment_spec.hpp"

namespace souk::schemas_test {
namespace {

namespace pb = google::protobuf;

std::string readme() {
  std::ifstream file(std::string(SOUK_SCHEMAS_DIR) + "/README.md");
  EXPECT_TRUE(file);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Bodies of the blocks that begin with ```LANGUAGE.
std::vector<std::string> code_blocks(const std::string& text, const std::string& language) {
  std::vector<std::string> blocks;
  const std::string open = "```" + language + "\n";
  for (std::size_t at = text.find(open); at != std::string::npos; at = text.find(open, at)) {
    at += open.size();
    const std::size_t end = text.find("\n```", at);
    EXPECT_NE(end, std::string::npos) << "a block has no end";
    if (end == std::string::npos) break;
    blocks.push_back(text.substr(at, end - at));
    at = end;
  }
  return blocks;
}

TEST(Readme, FindsItsOwnBlocks) {
  EXPECT_THAT(code_blocks("a\n```json\n{}\n```\nb\n```sh\nx\n```\n", "json"),
              testing::ElementsAre("{}"));
}

TEST(Readme, ItsEventsCanBeSent) {
  const auto blocks = code_blocks(readme(), "json");
  ASSERT_FALSE(blocks.empty());
  for (const auto& block : blocks) {
    v1::PostEventsRequest request;
    const auto status = pb::util::JsonStringToMessage(block, &request);
    EXPECT_TRUE(status.ok()) << status.ToString() << "\n" << block;
    for (const auto& event : request.events()) {
      EXPECT_NE(event.payload_case(), v1::Event::PAYLOAD_NOT_SET) << block;
    }
  }
}

TEST(Readme, ItsProtoCompiles) {
  const auto blocks = code_blocks(readme(), "proto");
  ASSERT_FALSE(blocks.empty());
  for (const auto& block : blocks) {
    EXPECT_EQ(SchemaSet::compile(block).error(), "") << block;
  }
}

TEST(Readme, ItsTableHasEverySegmentEvent) {
  const std::string text = readme();
  const auto* envelope = v1::Event::descriptor();
  for (const auto& event : segment_events()) {
    const std::string json_name = envelope->FindFieldByName(event.payload)->json_name();
    const std::regex row("\\| " + event.name + "[^|\n]*\\| `" + json_name + "` \\|");
    EXPECT_TRUE(std::regex_search(text, row)) << event.name << " → " << json_name;
  }
}

TEST(Readme, NamesEveryPayload) {
  const std::string text = readme();
  const auto* payload = v1::Event::descriptor()->FindOneofByName("payload");
  for (int i = 0; i < payload->field_count(); ++i) {
    const std::string name = "`" + payload->field(i)->json_name() + "`";
    EXPECT_NE(text.find(name), std::string::npos) << name << " is not in schemas/README.md";
  }
}

TEST(Readme, NamesEveryFile) {
  const std::string text = readme();
  const SchemaSet schemas = SchemaSet::shipped();
  for (const auto* file : schemas.files()) {
    const std::string name = "`" + file->name().substr(file->name().rfind('/') + 1) + "`";
    EXPECT_NE(text.find(name), std::string::npos) << name << " is not in schemas/README.md";
  }
}

}  // namespace
}  // namespace souk::schemas_test
