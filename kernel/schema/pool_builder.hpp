// Compiles descriptors to tables. Used inside this room only; the one place with
// kernel/schema/pool.cpp that knows protobuf's own types.
#pragma once

#include <google/protobuf/descriptor.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/schema/message_table.hpp"
#include "kernel/schema/pool.hpp"

namespace souk::schema {

/// Everything compiled from one descriptor set.
struct CompiledTypes {
  std::map<std::string, std::unique_ptr<MessageTable>, std::less<>> messages;
  std::map<std::string, std::unique_ptr<EnumTable>, std::less<>> enumerations;
  std::map<std::string, std::unique_ptr<Service>, std::less<>> services;
  std::vector<const MessageTable*> message_list;
  std::vector<const Service*> service_list;
  const MessageTable* settings = nullptr;
};

class PoolBuilder {
 public:
  PoolBuilder(CompiledTypes& types, const PoolLimits& limits) : types_(types), limits_(limits) {}

  /// Compiles every message and enum of the file.
  Status add_file(const google::protobuf::FileDescriptor& file);
  /// Compiles its services; every file must have been added.
  Status add_services(const google::protobuf::FileDescriptor& file);
  /// What can only be done when all tables are there: defaults, lists of names.
  Status finish();

  /// As MessageTable::find and friends need it: the table, made when it is met for the first time.
  const MessageTable* table(const google::protobuf::Descriptor& descriptor);

 private:
  Status compile_message(const google::protobuf::Descriptor& descriptor);
  Status compile_field(const google::protobuf::FieldDescriptor& descriptor, Field& field);
  Status compile_rules(const google::protobuf::FieldDescriptor& descriptor, Field& field);
  Status compile_message_rules(const google::protobuf::Descriptor& descriptor, MessageTable& table);
  Status compile_cross_check(const std::string& text, MessageTable& table);
  Status compile_service(const google::protobuf::ServiceDescriptor& descriptor);
  const EnumTable* enumeration(const google::protobuf::EnumDescriptor& descriptor);

  CompiledTypes& types_;
  const PoolLimits& limits_;
  std::vector<const google::protobuf::Descriptor*> pending_;  // tables named, not yet filled
};

/// The comment in front of a declaration, joined to paragraphs; empty when the set carries none.
template <class Descriptor>
std::string comment_of(const Descriptor& descriptor) {
  google::protobuf::SourceLocation location;
  if (!descriptor.GetSourceLocation(&location)) return {};
  const std::string& text =
      location.leading_comments.empty() ? location.trailing_comments : location.leading_comments;
  std::string joined;
  std::size_t begin = 0;
  while (begin < text.size()) {
    std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) end = text.size();
    std::string_view line(text.data() + begin, end - begin);
    if (line.starts_with(' ')) line.remove_prefix(1);
    while (line.ends_with(' '))
      line.remove_suffix(1);
    // Indented lines are lists and keep their breaks; the rest flows.
    if (!joined.empty() && !line.empty()) joined += line.starts_with(' ') ? '\n' : ' ';
    if (line.empty() && end != text.size() && !joined.empty()) joined += '\n';
    joined += line;
    begin = end + 1;
  }
  while (joined.ends_with('\n') || joined.ends_with(' '))
    joined.pop_back();
  return joined;
}

/// Fills `service` from its descriptor, routes included.
Status compile_routes(const google::protobuf::ServiceDescriptor& descriptor, PoolBuilder& builder,
                      Service& service);

}  // namespace souk::schema
