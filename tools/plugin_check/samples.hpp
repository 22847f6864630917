// Messages made from descriptors: what the checker feeds to a plugin.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "souk/result.hpp"

namespace google::protobuf {
class Descriptor;
class DescriptorPool;
class DynamicMessageFactory;
class Message;
}  // namespace google::protobuf

namespace souk::plugin_check {

/// Makes messages of the types in one FileDescriptorSet. The same type and seed give the same
/// bytes. One thread.
class Samples {
 public:
  /// INVALID_ARGUMENT when the bytes are no self-contained FileDescriptorSet.
  static Result<std::unique_ptr<Samples>> from(std::string_view descriptor_set);
  ~Samples();

  [[nodiscard]] const google::protobuf::DescriptorPool& pool() const noexcept { return *pool_; }
  [[nodiscard]] bool knows(const std::string& message) const;

  /// A message with every field set to something that its rules allow.
  [[nodiscard]] std::string valid(const std::string& message, std::uint64_t seed) const;
  /// What the daemon gives to init(): defaults, and something allowed where a field is required.
  [[nodiscard]] std::string settings(const std::string& message) const;

 private:
  explicit Samples(std::unique_ptr<google::protobuf::DescriptorPool> pool);

  std::unique_ptr<google::protobuf::DescriptorPool> pool_;
  std::unique_ptr<google::protobuf::DynamicMessageFactory> factory_;
};

}  // namespace souk::plugin_check
