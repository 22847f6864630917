// The names that a context may hold, so that a misspelt one is an error when a template is loaded
// and not an empty space in a message.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace souk::email {

/// A tree of names. Built once, then read by any thread.
class KnownVariables {
 public:
  using Node = std::uint32_t;
  static constexpr Node kRoot = 0;
  /// Nothing is known about what is below: every name is allowed.
  static constexpr Node kAny = UINT32_MAX;

  /// Paths like "person.first_name", "cart.items.title" (lists are stepped through), "event.*"
  /// (anything below).
  KnownVariables() : nodes_(1) {}
  KnownVariables(std::initializer_list<std::string_view> paths);
  void add(std::string_view path);

  /// Sets `next` to the member `name` of `node`. False when `node` has members and this is none.
  [[nodiscard]] bool step(Node node, std::string_view name, Node& next) const noexcept;
  /// The members of `node`, for a hint.
  [[nodiscard]] std::vector<std::string_view> names(Node node) const;

 private:
  struct Entry {
    std::string name;
    std::vector<Node> members;
    bool any = false;
  };

  std::vector<Entry> nodes_;
};

/// "; did you mean X?" for the one of `known` that is nearest to `word`; empty when none is near.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       const std::vector<std::string_view>& known);

}  // namespace souk::email
