#include "kernel/schema/pool.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/descriptor_database.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>

#include <cstdio>
#include <cstdlib>
#include <set>

#include "kernel/schema/pool_builder.hpp"
#include "schemas/descriptor_set.hpp"

namespace souk::schema {

namespace pb = google::protobuf;

struct DescriptorPool::State {
  CompiledTypes types;
};

namespace {

/// Keeps the first fault that protobuf finds; the rest mostly follow from it.
class FirstError final : public pb::DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& file, const std::string& symbol, const pb::Message*,
                ErrorLocation, const std::string& message) override {
    if (text.empty()) text = file + ": " + symbol + ": " + message;
  }
  std::string text;
};

Status invalid(std::string message) {
  return {Code::invalid_argument, "descriptor set: " + std::move(message)};
}

Status parse_set(std::string_view bytes, const PoolLimits& limits, pb::FileDescriptorSet& set) {
  if (bytes.size() > limits.max_bytes) {
    return invalid("has " + std::to_string(bytes.size()) + " bytes; at most " +
                   std::to_string(limits.max_bytes) + " are allowed");
  }
  pb::io::CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                  static_cast<int>(bytes.size()));
  if (bytes.empty() || !set.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage()) {
    return invalid("the bytes are not a google.protobuf.FileDescriptorSet");
  }
  if (set.file_size() == 0) return invalid("holds no file");
  if (static_cast<std::size_t>(set.file_size()) > limits.max_files) {
    return invalid("holds " + std::to_string(set.file_size()) + " files; at most " +
                   std::to_string(limits.max_files) + " are allowed");
  }
  return {};
}

/// Adds one file after everything it imports.
class FileLinker {
 public:
  FileLinker(const pb::FileDescriptorSet& set, pb::DescriptorPool& pool) : set_(set), pool_(pool) {}

  Status index() {
    for (int i = 0; i < set_.file_size(); ++i) {
      if (!positions_.emplace(set_.file(i).name(), i).second) {
        return invalid("holds the file " + set_.file(i).name() + " twice");
      }
    }
    return {};
  }

  Status link(int position) {
    const pb::FileDescriptorProto& file = set_.file(position);
    if (pool_.FindFileByName(file.name()) != nullptr) return {};
    if (!open_.insert(position).second) return invalid(file.name() + " imports itself");
    for (const std::string& import : file.dependency()) {
      const auto found = positions_.find(import);
      if (found == positions_.end()) {
        return invalid(file.name() + " imports " + import +
                       ", which the set does not hold; build it with --include_imports");
      }
      Status linked = link(found->second);
      if (!linked.ok()) return linked;
    }
    FirstError errors;
    if (pool_.BuildFileCollectingErrors(file, &errors) == nullptr) {
      return invalid(errors.text.empty() ? file.name() + " is not valid" : errors.text);
    }
    return {};
  }

 private:
  const pb::FileDescriptorSet& set_;
  pb::DescriptorPool& pool_;
  std::map<std::string, int> positions_;
  std::set<int> open_;
};

template <class Map>
auto* find_in(const Map& map, std::string_view name) noexcept {
  const auto found = map.find(name);
  return found == map.end() ? nullptr : found->second.get();
}

}  // namespace

DescriptorPool::DescriptorPool() : state_(std::make_unique<State>()) {}
DescriptorPool::~DescriptorPool() = default;

Result<std::unique_ptr<const DescriptorPool>> DescriptorPool::build(std::string_view descriptor_set,
                                                                    const PoolLimits& limits) {
  // What is wrong is in the status; protobuf would write it to stderr as well.
  const pb::LogSilencer silencer;
  pb::FileDescriptorSet set;
  Status status = parse_set(descriptor_set, limits, set);
  if (!status.ok()) return status;
  // Descriptors live only as long as compilation; tables hold all that is needed later.
  pb::DescriptorPool descriptors;
  FileLinker linker(set, descriptors);
  status = linker.index();
  for (int i = 0; status.ok() && i < set.file_size(); ++i)
    status = linker.link(i);
  if (!status.ok()) return status;

  std::unique_ptr<DescriptorPool> pool(new DescriptorPool);
  PoolBuilder builder(pool->state_->types, limits);
  std::vector<const pb::FileDescriptor*> files;
  for (const pb::FileDescriptorProto& file : set.file()) {
    // Descriptors of descriptors are not data of ours.
    if (file.name() == "google/protobuf/descriptor.proto") continue;
    files.push_back(descriptors.FindFileByName(file.name()));
  }
  for (const auto* file : files) {
    if (status.ok()) status = builder.add_file(*file);
  }
  for (const auto* file : files) {
    if (status.ok()) status = builder.add_services(*file);
  }
  if (!status.ok()) return status;
  status = builder.finish();
  if (!status.ok()) return status;
  return std::unique_ptr<const DescriptorPool>(std::move(pool));
}

const DescriptorPool& DescriptorPool::builtin() {
  static const std::unique_ptr<const DescriptorPool> pool = [] {
    auto built = build(schemas::descriptor_set());
    if (!built.ok()) {
      std::fprintf(stderr, "souk: the built-in schemas are broken: %s\n",
                   built.status().message().c_str());
      std::abort();
    }
    return std::move(built).value();
  }();
  return *pool;
}

const MessageTable* DescriptorPool::message(std::string_view full_name) const noexcept {
  return find_in(state_->types.messages, full_name);
}

const EnumTable* DescriptorPool::enumeration(std::string_view full_name) const noexcept {
  return find_in(state_->types.enumerations, full_name);
}

const Service* DescriptorPool::service(std::string_view full_name) const noexcept {
  return find_in(state_->types.services, full_name);
}

const std::vector<const MessageTable*>& DescriptorPool::messages() const noexcept {
  return state_->types.message_list;
}

const std::vector<const Service*>& DescriptorPool::services() const noexcept {
  return state_->types.service_list;
}

const MessageTable* DescriptorPool::settings() const noexcept { return state_->types.settings; }

}  // namespace souk::schema
