#include "plugins/segmentation/language/contradictions.hpp"

#include <limits>
#include <map>

namespace souk::segmentation {
namespace {

/// The values that are left.
struct ValuesLeft {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_itself = true;
  bool high_itself = true;

  void at_least(double value, bool itself) {
    if (value < low || (value == low && itself)) return;
    low = value;
    low_itself = itself;
  }
  void at_most(double value, bool itself) {
    if (value > high || (value == high && itself)) return;
    high = value;
    high_itself = itself;
  }
  void is(double value) {
    at_least(value, true);
    at_most(value, true);
  }
  [[nodiscard]] bool nothing() const {
    return low > high || (low == high && !(low_itself && high_itself));
  }
};

/// What stands between one "and" and the next, of one chain of them.
class AndChain {
 public:
  AndChain(const std::vector<Node>& nodes, std::string_view text) : nodes_(nodes), text_(text) {}

  /// False when it can't hold together with those before it.
  bool add(std::uint32_t at) {
    const Node& here = nodes_[at];
    if (here.operation == Operation::negation) return narrow(here.left, Operation::equal, 0);
    if (here.operation < Operation::equal || here.operation > Operation::at_least) {
      return narrow(at, Operation::equal, 1);
    }
    const Node& right = nodes_[here.right];
    const bool constant = right.operation == Operation::constant && right.type != Type::text;
    return !constant || narrow(here.left, here.operation, right.number);
  }

 private:
  bool narrow(std::uint32_t what, Operation operation, double value) {
    const Node& node = nodes_[what];
    ValuesLeft& left = left_[text_.substr(node.begin, node.end - node.begin)];
    switch (operation) {
      case Operation::equal:
        left.is(value);
        break;
      case Operation::less:
      case Operation::at_most:
        left.at_most(value, operation == Operation::at_most);
        break;
      case Operation::greater:
      case Operation::at_least:
        left.at_least(value, operation == Operation::at_least);
        break;
      default:
        break;
    }
    return !left.nothing();
  }

  const std::vector<Node>& nodes_;
  std::string_view text_;
  std::map<std::string_view, ValuesLeft> left_;
};

/// The parts of a chain, in the order in which they are written.
void and_parts(const std::vector<Node>& nodes, std::uint32_t at, std::vector<std::uint32_t>& out) {
  if (nodes[at].operation != Operation::both) return out.push_back(at);
  and_parts(nodes, nodes[at].left, out);
  and_parts(nodes, nodes[at].right, out);
}

}  // namespace

std::optional<Fault> contradiction(const std::vector<Node>& nodes, std::string_view text) {
  // Nodes come after their parts: from the end, a chain is met before the chains within it.
  for (auto at = static_cast<std::uint32_t>(nodes.size()); at-- > 0;) {
    if (nodes[at].operation != Operation::both) continue;
    std::vector<std::uint32_t> parts;
    and_parts(nodes, at, parts);
    AndChain chain(nodes, text);
    for (const std::uint32_t part : parts) {
      if (chain.add(part)) continue;
      return Fault{nodes[part].begin + 1,
                   "this and what stands before it can never hold together: nobody would be in it"};
    }
  }
  return std::nullopt;
}

}  // namespace souk::segmentation
