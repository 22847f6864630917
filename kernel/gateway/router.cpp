#include "kernel/gateway/router.hpp"

#include <algorithm>

namespace souk::gateway {

struct Router::Leaf {
  std::array<Targets, 8> methods;  // by HttpMethod
  std::vector<std::string> variables;
};

/// One position in the path. A verb belongs to the last segment: "products" with the verb "batch".
struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> variable;
  std::map<std::string, Leaf, std::less<>> verbs;  // "" is the path without a verb
};

bool RouteTarget::serves(std::string_view store) const noexcept {
  return stores.empty() || std::find(stores.begin(), stores.end(), store) != stores.end();
}

RoutePattern RoutePattern::parse(std::string_view path) {
  RoutePattern pattern;
  path.remove_prefix(1);
  for (;;) {
    const std::size_t slash = path.find('/');
    std::string_view segment = path.substr(0, slash);
    const bool last = slash == std::string_view::npos;
    if (last) {
      const std::size_t brace = segment.rfind('}');
      const std::size_t colon = segment.find(':', brace == std::string_view::npos ? 0 : brace);
      if (colon != std::string_view::npos) {
        pattern.verb = segment.substr(colon + 1);
        segment = segment.substr(0, colon);
      }
    }
    Part part;
    if (segment.starts_with('{') && segment.ends_with('}')) {
      part.variable = segment.substr(1, segment.size() - 2);
    } else {
      part.literal = segment;
    }
    pattern.parts.push_back(std::move(part));
    if (last) return pattern;
    path.remove_prefix(slash + 1);
  }
}

RoutePattern RoutePattern::of(const schema::Route& route) {
  RoutePattern pattern;
  for (const schema::PathSegment& segment : route.segments) {
    Part part;
    if (segment.field != nullptr) {
      part.variable = segment.field->json_name;
    } else {
      part.literal = segment.text;
    }
    pattern.parts.push_back(std::move(part));
  }
  pattern.verb = route.verb;
  return pattern;
}

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(HttpMethod method, const RoutePattern& pattern,
                 std::shared_ptr<const RouteTarget> target) {
  Node* node = root_.get();
  std::vector<std::string> variables;
  for (const RoutePattern::Part& part : pattern.parts) {
    std::unique_ptr<Node>* next = nullptr;
    if (part.variable.empty()) {
      next = &node->literals[part.literal];
    } else {
      next = &node->variable;
      variables.push_back(part.variable);
    }
    if (!*next) *next = std::make_unique<Node>();
    node = next->get();
  }
  Leaf& leaf = node->verbs[pattern.verb];
  // Two services may name the variable of one path differently; the first names it for both.
  if (leaf.variables.empty()) leaf.variables = std::move(variables);
  leaf.methods[static_cast<std::size_t>(method)].push_back(std::move(target));
}

const Router::Leaf* Router::find(const Node& node, const std::vector<TargetSegment>& segments,
                                 std::size_t at, std::vector<std::string_view>& values) const {
  const TargetSegment& segment = segments[at];
  const bool last = at + 1 == segments.size();
  const std::size_t depth = values.size();
  const auto through = [&](const Node* next, std::string_view verb,
                           std::string_view value) -> const Leaf* {
    if (next == nullptr) return nullptr;
    if (!value.empty()) values.push_back(value);
    const Leaf* leaf = nullptr;
    if (!last) {
      leaf = find(*next, segments, at + 1, values);
    } else if (const auto it = next->verbs.find(verb); it != next->verbs.end()) {
      leaf = &it->second;
    }
    if (leaf == nullptr) values.resize(depth);
    return leaf;
  };
  const auto literal = [&node](std::string_view text) -> const Node* {
    const auto it = node.literals.find(text);
    return it == node.literals.end() ? nullptr : it->second.get();
  };
  if (const Leaf* leaf = through(literal(segment.decoded), {}, {})) return leaf;
  // A verb follows a colon that was sent as such: an encoded one belongs to the id.
  const std::size_t colon = last ? segment.raw.rfind(':') : std::string_view::npos;
  if (colon != std::string_view::npos) {
    const std::string_view verb = segment.raw.substr(colon + 1);
    const std::size_t before =
        segment.decoded.size() - std::min(verb.size() + 1, segment.decoded.size());
    const std::string_view name = segment.decoded.substr(0, before);
    if (!verb.empty() && verb.find('%') == std::string_view::npos && !name.empty()) {
      if (const Leaf* leaf = through(literal(name), verb, {})) return leaf;
      if (const Leaf* leaf = through(node.variable.get(), verb, name)) return leaf;
    }
  }
  if (segment.decoded.empty()) return nullptr;
  return through(node.variable.get(), {}, segment.decoded);
}

Router::Match Router::match(HttpMethod method, const Target& target,
                            schema::Parameters& variables) const {
  Match match;
  std::vector<std::string_view> values;
  const Leaf* leaf = find(*root_, target.segments(), 0, values);
  variables.clear();
  if (leaf == nullptr) return match;
  const HttpMethod asked = method == HttpMethod::head ? HttpMethod::get : method;
  const Targets& targets = leaf->methods[static_cast<std::size_t>(asked)];
  for (std::size_t i = 0; i < values.size() && i < leaf->variables.size(); ++i) {
    variables.emplace_back(leaf->variables[i], values[i]);
  }
  if (!targets.empty()) {
    match.targets = &targets;
    return match;
  }
  for (std::size_t i = 0; i < leaf->methods.size(); ++i) {
    if (leaf->methods[i].empty()) continue;
    if (!match.allow.empty()) match.allow += ", ";
    const auto allowed = static_cast<HttpMethod>(i);
    match.allow += method_name(allowed);
    if (allowed == HttpMethod::get) match.allow += ", HEAD";
  }
  return match;
}

}  // namespace souk::gateway
