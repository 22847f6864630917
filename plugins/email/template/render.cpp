#include "plugins/email/template/render.hpp"

#include <algorithm>
#include <array>

#include "plugins/email/template/html_text.hpp"
#include "plugins/email/template/numbers.hpp"

namespace souk::email::liquid {
namespace {

constexpr std::size_t kMaxArguments = CompileLimits::kNamed;
constexpr std::size_t kMaxNamed = CompileLimits::kNamed;
constexpr std::size_t kMaxMissing = 100;

enum class Flow : std::uint8_t { on, leave, next, stop };

struct SlotState {
  Value value;
  bool set = false;
};

struct LoopState {
  std::uint32_t at = 0;
  std::uint32_t length = 0;
};

/// Whether what an address says is where a link or image may lead: no scheme, or one that shows
/// something and runs nothing.
bool is_harmless_address(std::string_view address) noexcept {
  while (!address.empty() && static_cast<unsigned char>(address.front()) <= ' ')
    address.remove_prefix(1);
  const std::size_t end = address.find_first_of(":/?#");
  if (end == address.npos || address[end] != ':') return true;
  const std::string_view scheme = address.substr(0, end);
  for (const std::string_view allowed : {"https", "http", "mailto", "tel", "sms", "cid"})
    if (same_ignoring_case(scheme, allowed)) return true;
  return false;
}

class Renderer {
 public:
  Renderer(const TemplateProgram& program, const Value& context, const RenderOptions& options,
           ValueArena& arena, std::string& out)
      : program_(program),
        context_(context),
        options_(options),
        arena_(arena),
        out_(out),
        steps_(options.limits.steps),
        filters_{arena, options, locale_format(options.locale), steps_, buffer_} {}

  Status run() {
    slots_ = arena_.allocate_array<SlotState>(program_.slots.size());
    loops_ = arena_.allocate_array<LoopState>(program_.loop_depth);
    if (slots_ == nullptr || loops_ == nullptr) return exhausted();
    std::fill_n(slots_, program_.slots.size(), SlotState{});
    std::fill_n(loops_, program_.loop_depth, LoopState{});
    run_nodes(0, static_cast<std::uint32_t>(program_.nodes.size()));
    return exhausted();
  }

 private:
  [[nodiscard]] Status exhausted() const {
    if (steps_ < 0)
      return {Code::resource_exhausted,
              "the template takes more than " + std::to_string(options_.limits.steps) + " steps"};
    if (too_long_ || out_.size() > options_.limits.output_bytes)
      return {
          Code::resource_exhausted,
          "the message is longer than " + std::to_string(options_.limits.output_bytes) + " bytes"};
    if (arena_.exhausted())
      return {Code::resource_exhausted, "the template needs more than " +
                                            std::to_string(options_.limits.scratch_bytes) +
                                            " bytes for what lies between"};
    return {};
  }

  [[nodiscard]] bool over() const noexcept {
    return steps_ < 0 || out_.size() > options_.limits.output_bytes || arena_.exhausted();
  }

  Flow run_nodes(std::uint32_t at, std::uint32_t end) {
    while (at < end) {
      const Node& node = program_.nodes[at];
      --steps_;
      if (node.op == Op::text) {
        out_.append(program_.literals, node.a, node.b);
      } else if (node.op == Op::output) {
        put(node);
      } else {
        if (over()) return Flow::stop;
        if (const Flow flow = run_tag(node, at); flow != Flow::on) return flow;
      }
      at = node.end;
    }
    return over() ? Flow::stop : Flow::on;
  }

  Flow run_tag(const Node& node, std::uint32_t at) {
    switch (node.op) {
      case Op::assign:
        set(node.a, evaluate(node.b));
        return Flow::on;
      case Op::capture:
        return capture(node, at);
      case Op::choose:
        return choose(node, at);
      case Op::choose_by:
        return choose_by(node, at);
      case Op::loop:
        return loop(program_.loops[node.a], at, node.end);
      case Op::scope:
      case Op::isolate:
        return scope(node, at);
      case Op::leave:
        return Flow::leave;
      case Op::next:
        return Flow::next;
      default:
        return run_nodes(at + 1, node.end);
    }
  }

  void put(const Node& node) {
    const Value value = evaluate(node.a);
    if (value.is_nil()) return;
    if (value.kind() == Value::Kind::integer || value.kind() == Value::Kind::number) {
      append_number(value, out_);
      return;
    }
    // One byte too many is enough to end the rendering.
    const std::string_view text =
        shown_text(value, buffer_).substr(0, options_.limits.output_bytes + 1);
    steps_ -= static_cast<std::int64_t>(text.size() / 64);
    if (node.is_link && !is_harmless_address(text)) {
      out_ += '#';
    } else if (program_.html && !value.is_html()) {
      append_escaped(text, out_);
    } else {
      out_ += text;
    }
  }

  Flow capture(const Node& node, std::uint32_t at) {
    const std::size_t start = out_.size();
    const Flow flow = run_nodes(at + 1, node.end);
    too_long_ = too_long_ || out_.size() > options_.limits.output_bytes;
    const std::string_view text = arena_.copy(std::string_view(out_).substr(start));
    out_.resize(start);
    set(node.a, program_.html ? Value::html(text) : Value::text(text));
    return flow;
  }

  Flow choose(const Node& node, std::uint32_t at) {
    for (std::uint32_t branch = at + 1; branch < node.end; branch = program_.nodes[branch].end) {
      const Node& each = program_.nodes[branch];
      if (each.a == kAlways || holds(each.a)) return run_nodes(branch + 1, each.end);
    }
    return Flow::on;
  }

  Flow choose_by(const Node& node, std::uint32_t at) {
    const Value value = read(node.a);
    for (std::uint32_t branch = at + 1; branch < node.end; branch = program_.nodes[branch].end) {
      const Node& each = program_.nodes[branch];
      bool fits = each.op == Op::branch;
      for (std::uint32_t i = 0; i < each.b && !fits; ++i)
        fits = equal(program_.operand_lists[each.a + i], value, value);
      if (fits) return run_nodes(branch + 1, each.end);
    }
    return Flow::on;
  }

  Flow loop(const Loop& loop, std::uint32_t at, std::uint32_t end) {
    const Value source = read(loop.source);
    const std::int64_t size = source.is_list() || source.is_map()
                                  ? static_cast<std::int64_t>(source.size())
                                  : (source.empty() ? 0 : 1);
    const std::int64_t first =
        loop.offset == kNone ? 0 : std::clamp<std::int64_t>(whole(loop.offset), 0, size);
    const std::int64_t length = loop.limit == kNone
                                    ? size - first
                                    : std::clamp<std::int64_t>(whole(loop.limit), 0, size - first);
    const std::uint32_t body = at + 1;
    const std::uint32_t body_end = program_.nodes[body].end;
    if (length == 0) return body_end < end ? run_nodes(body_end + 1, end) : Flow::on;

    const SlotState before = slots_[loop.slot];
    const LoopState outer = loops_[loop.depth];
    Flow flow = Flow::on;
    for (std::int64_t i = 0; i < length; ++i) {
      if (--steps_ < 0) return Flow::stop;
      loops_[loop.depth] = {static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(length)};
      set(loop.slot, item(source, loop.reversed ? first + length - 1 - i : first + i));
      flow = run_nodes(body + 1, body_end);
      if (flow == Flow::leave || flow == Flow::stop) break;
    }
    slots_[loop.slot] = before;
    loops_[loop.depth] = outer;
    return flow == Flow::stop ? Flow::stop : Flow::on;
  }

  /// Of a map: the list of a member's name and value, as in Liquid.
  Value item(const Value& source, std::int64_t at) {
    if (source.is_list()) return source.at(at);
    if (!source.is_map()) return source;
    Value* pair = arena_.allocate_array<Value>(2);
    if (pair == nullptr) return {};
    const Member& member = source.members()[static_cast<std::size_t>(at)];
    pair[0] = Value::text(member.key());
    pair[1] = member.value;
    return Value::list({pair, 2});
  }

  Flow scope(const Node& node, std::uint32_t at) {
    std::array<Value, kMaxNamed> values;
    std::array<SlotState, kMaxNamed> before;
    const std::uint32_t count = std::min<std::uint32_t>(node.b, kMaxNamed);
    for (std::uint32_t i = 0; i < count; ++i)
      values[i] = evaluate(program_.bindings[node.a + i].expression);
    if (node.op == Op::isolate) {
      const SlotRange& range = program_.isolations[node.c];
      std::fill(slots_ + range.first, slots_ + range.last, SlotState{});
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t slot = program_.bindings[node.a + i].slot;
      before[i] = slots_[slot];
      set(slot, values[i]);
    }
    const Flow flow = run_nodes(at + 1, node.end);
    if (node.op == Op::scope) {
      for (std::uint32_t i = count; i-- > 0;)
        slots_[program_.bindings[node.a + i].slot] = before[i];
    }
    return flow;
  }

  void set(std::uint32_t slot, const Value& value) noexcept { slots_[slot] = {value, true}; }

  Value evaluate(std::uint32_t index) {
    const Expression& expression = program_.expressions[index];
    Value value = read(expression.operand);
    for (std::uint32_t i = 0; i < expression.calls; ++i)
      value = call(program_.calls[expression.first_call + i], value);
    return value;
  }

  Value call(const FilterCall& call, const Value& in) {
    std::array<Value, kMaxArguments> values;
    std::array<NamedValue, kMaxNamed> named;
    const std::size_t count = std::min<std::size_t>(call.arguments, kMaxArguments);
    const std::size_t names = std::min<std::size_t>(call.named, kMaxNamed);
    for (std::size_t i = 0; i < count; ++i)
      values[i] = read(program_.arguments[call.first_argument + i]);
    for (std::size_t i = 0; i < names; ++i) {
      const NamedOperand& each = program_.named[call.first_named + i];
      named[i] = {each.name, read(each.operand)};
    }
    --steps_;
    if (over()) return {};
    return call.filter->function(filters_, in, {{values.data(), count}, {named.data(), names}});
  }

  Value read(std::uint32_t index) {
    const Operand& operand = program_.operands[index];
    switch (operand.kind) {
      case Operand::Kind::constant:
        return program_.constants[operand.a];
      case Operand::Kind::variable:
        return variable(operand, index);
      case Operand::Kind::loop:
        return loop_field(operand);
      case Operand::Kind::range:
        return range(operand);
      case Operand::Kind::empty:
      case Operand::Kind::blank:
        return {};
    }
    return {};
  }

  Value range(const Operand& operand) {
    const std::int64_t first = whole(operand.a);
    const std::int64_t last = whole(operand.b);
    if (last < first) return Value::list({});
    const std::uint64_t count =
        static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first);
    return Value::range(
        first, static_cast<std::uint32_t>(std::min<std::uint64_t>(count, UINT32_MAX - 1) + 1));
  }

  std::int64_t whole(std::uint32_t operand) { return to_number(read(operand)).as_integer(); }

  Value variable(const Operand& operand, std::uint32_t index) {
    SlotState& slot = slots_[operand.a];
    if (!slot.set) slot = {context_.get(program_.slots[operand.a].name), true};
    Value value = slot.value;
    for (std::uint32_t i = 0; i < operand.count; ++i) {
      const PathStep& step = program_.steps[operand.b + i];
      switch (step.kind) {
        case PathStep::Kind::member:
          value = member_of(value, step.key);
          break;
        case PathStep::Kind::index:
          value = value.at(step.index);
          break;
        case PathStep::Kind::dynamic: {
          const Value key = read(step.operand);
          value = key.is_text() ? member_of(value, Key(key.as_text())) : value.at(key.as_integer());
          break;
        }
      }
    }
    if (value.is_nil() && options_.missing != nullptr) note_missing(operand, index);
    return value;
  }

  void note_missing(const Operand& operand, std::uint32_t index) {
    std::vector<std::string>& missing = *options_.missing;
    if (missing.size() >= kMaxMissing) return;
    std::string path(program_.slots[operand.a].name.text);
    for (std::uint32_t i = 0; i < operand.count; ++i) {
      const PathStep& step = program_.steps[operand.b + i];
      path += step.kind == PathStep::Kind::member ? "." + std::string(step.key.text) : "[]";
    }
    path += " at line " + std::to_string(program_.operand_lines[index]);
    if (std::find(missing.begin(), missing.end(), path) == missing.end()) missing.push_back(path);
  }

  [[nodiscard]] Value loop_field(const Operand& operand) const {
    const LoopState& loop = loops_[operand.a];
    switch (operand.field) {
      case LoopField::index:
        return Value::integer(loop.at + 1);
      case LoopField::index0:
        return Value::integer(loop.at);
      case LoopField::rindex:
        return Value::integer(loop.length - loop.at);
      case LoopField::rindex0:
        return Value::integer(loop.length - loop.at - 1);
      case LoopField::first:
        return Value::boolean(loop.at == 0);
      case LoopField::last:
        return Value::boolean(loop.at + 1 == loop.length);
      case LoopField::length:
        return Value::integer(loop.length);
    }
    return {};
  }

  bool holds(std::uint32_t index) {
    const Condition& condition = program_.conditions[index];
    switch (condition.kind) {
      case Condition::Kind::truthy:
        return read(condition.left).truthy();
      case Condition::Kind::both:
        return holds(condition.left) && holds(condition.right);
      case Condition::Kind::either:
        return holds(condition.left) || holds(condition.right);
      case Condition::Kind::negated:
        return !holds(condition.left);
      case Condition::Kind::compare:
        return compare(condition);
    }
    return false;
  }

  bool compare(const Condition& condition) {
    const Value left = read(condition.left);
    const Value right = read(condition.right);
    if (condition.comparison == Comparison::contains) return contains(left, right);
    if (condition.comparison == Comparison::equal ||
        condition.comparison == Comparison::different) {
      const bool same = is_special(condition.left) ? equal(condition.left, right, left)
                                                   : equal(condition.right, left, right);
      return same == (condition.comparison == Comparison::equal);
    }
    const int order = value_order(left, right);
    if (order == 2) return false;
    switch (condition.comparison) {
      case Comparison::less:
        return order < 0;
      case Comparison::more:
        return order > 0;
      case Comparison::at_most:
        return order <= 0;
      default:
        return order >= 0;
    }
  }

  [[nodiscard]] bool is_special(std::uint32_t operand) const {
    const Operand::Kind kind = program_.operands[operand].kind;
    return kind == Operand::Kind::empty || kind == Operand::Kind::blank;
  }

  /// Whether `value` equals an operand, whose value is `other` unless it is `empty` or `blank`.
  bool equal(std::uint32_t operand, const Value& value, const Value& other) {
    const Operand::Kind kind = program_.operands[operand].kind;
    if (kind == Operand::Kind::empty) return value.empty() && !value.is_nil();
    if (kind == Operand::Kind::blank) {
      if (value.is_text())
        return value.as_text().find_first_not_of(" \t\r\n") == std::string_view::npos;
      return value.empty() || (value.kind() == Value::Kind::boolean && !value.as_boolean());
    }
    steps_ -= static_cast<std::int64_t>(value.size() / 64);
    return same_value(value, &value == &other ? read(operand) : other);
  }

  bool contains(const Value& in, const Value& what) {
    steps_ -= static_cast<std::int64_t>(in.size() / 16);
    if (in.is_text()) {
      std::string holder;
      const std::string_view searched = shown_text(what, holder);
      return !what.is_nil() && in.as_text().find(searched) != std::string_view::npos;
    }
    if (in.is_map()) return what.is_text() && !in.get(Key(what.as_text())).is_nil();
    const std::span<const Value> items = in.items();
    return std::any_of(items.begin(), items.end(),
                       [&](const Value& v) { return same_value(v, what); });
  }

  const TemplateProgram& program_;
  const Value& context_;
  const RenderOptions& options_;
  ValueArena& arena_;
  std::string& out_;
  std::int64_t steps_;
  std::string buffer_;
  FilterContext filters_;
  SlotState* slots_ = nullptr;
  LoopState* loops_ = nullptr;
  bool too_long_ = false;  // what a capture has taken away again counts too
};

void make_single_line(std::string& text) {
  std::string line;
  line.reserve(text.size());
  for (const char c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    const bool space = control || c == ' ';
    if (!space)
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  if (!line.empty() && line.back() == ' ') line.pop_back();
  text.swap(line);
}

}  // namespace

Status render_program(const TemplateProgram& program, const Value& context,
                      const RenderOptions& options, std::string& out) {
  out.clear();
  ValueArena own(options.limits.scratch_bytes);
  ValueArena& arena = options.scratch != nullptr ? *options.scratch : own;
  arena.reset();
  Status status = Renderer(program, context, options, arena, out).run();
  if (!status.ok()) {
    out.clear();
  } else if (options.single_line) {
    make_single_line(out);
  }
  return status;
}

}  // namespace souk::email::liquid
