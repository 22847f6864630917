#include "plugins/email/template/known_variables.hpp"

#include <algorithm>
#include <numeric>

namespace souk::email {
namespace {

/// Insertions, deletions, changes and swaps of neighbours that make `b` of `a`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      row[j + 1] = std::min({above[j] + (a[i] == b[j] ? 0U : 1U), above[j + 1] + 1, row[j] + 1});
      if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j])
        row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above.back();
}

}  // namespace

KnownVariables::KnownVariables(std::initializer_list<std::string_view> paths) : nodes_(1) {
  for (const std::string_view path : paths)
    add(path);
}

void KnownVariables::add(std::string_view path) {
  Node at = kRoot;
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    path = dot == path.npos ? std::string_view() : path.substr(dot + 1);
    if (name == "*") {
      nodes_[at].any = true;
      continue;
    }
    const auto& members = nodes_[at].members;
    const auto found = std::find_if(members.begin(), members.end(),
                                    [&](Node node) { return nodes_[node].name == name; });
    if (found != members.end()) {
      at = *found;
      continue;
    }
    const Node added = static_cast<Node>(nodes_.size());
    nodes_[at].members.push_back(added);
    nodes_.push_back({std::string(name), {}, false});
    at = added;
  }
}

bool KnownVariables::step(Node node, std::string_view name, Node& next) const noexcept {
  next = kAny;
  if (node == kAny) return true;
  const Entry& entry = nodes_[node];
  for (const Node member : entry.members) {
    if (nodes_[member].name != name) continue;
    next = member;
    return true;
  }
  return entry.any;
}

std::vector<std::string_view> KnownVariables::names(Node node) const {
  std::vector<std::string_view> names;
  if (node == kAny) return names;
  for (const Node member : nodes_[node].members)
    names.push_back(nodes_[member].name);
  return names;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
  if (word.empty() || word.size() > 64) return {};
  std::string_view best;
  std::size_t least = word.size() / 3 + 2;
  for (const std::string_view candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance >= least) continue;
    least = distance;
    best = candidate;
  }
  return best.empty() ? std::string() : "; did you mean '" + std::string(best) + "'?";
}

}  // namespace souk::email
