#include "kernel/config/setting_place.hpp"

#include <charconv>
#include <string>

namespace souk::config {
namespace {

/// A value, and how many bytes of the path led to it.
struct Reached {
  std::size_t used = 0;
  YAML::Mark mark;
};

/// The longest key of the map that the path begins with, as keys may hold dots.
bool enter_map(const YAML::Node& map, std::string_view path, std::size_t& used, YAML::Node& next) {
  std::size_t longest = 0;
  for (const auto& pair : map) {
    if (!pair.first.IsScalar()) continue;
    const std::string& key = pair.first.Scalar();
    if (key.size() <= longest || !path.starts_with(key)) continue;
    const bool ends =
        path.size() == key.size() || path[key.size()] == '.' || path[key.size()] == '[';
    if (!ends) continue;
    longest = key.size();
    next.reset(pair.second);
  }
  used = longest;
  return longest > 0;
}

/// "[3]" of a list.
bool enter_list(const YAML::Node& list, std::string_view path, std::size_t& used,
                YAML::Node& next) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(path.data() + 1, path.data() + path.size(), index);
  if (error != std::errc() || end == path.data() + path.size() || *end != ']') return false;
  if (index >= list.size()) return false;
  used = static_cast<std::size_t>(end - path.data()) + 1;
  next.reset(list[index]);
  return true;
}

std::optional<Reached> follow(const YAML::Node& root, std::string_view path) {
  std::optional<Reached> reached;
  YAML::Node at = root;
  std::size_t used = 0;
  while (used < path.size()) {
    std::string_view rest = path.substr(used);
    const bool dot = rest.front() == '.';
    if (dot) rest.remove_prefix(1);
    if (rest.empty()) break;
    YAML::Node next;
    std::size_t part = 0;
    const bool entered = rest.front() == '[' ? at.IsSequence() && enter_list(at, rest, part, next)
                                             : at.IsMap() && enter_map(at, rest, part, next);
    if (!entered) break;
    used += part + (dot ? 1 : 0);
    at.reset(next);
    reached = Reached{used, at.Mark()};
  }
  return reached;
}

}  // namespace

std::optional<YAML::Mark> place_of_setting(std::string_view sentence, const Layers& layers) {
  const std::string_view path = sentence.substr(0, sentence.find_first_of(": "));
  std::optional<Reached> best;
  for (const YAML::Node& layer : layers) {
    const auto reached = follow(layer, path);
    if (reached && (!best || reached->used >= best->used)) best = reached;
  }
  if (!best) return std::nullopt;
  return best->mark;
}

}  // namespace souk::config
