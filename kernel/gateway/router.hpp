// Router: method and path → what to do. Built from descriptors' routes and the kernel's own paths.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/gateway/http/request.hpp"
#include "kernel/gateway/key_ring.hpp"
#include "kernel/gateway/target.hpp"
#include "kernel/schema/pool.hpp"

namespace souk::gateway {

struct Call;
using Handler = std::function<void(Call&)>;

/// One thing that a path and method can mean. Several services may claim the same path for
/// different stores; the first that serves the key's store counts.
struct RouteTarget {
  std::string label;  ///< for metrics and logs: "GET /v1/products/{id}"
  std::uint16_t label_id = 0;
  Scope scope = kScopeAdmin;
  bool own_auth = false;  ///< the handler finds key and store itself
  bool appends_only = false;
  std::vector<std::string> stores;  ///< that it serves; empty: every store
  /// Of a service's method; null for the kernel's plain paths.
  const schema::Route* route = nullptr;
  std::shared_ptr<const schema::DescriptorPool>
      pool;                         ///< keeps `route`; null for the built-in pool
  std::string method;               ///< "souk.v1.Recommendations/Recommend"
  std::uint32_t account_field = 0;  ///< number of the input's account_id; 0: it has none
  std::uint32_t agent_field = 0;    ///< number of the input's user_agent; 0: it has none
  Handler handler;

  [[nodiscard]] bool serves(std::string_view store) const noexcept;
};

/// A path template as the router needs it: literals, variables ("" in `literal`) and a verb.
struct RoutePattern {
  struct Part {
    std::string literal;
    std::string variable;  ///< the name by which its value is passed on
  };
  std::vector<Part> parts;
  std::string verb;

  /// "/v1/projects/{key}/settings", "/v1/products:batch". Variables take whole segments.
  static RoutePattern parse(std::string_view path);
  static RoutePattern of(const schema::Route& route);
};

/// Immutable once built; match() is safe from any thread.
class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  void add(HttpMethod method, const RoutePattern& pattern,
           std::shared_ptr<const RouteTarget> target);

  using Targets = std::vector<std::shared_ptr<const RouteTarget>>;
  struct Match {
    const Targets* targets = nullptr;  ///< null: no such path, or not with this method
    std::string allow;  ///< methods of the path, for 405 and OPTIONS; empty: no such path
  };
  /// Fills `variables` with views into `target` and this router. HEAD finds GET.
  Match match(HttpMethod method, const Target& target, schema::Parameters& variables) const;

 private:
  struct Node;
  struct Leaf;
  const Leaf* find(const Node& node, const std::vector<TargetSegment>& segments, std::size_t at,
                   std::vector<std::string_view>& values) const;
  std::unique_ptr<Node> root_;
};

}  // namespace souk::gateway
