#include "plugins/segmentation/language/reasons.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace souk::segmentation {
namespace {

std::string number_text(double value) {
  if (std::isnan(value)) return "unknown";
  std::array<char, 40> text{};
  const bool whole = value == std::floor(value) && std::abs(value) < 1e15;
  std::snprintf(text.data(), text.size(), whole ? "%.0f" : "%.4g", value);
  return text.data();
}

/// "3 days 4 h": the two largest units.
std::string duration_text(double seconds) {
  if (std::isnan(seconds)) return "unknown";
  if (seconds < 0) return "-" + duration_text(-seconds);
  const auto whole = static_cast<std::uint64_t>(seconds);
  const std::uint64_t days = whole / 86'400;
  const std::uint64_t hours = whole / 3'600 % 24;
  const std::uint64_t minutes = whole / 60 % 60;
  if (days >= 10) return std::to_string(days) + " days";
  if (days > 0) return std::to_string(days) + " d " + std::to_string(hours) + " h";
  if (hours > 0) return std::to_string(hours) + " h " + std::to_string(minutes) + " min";
  if (minutes > 0) return std::to_string(minutes) + " min";
  return std::to_string(whole) + " s";
}

class Explanation {
 public:
  Explanation(const Condition& condition, const Subject& subject, std::uint32_t now_s,
              std::size_t most)
      : condition_(condition), subject_(subject), now_s_(now_s), most_(most) {}

  std::vector<std::string> run() {
    visit(static_cast<std::uint32_t>(condition_.nodes().size() - 1));
    return std::move(out_);
  }

 private:
  [[nodiscard]] const Node& node(std::uint32_t at) const { return condition_.nodes()[at]; }
  [[nodiscard]] bool holds(std::uint32_t at) const {
    return outcome_of(condition_.nodes(), at, subject_, now_s_).holds;
  }
  [[nodiscard]] std::string slice(std::uint32_t begin, std::uint32_t end) const {
    return condition_.text().substr(begin, end - begin);
  }
  void say(std::string text) {
    if (out_.size() < most_) out_.push_back(std::move(text));
  }

  void visit(std::uint32_t at) {
    const Node& here = node(at);
    switch (here.operation) {
      case Operation::both:
      case Operation::either: {
        // Of "and" that fails the failing parts are why, of "or" that holds the holding ones.
        const bool all = holds(at) == (here.operation == Operation::both);
        for (const std::uint32_t part : {here.left, here.right})
          if (all || holds(part) == holds(at)) visit(part);
        return;
      }
      case Operation::negation:
        return visit(here.left);
      case Operation::equal:
      case Operation::unequal:
      case Operation::less:
      case Operation::at_most:
      case Operation::greater:
      case Operation::at_least:
        return compared(here);
      case Operation::one_of: {
        const Node& left = node(here.left);
        // consent("email"): there is nothing beside it that was asked for.
        if (slice(here.begin, left.begin).find("consent") == 0) {
          return say(slice(here.begin, here.end) + " is " + (holds(at) ? "true" : "false"));
        }
        return say(slice(left.begin, left.end) + " is " + value(here.left) +
                   " (asked:" + slice(left.end, here.end) + ")");
      }
      default:
        return say(slice(here.begin, here.end) + " is " + (holds(at) ? "true" : "false"));
    }
  }

  void compared(const Node& here) {
    const Node& left = node(here.left);
    say(slice(left.begin, left.end) + " is " + value(here.left) +
        " (asked:" + slice(left.end, here.end) + ")");
  }

  [[nodiscard]] std::string value(std::uint32_t at) const {
    const Value found = value_of(condition_.nodes(), at, subject_, now_s_);
    switch (node(at).type) {
      case Type::number:
        return number_text(found.number);
      case Type::duration:
        return duration_text(found.number);
      case Type::truth:
        return found.number != 0 ? "yes" : "no";
      case Type::text:
        break;
    }
    if (node(at).operation == Operation::attribute)
      return found.number == 0 ? "not known" : "known";
    const std::string_view name = subject_.world->text(static_cast<NameId>(found.number));
    return name.empty() ? "not known" : "\"" + std::string(name) + "\"";
  }

  const Condition& condition_;
  const Subject& subject_;
  std::uint32_t now_s_;
  std::size_t most_;
  std::vector<std::string> out_;
};

}  // namespace

std::vector<std::string> reasons(const Condition& condition, const Subject& subject,
                                 std::uint32_t now_s, std::size_t most) {
  return Explanation(condition, subject, now_s, most).run();
}

}  // namespace souk::segmentation
