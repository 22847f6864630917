#include "tests/schemas/schema_set.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "schemas/descriptor_set.hpp"

namespace souk::schemas_test {
namespace {

namespace pb = google::protobuf;
namespace fs = std::filesystem;

pb::FileDescriptorSet shipped_set() {
  const std::string_view bytes = schemas::descriptor_set();
  pb::FileDescriptorSet set;
  set.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  return set;
}

/// A directory of this process alone, gone with the object.
class ScratchDirectory {
 public:
  ScratchDirectory()
      : path_(fs::temp_directory_path() / ("souk-schemas-" + std::to_string(::getpid()))) {
    fs::create_directories(path_);
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Runs a command; true when it exits with 0. `output` gets what it says on either stream.
bool run(const std::string& command, std::string& output) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) {
    output = "can't run " + command;
    return false;
  }
  std::array<char, 512> buffer{};
  while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe) != nullptr) {
    output += buffer.data();
  }
  return ::pclose(pipe) == 0;
}

/// The descriptor set that protoc makes of `text`; empty, and `error` set, when it refuses.
pb::FileDescriptorSet compile_text(std::string_view text, std::string& error) {
  const ScratchDirectory scratch;
  const fs::path set_file = scratch.path() / "test.desc";
  std::ofstream(scratch.path() / "test.proto") << "syntax = \"proto3\";\npackage test;\n" << text;
  const std::string command = std::string("'" SOUK_PROTOC "' -I'" SOUK_SCHEMAS_DIR "' -I'") +
                              scratch.path().string() +
                              "' --include_imports --include_source_info --descriptor_set_out='" +
                              set_file.string() + "' test.proto";
  pb::FileDescriptorSet set;
  std::string output;
  if (!run(command, output)) {
    error = output.empty() ? "protoc failed" : output;
    return set;
  }
  std::ifstream file(set_file, std::ios::binary);
  if (!set.ParseFromIstream(&file)) error = "protoc wrote no descriptor set";
  return set;
}

void visit_messages(const pb::Descriptor& message,
                    const std::function<void(const pb::Descriptor&)>& visit) {
  if (message.options().map_entry()) return;
  visit(message);
  for (int i = 0; i < message.nested_type_count(); ++i) {
    visit_messages(*message.nested_type(i), visit);
  }
}

}  // namespace

SchemaSet::SchemaSet(const pb::FileDescriptorSet& set, const std::string& package)
    : pool_(std::make_unique<pb::DescriptorPool>()) {
  for (const auto& file : set.file()) {
    const auto* built = pool_->BuildFile(file);
    if (built == nullptr) {
      error_ += file.name() + " does not build\n";
    } else if (built->package() == package) {
      files_.push_back(built);
    }
  }
}

SchemaSet SchemaSet::shipped() { return {shipped_set(), "souk.v1"}; }

SchemaSet SchemaSet::compile(std::string_view text) {
  std::string error;
  const pb::FileDescriptorSet set = compile_text(text, error);
  SchemaSet schemas(set, "test");
  if (!error.empty()) schemas.error_ = error;
  return schemas;
}

void for_each_message(const SchemaSet& schemas,
                      const std::function<void(const pb::Descriptor&)>& visit) {
  for (const auto* file : schemas.files()) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      visit_messages(*file->message_type(i), visit);
    }
  }
}

void for_each_enum(const SchemaSet& schemas,
                   const std::function<void(const pb::EnumDescriptor&)>& visit) {
  for (const auto* file : schemas.files()) {
    for (int i = 0; i < file->enum_type_count(); ++i) {
      visit(*file->enum_type(i));
    }
  }
  for_each_message(schemas, [&visit](const pb::Descriptor& message) {
    for (int i = 0; i < message.enum_type_count(); ++i) {
      visit(*message.enum_type(i));
    }
  });
}

void for_each_method(const SchemaSet& schemas,
                     const std::function<void(const pb::MethodDescriptor&)>& visit) {
  for (const auto* file : schemas.files()) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        visit(*file->service(s)->method(m));
      }
    }
  }
}

}  // namespace souk::schemas_test
