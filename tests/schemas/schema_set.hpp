// The schemas under test: those that ship, or a text that a test makes up to break a rule.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace souk::schemas_test {

/// Files of a schema with their descriptors. Descriptors live as long as the set. Not thread-safe.
class SchemaSet {
 public:
  /// souk/v1/*.proto as compiled into the program.
  static SchemaSet shipped();

  /// One file, `test.proto`, made of `text`; it may import the shipped files. `text` begins with
  /// the imports: syntax and `package test;` are put before it. On a compile error the set has no
  /// files and error() says why.
  static SchemaSet compile(std::string_view text);

  /// The files that are to be judged: not what they import.
  [[nodiscard]] const std::vector<const google::protobuf::FileDescriptor*>& files() const& {
    return files_;
  }
  void files() const&& = delete;  // they would not outlive the set
  [[nodiscard]] const std::string& error() const { return error_; }

  /// By full name; nullptr when there is none.
  [[nodiscard]] const google::protobuf::Descriptor* message(const std::string& full_name) const {
    return pool_->FindMessageTypeByName(full_name);
  }

 private:
  SchemaSet(const google::protobuf::FileDescriptorSet& set, const std::string& package);

  std::unique_ptr<google::protobuf::DescriptorPool> pool_;
  std::vector<const google::protobuf::FileDescriptor*> files_;
  std::string error_;
};

/// Calls `visit` for every message of the files, nested ones included, entries of maps not.
void for_each_message(const SchemaSet& schemas,
                      const std::function<void(const google::protobuf::Descriptor&)>& visit);

/// Calls `visit` for every enumeration of the files, nested ones included.
void for_each_enum(const SchemaSet& schemas,
                   const std::function<void(const google::protobuf::EnumDescriptor&)>& visit);

/// Calls `visit` for every method of every service of the files.
void for_each_method(const SchemaSet& schemas,
                     const std::function<void(const google::protobuf::MethodDescriptor&)>& visit);

}  // namespace souk::schemas_test
