// What a template is compiled to: flat arrays that refer to each other by index. Includes and
// layouts are part of it, so rendering looks nothing up but the context.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/email/template/filters.hpp"
#include "plugins/email/template/template.hpp"
#include "plugins/email/template/value.hpp"

namespace souk::email::liquid {

/// A node's children follow it directly, up to `end`.
enum class Op : std::uint8_t {
  text,       // a: offset, b: bytes in `literals`
  output,     // a: expression
  assign,     // a: slot, b: expression
  capture,    // a: slot; children: what is captured
  choose,     // children: branch; the first whose condition holds is run
  choose_by,  // a: operand; children: when, branch (else)
  branch,     // a: condition or kAlways
  when,       // a, b: range in `operand_lists`
  loop,       // a: loop; children: branch (the body), then perhaps branch (no items)
  scope,      // a, b: range in `bindings`; children run with them
  isolate,    // the same, and the slots from `first` to `last` of scopes[…] start unset
  leave,      // {% break %}
  next,       // {% continue %}
};

struct Node {
  Op op = Op::text;
  bool is_link = false;  // output: the start of an address in href or src
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t end = 0;
  std::uint32_t c = 0;  // isolate: index in `isolations`
};

constexpr std::uint32_t kAlways = UINT32_MAX;
constexpr std::uint32_t kNone = UINT32_MAX;

struct PathStep {
  enum class Kind : std::uint8_t { member, index, dynamic };
  Kind kind = Kind::member;
  Key key = "";
  std::int64_t index = 0;
  std::uint32_t operand = 0;  // dynamic: what stands between the brackets
};

enum class LoopField : std::uint8_t { index, index0, rindex, rindex0, first, last, length };

struct Operand {
  enum class Kind : std::uint8_t { constant, variable, loop, range, empty, blank };
  Kind kind = Kind::constant;
  LoopField field = LoopField::index;
  std::uint32_t a = 0;      // constant; slot; depth of the loop; operand of the range's start
  std::uint32_t b = 0;      // first of `steps`; operand of the range's end
  std::uint32_t count = 0;  // steps
};

struct Expression {
  std::uint32_t operand = 0;
  std::uint32_t first_call = 0;
  std::uint32_t calls = 0;
};

struct FilterCall {
  const FilterInfo* filter = nullptr;
  std::uint32_t first_argument = 0;  // in `arguments`: operands
  std::uint32_t arguments = 0;
  std::uint32_t first_named = 0;  // in `named`
  std::uint32_t named = 0;
};

struct NamedOperand {
  std::string_view name;
  std::uint32_t operand = 0;
};

enum class Comparison : std::uint8_t { equal, different, less, more, at_most, at_least, contains };

struct Condition {
  enum class Kind : std::uint8_t { truthy, compare, both, either, negated };
  Kind kind = Kind::truthy;
  Comparison comparison = Comparison::equal;
  std::uint32_t left = 0;  // operand; a condition of both, either and negated
  std::uint32_t right = 0;
};

struct Loop {
  std::uint32_t slot = 0;
  std::uint32_t depth = 0;  // loops around this one
  std::uint32_t source = 0;
  std::uint32_t limit = kNone;
  std::uint32_t offset = kNone;
  bool reversed = false;
};

struct Binding {
  std::uint32_t slot = 0;
  std::uint32_t expression = 0;
};

struct SlotRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

/// A variable's place while rendering; read from the context until something is assigned to it.
struct Slot {
  Key name = "";
  bool assigned = false;
};

struct TemplateProgram {
  std::string literals;
  std::vector<Node> nodes;
  std::vector<Expression> expressions;
  std::vector<FilterCall> calls;
  std::vector<std::uint32_t> arguments;
  std::vector<NamedOperand> named;
  std::vector<Operand> operands;
  std::vector<std::uint32_t> operand_lines;  // parallel to operands
  std::vector<PathStep> steps;
  std::vector<Value> constants;
  std::vector<Condition> conditions;
  std::vector<std::uint32_t> operand_lists;
  std::vector<Loop> loops;
  std::vector<Binding> bindings;
  std::vector<SlotRange> isolations;
  std::vector<Slot> slots;
  std::vector<RecommendationNeed> needs;
  ValueArena arena{std::size_t{16} << 20};  // names and constants
  std::uint32_t loop_depth = 0;             // of the deepest loop
  bool html = true;
};

/// Bounds of what is compiled; beyond is an error with its place.
struct CompileLimits {
  static constexpr std::size_t kNodes = 100'000;
  static constexpr std::size_t kDepth = 64;     // tags within tags
  static constexpr std::size_t kIncludes = 16;  // includes within includes
  static constexpr std::size_t kNamed = 16;     // arguments of one filter or include
  static constexpr std::size_t kSourceBytes = std::size_t{2} << 20;
};

}  // namespace souk::email::liquid
