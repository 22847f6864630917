// DescriptorPool: the message types and services of one FileDescriptorSet, compiled to tables. The
// kernel has one of its own and one for each plugin that ships descriptors; two pools may define
// the same names without meeting.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/schema/message_table.hpp"
#include "kernel/schema/routes.hpp"

namespace souk::schema {

/// What a descriptor set may hold at most.
struct PoolLimits {
  std::size_t max_bytes = std::size_t{8} << 20;
  std::size_t max_files = 512;
  std::size_t max_messages = 10'000;
  std::size_t max_fields = 512;  // of one message
};

/// Immutable once built; safe from any thread. Everything it hands out lives as long as it does.
class DescriptorPool {
 public:
  /// `descriptor_set` are wire bytes of a google.protobuf.FileDescriptorSet that holds every
  /// import; they are not kept. INVALID_ARGUMENT when they are not such a set, an import is
  /// missing, a type or an option is wrong (groups, Any, a rule on a field of another type, a route
  /// with an unknown field …): the sentence names the file and the symbol.
  static Result<std::unique_ptr<const DescriptorPool>> build(std::string_view descriptor_set,
                                                             const PoolLimits& limits = {});

  /// The pool of souk/v1/*.proto. Built at first use; a defect in it ends the process.
  static const DescriptorPool& builtin();

  ~DescriptorPool();
  DescriptorPool(const DescriptorPool&) = delete;
  DescriptorPool& operator=(const DescriptorPool&) = delete;

  /// By full name ("souk.v1.Event"); nullptr when there is none.
  [[nodiscard]] const MessageTable* message(std::string_view full_name) const noexcept;
  [[nodiscard]] const EnumTable* enumeration(std::string_view full_name) const noexcept;
  /// By full name ("souk.v1.RecommendationService"); nullptr when there is none.
  [[nodiscard]] const Service* service(std::string_view full_name) const noexcept;

  /// All of them, by name.
  [[nodiscard]] const std::vector<const MessageTable*>& messages() const noexcept;
  [[nodiscard]] const std::vector<const Service*>& services() const noexcept;
  /// The message marked (souk.v1.message).settings, not counting those of package souk.v1 in a
  /// plugin's set; nullptr when there is none.
  [[nodiscard]] const MessageTable* settings() const noexcept;

 private:
  DescriptorPool();
  struct State;
  std::unique_ptr<State> state_;
  friend class PoolBuilder;
};

}  // namespace souk::schema
