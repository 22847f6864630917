// Settings that stand in a YAML file of their own, which the store's file names by its path.
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "kernel/config/yaml_reader.hpp"
#include "kernel/schema/pool.hpp"
#include "souk/v1/options.pb.h"

namespace souk::config {
namespace {

using google::protobuf::FieldDescriptorProto;

/// message Outer { Words words = 1 [path]; string icon = 2 [path]; } with
/// message Words { uint32 limit = 1 [max: 10]; string file = 2 [path]; }, compiled as a plugin's
/// are.
const schema::MessageTable& outer() {
  static const auto pool = [] {
    google::protobuf::FileDescriptorSet set;
    google::protobuf::DescriptorProto::descriptor()->file()->CopyTo(set.add_file());
    souk::v1::FieldRules::descriptor()->file()->CopyTo(set.add_file());
    auto* file = set.add_file();
    file->set_name("words.proto");
    file->set_package("words");
    file->set_syntax("proto3");
    file->add_dependency("souk/v1/options.proto");
    const auto add = [](auto* message, const char* name, int number, auto type) {
      auto* field = message->add_field();
      field->set_name(name);
      field->set_number(number);
      field->set_type(type);
      field->set_label(FieldDescriptorProto::LABEL_OPTIONAL);
      return field->mutable_options()->MutableExtension(souk::v1::field);
    };
    auto* words = file->add_message_type();
    words->set_name("Words");
    add(words, "limit", 1, FieldDescriptorProto::TYPE_UINT32)->set_max(10);
    add(words, "file", 2, FieldDescriptorProto::TYPE_STRING)->set_path(true);
    auto* hours = file->add_message_type();
    hours->set_name("Hours");
    add(hours, "limit", 1, FieldDescriptorProto::TYPE_UINT32);
    add(hours, "off", 2, FieldDescriptorProto::TYPE_BOOL);
    auto* settings = file->add_message_type();
    settings->set_name("Outer");
    add(settings, "words", 1, FieldDescriptorProto::TYPE_MESSAGE)->set_path(true);
    settings->mutable_field(0)->set_type_name(".words.Words");
    add(settings, "icon", 2, FieldDescriptorProto::TYPE_STRING)->set_path(true);
    add(settings, "hours", 3, FieldDescriptorProto::TYPE_MESSAGE);
    settings->mutable_field(2)->set_type_name(".words.Hours");
    auto built = schema::DescriptorPool::build(set.SerializeAsString());
    EXPECT_TRUE(built.ok()) << built.status().message();
    return std::move(built).value();
  }();
  return *pool->message("words.Outer");
}

class SettingsFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "souk-words-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    std::filesystem::create_directory(folder_ + "/more");
    for (const char* file : {"a.png", "list.txt", "more/list.txt"})
      write(file, "");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
  }
  /// The wire bytes of the settings `text`, of a file souk.yaml in the folder; "" with faults.
  std::string read(const std::string& text) {
    FaultList faults(folder_ + "/souk.yaml");
    const std::map<std::string, std::string> variables{{"WORDS", "words.yaml"}};
    const Environment environment(&variables);
    YamlReader reader(faults, environment, folder_);
    const YAML::Node node = YAML::Load(text);
    const auto wire = reader.read(outer(), Layers{node}, node.Mark());
    EXPECT_EQ(wire.has_value(), faults.size() == 0);
    faults_ = faults.sorted();
    return wire.value_or("");
  }
  /// Exactly one fault, there, with these words in it.
  void expect_fault(const std::string& text, const std::string& file, int line, int column,
                    const std::string& words) {
    read(text);
    ASSERT_EQ(faults_.size(), 1U) << text;
    EXPECT_EQ(faults_[0].file, folder_ + "/" + file) << faults_[0].text();
    EXPECT_EQ(faults_[0].line, line) << faults_[0].text();
    EXPECT_EQ(faults_[0].column, column) << faults_[0].text();
    EXPECT_NE(faults_[0].message.find(words), std::string::npos) << faults_[0].text();
  }

  std::string folder_;
  std::vector<Fault> faults_;
};

TEST_F(SettingsFileTest, AFileThatIsNotThereOrTooLargeIsAFaultWhereItIsNamed) {
  expect_fault("icon: a.png\nwords: none.yaml\n", "souk.yaml", 2, 8, "there is no file");
  expect_fault("words: more\n", "souk.yaml", 1, 8, "there is no file");
  write("large.yaml", "");
  std::filesystem::resize_file(folder_ + "/large.yaml", (16U << 20U) + 1);
  expect_fault("words: large.yaml\n", "souk.yaml", 1, 8, "larger than 16 MiB");
  expect_fault("words: ${NOBODY}\n", "souk.yaml", 1, 8, "NOBODY");
  expect_fault("words: [ a.yaml ]\n", "souk.yaml", 1, 8, "map of settings");
}

TEST_F(SettingsFileTest, FaultsInTheFileHaveItsNameAndLines) {
  write("words.yaml", "# words\nlimit: 11\n");
  expect_fault("words: words.yaml\n", "words.yaml", 2, 8, "10");
  write("words.yaml", "\nlimits: 1\n");
  expect_fault("words: words.yaml\n", "words.yaml", 2, 1, "limits");
  write("words.yaml", "- limit\n");
  expect_fault("words: words.yaml\n", "words.yaml", 1, 1, "map of settings");
  write("words.yaml", "limit: [\n");
  read("words: words.yaml\n");
  ASSERT_EQ(faults_.size(), 1U);
  EXPECT_EQ(faults_[0].file, folder_ + "/words.yaml");
  // What comes after it lies in the first file again, which is told of first.
  write("words.yaml", "limit: 11\n");
  read("words: words.yaml\nicons: 1\n");
  ASSERT_EQ(faults_.size(), 2U);
  EXPECT_EQ(faults_[0].file, folder_ + "/souk.yaml");
  EXPECT_EQ(faults_[1].file, folder_ + "/words.yaml");
}

TEST_F(SettingsFileTest, TheFileMeansWhatItWouldMeanInPlace) {
  write("words.yaml", "limit: 7\nfile: list.txt\n");
  const std::string in_place =
      read("words: { limit: 7, file: " + folder_ + "/list.txt }\nicon: a.png\n");
  ASSERT_FALSE(in_place.empty());
  EXPECT_EQ(read("words: words.yaml\nicon: a.png\n"), in_place);
  EXPECT_EQ(read("words: ${WORDS}\nicon: a.png\n"), in_place);
  EXPECT_EQ(read("words: " + folder_ + "/words.yaml\nicon: a.png\n"), in_place);
  EXPECT_EQ(read("words: ./more/../words.yaml\nicon: a.png\n"), in_place);
}

TEST_F(SettingsFileTest, PathsInTheFileAreRelativeToIt) {
  write("more/words.yaml", "limit: 7\nfile: list.txt\n");
  const std::string in_place =
      read("words: { limit: 7, file: " + folder_ + "/more/list.txt }\nicon: a.png\n");
  EXPECT_EQ(read("words: more/words.yaml\nicon: a.png\n"), in_place);
}

TEST_F(SettingsFileTest, AMapWithTheSwitchOffMayBeWrittenAsTrueOrOff) {
  expect_fault("hours: maybe\n", "souk.yaml", 1, 8, "map of settings");
  expect_fault("words: true\n", "souk.yaml", 1, 8, "there is no file");
  EXPECT_EQ(read("hours: off\n"), read("hours: { off: true }\n"));
  EXPECT_EQ(read("hours: false\n"), read("hours: { off: true }\n"));
  EXPECT_EQ(read("hours: true\n"), read("hours: {}\n"));
  EXPECT_NE(read("hours: off\n"), read("hours: on\n"));
}

TEST_F(SettingsFileTest, AnEmptyFileLeavesDefaults) {
  write("words.yaml", "");
  EXPECT_EQ(read("words: words.yaml\nicon: a.png\n"), read("words: {}\nicon: a.png\n"));
}

}  // namespace
}  // namespace souk::config
