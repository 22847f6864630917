// What a library declares, from its ELF notes.
#include <google/protobuf/descriptor.h>

#include <cstdio>

#include "kernel/base/elf_notes.hpp"
#include "souk/testing/declaration.hpp"
#include "souk/v1/options.pb.h"
#include "souk/v1/plugin.pb.h"
#include "tools/plugin_check/plugin_check.hpp"
#include "tools/plugin_check/samples.hpp"

namespace souk::plugin_check {
namespace {

namespace pb = google::protobuf;

/// The first line of an element's documentation: the rule's `doc`, else the comment.
std::string first_sentence(std::string text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n'))
    text.erase(0, 1);
  return text.substr(0, text.find('\n'));
}

std::string route_of(const souk::v1::HttpRoute& route) {
  using Route = souk::v1::HttpRoute;
  switch (route.pattern_case()) {
    case Route::kGet:
      return "GET " + route.get();
    case Route::kPut:
      return "PUT " + route.put();
    case Route::kPost:
      return "POST " + route.post();
    case Route::kDelete:
      return "DELETE " + route.delete_();
    case Route::kPatch:
      return "PATCH " + route.patch();
    case Route::PATTERN_NOT_SET:
      break;
  }
  return "for other plugins only";
}

std::vector<std::string> methods_of(const Samples& samples,
                                    const std::vector<std::string>& services) {
  std::vector<std::string> lines;
  for (const std::string& name : services) {
    const pb::ServiceDescriptor* service = samples.pool().FindServiceByName(name);
    if (service == nullptr) {
      lines.push_back(name + "  (not in its schema)");
      continue;
    }
    for (int i = 0; i < service->method_count(); ++i) {
      const pb::MethodDescriptor& method = *service->method(i);
      lines.push_back(name + "/" + std::string(method.name()) + "  " +
                      route_of(method.options().GetExtension(souk::v1::http)));
    }
  }
  return lines;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%g", value);
  return text;
}

std::vector<std::string> settings_of(const Samples& samples, const std::string& message) {
  std::vector<std::string> lines;
  const pb::Descriptor* type = samples.pool().FindMessageTypeByName(message);
  for (int i = 0; type != nullptr && i < type->field_count(); ++i) {
    const pb::FieldDescriptor& field = *type->field(i);
    const souk::v1::FieldRules& rules = field.options().GetExtension(souk::v1::field);
    const bool composed = field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE;
    std::string line = std::string(field.name()) + "  ";
    if (field.is_map()) {
      line += "map";
    } else {
      line += field.is_repeated() ? "list of " : "";
      line += composed ? std::string(field.message_type()->name()) : field.type_name();
    }
    if (!rules.default_value().empty()) line += ", default " + rules.default_value();
    if (rules.required()) line += ", required";
    if (rules.has_min()) line += ", at least " + number(rules.min());
    if (rules.has_max()) line += ", at most " + number(rules.max());
    pb::SourceLocation location;
    std::string doc = rules.doc();
    if (doc.empty() && field.GetSourceLocation(&location)) doc = location.leading_comments;
    if (!doc.empty()) line += ": " + first_sentence(doc);
    lines.push_back(std::move(line));
  }
  return lines;
}

template <class Strings>
std::vector<std::string> list_of(const Strings& strings) {
  return {strings.begin(), strings.end()};
}

}  // namespace

Result<Inspection> inspect(const std::string& path) {
  const Result<base::PluginNotes> notes = base::read_plugin_notes(path);
  if (!notes.ok()) return notes.status();
  souk::v1::PluginManifest manifest;
  if (!manifest.ParseFromString(notes->manifest)) {
    return Status(Code::invalid_argument, path + ": its manifest is not a souk.v1.PluginManifest");
  }
  const auto samples = Samples::from(notes->schema);
  if (!samples.ok()) return Status(samples.code(), path + ": " + samples.status().message());
  Inspection it;
  it.id = manifest.id();
  it.version = manifest.version();
  it.description = manifest.description();
  it.vendor = manifest.vendor();
  it.license = manifest.license();
  it.sdk_build = manifest.sdk_build();
  it.abi_major = manifest.abi_major();
  it.abi_minor = manifest.abi_minor();
  it.extensions_required = list_of(manifest.extensions_required());
  it.extensions_optional = list_of(manifest.extensions_optional());
  it.reads = list_of(manifest.reads());
  it.publishes = list_of(manifest.publishes());
  it.calls = list_of(manifest.calls());
  it.settings_message = manifest.settings_message();
  it.methods = methods_of(*samples.value(), list_of(manifest.services()));
  it.settings = settings_of(*samples.value(), it.settings_message);
  return it;
}

}  // namespace souk::plugin_check
