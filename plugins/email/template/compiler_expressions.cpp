// Operands, filters and conditions.
#include <algorithm>
#include <charconv>

#include "plugins/email/template/compiler.hpp"
#include "plugins/email/template/numbers.hpp"

namespace souk::email::liquid {
namespace {

constexpr std::size_t kMaxConditions = 64;

bool is_list_word(std::string_view name) noexcept {
  return name == "size" || name == "first" || name == "last";
}

}  // namespace

std::uint32_t Compiler::add_operand(const Operand& operand, const Words& words,
                                    std::size_t offset) {
  program_.operands.push_back(operand);
  program_.operand_lines.push_back(line_of(words.source->file.text, offset));
  return static_cast<std::uint32_t>(program_.operands.size() - 1);
}

std::uint32_t Compiler::constant(Value value, std::size_t line) {
  program_.constants.push_back(value);
  Operand operand;
  operand.a = static_cast<std::uint32_t>(program_.constants.size() - 1);
  program_.operands.push_back(operand);
  program_.operand_lines.push_back(static_cast<std::uint32_t>(line));
  return static_cast<std::uint32_t>(program_.operands.size() - 1);
}

std::uint32_t Compiler::plain_expression(std::uint32_t operand) {
  program_.expressions.push_back({operand, 0, 0});
  return static_cast<std::uint32_t>(program_.expressions.size() - 1);
}

bool Compiler::expression(Words& words, Parsed& parsed) {
  Parsed input;
  if (!operand(words, input)) return false;
  Expression made{input.index, static_cast<std::uint32_t>(program_.calls.size()), 0};
  parsed.shape = input.shape;
  while (words.take_sign("|")) {
    if (!filter(words, program_.operands[input.index], parsed.shape)) return false;
    ++made.calls;
  }
  program_.expressions.push_back(made);
  parsed.index = static_cast<std::uint32_t>(program_.expressions.size() - 1);
  return true;
}

bool Compiler::filter(Words& words, const Operand& input, Shape& shape) {
  const Operand kept = input;  // arguments add operands, which moves the array
  const Word name = words.take();
  if (name.kind != Word::Kind::name)
    return fail(*words.source, name.offset, "the name of a filter is missing after '|'");
  FilterCall call;
  call.filter = find_filter(name.text);
  if (call.filter == nullptr)
    return fail(*words.source, name.offset,
                "unknown filter '" + std::string(name.text) + "'" +
                    did_you_mean(name.text, filter_names()));
  if (words.take_sign(":") && !filter_arguments(words, call)) return false;
  if (!check_filter(words, name, call, kept)) return false;
  if (!call.filter->keeps_shape) shape = KnownVariables::kAny;
  program_.calls.push_back(call);
  return true;
}

bool Compiler::filter_arguments(Words& words, FilterCall& call) {
  std::vector<std::uint32_t> arguments;
  std::vector<NamedOperand> named;
  do {
    const bool is_named =
        words.peek().kind == Word::Kind::name && words.at + 1 < words.words.size() &&
        words.words[words.at + 1].text == ":" && words.words[words.at + 1].kind == Word::Kind::sign;
    std::string_view name;
    if (is_named) {
      name = program_.arena.copy(words.take().text);
      words.take();
    }
    Parsed argument;
    if (!operand(words, argument)) return false;
    if (is_named)
      named.push_back({name, argument.index});
    else
      arguments.push_back(argument.index);
  } while (words.take_sign(","));
  if (named.size() > CompileLimits::kNamed)
    return fail(*words.source, words.peek().offset, "more than 16 named arguments");
  call.first_argument = static_cast<std::uint32_t>(program_.arguments.size());
  call.arguments = static_cast<std::uint32_t>(arguments.size());
  program_.arguments.insert(program_.arguments.end(), arguments.begin(), arguments.end());
  call.first_named = static_cast<std::uint32_t>(program_.named.size());
  call.named = static_cast<std::uint32_t>(named.size());
  program_.named.insert(program_.named.end(), named.begin(), named.end());
  return true;
}

bool Compiler::check_filter(const Words& words, const Word& name, const FilterCall& call,
                            const Operand& input) {
  const FilterInfo& filter = *call.filter;
  if (call.arguments < filter.min_arguments || call.arguments > filter.max_arguments) {
    const std::string most = std::to_string(filter.max_arguments);
    const std::string wanted = filter.min_arguments == filter.max_arguments
                                   ? most
                                   : std::to_string(filter.min_arguments) + " to " + most;
    return fail(*words.source, name.offset,
                "'" + std::string(name.text) + "' takes " + wanted + " arguments, not " +
                    std::to_string(call.arguments));
  }
  if (call.named > 0 && !filter.takes_named)
    return fail(*words.source, name.offset,
                "'" + std::string(name.text) + "' takes no named arguments");
  const bool translates = name.text == "t" || name.text == "translate";
  if (!translates || options_.translations == nullptr || input.kind != Operand::Kind::constant)
    return true;
  const std::string_view key = program_.constants[input.a].as_text();
  if (options_.translations->has(key)) return true;
  return fail(*words.source, name.offset,
              "no translation has the key '" + std::string(key) + "'" +
                  did_you_mean(key, options_.translations->keys()));
}

bool Compiler::operand(Words& words, Parsed& parsed) {
  const Word word = words.peek();
  const std::size_t line = line_of(words.source->file.text, word.offset);
  parsed.shape = KnownVariables::kAny;
  switch (word.kind) {
    case Word::Kind::text:
      words.take();
      parsed.index = constant(Value::text(program_.arena.copy(word.text)), line);
      return true;
    case Word::Kind::integer:
    case Word::Kind::number:
      words.take();
      parsed.index = constant(number_in_text(word.text), line);
      return true;
    case Word::Kind::name:
      return variable(words, parsed);
    case Word::Kind::sign:
      if (word.text == "(") return range(words, parsed);
      [[fallthrough]];
    case Word::Kind::end:
      break;
  }
  return fail(*words.source, word.offset,
              word.kind == Word::Kind::end
                  ? std::string("a value is missing")
                  : "a value is missing before '" + std::string(word.text) + "'");
}

bool Compiler::range(Words& words, Parsed& parsed) {
  const std::size_t offset = words.take().offset;
  if (++depth_ > CompileLimits::kDepth)
    return fail(*words.source, offset, "more than 64 tags stand within each other");
  Parsed first;
  Parsed last;
  if (!operand(words, first) || !expect(words, "..", "in a range (first..last)") ||
      !operand(words, last) || !expect(words, ")", "behind a range"))
    return false;
  --depth_;
  Operand made;
  made.kind = Operand::Kind::range;
  made.a = first.index;
  made.b = last.index;
  parsed.index = add_operand(made, words, offset);
  return true;
}

bool Compiler::variable(Words& words, Parsed& parsed) {
  const Word root = words.take();
  const std::size_t line = line_of(words.source->file.text, root.offset);
  const bool alone = words.peek().text != "." && words.peek().text != "[";
  if (alone) {
    Operand special;
    if (root.text == "empty") special.kind = Operand::Kind::empty;
    if (root.text == "blank") special.kind = Operand::Kind::blank;
    if (special.kind != Operand::Kind::constant) {
      parsed.index = add_operand(special, words, root.offset);
      return true;
    }
    const bool is_nil = root.text == "nil" || root.text == "null";
    if (is_nil || root.text == "true" || root.text == "false") {
      parsed.index = constant(is_nil ? Value() : Value::boolean(root.text == "true"), line);
      return true;
    }
  }
  if (root.text == "forloop") return loop_variable(words, root, parsed);

  const std::uint32_t slot = slot_of(root.text);
  const bool from_context = !bound_[slot];
  Shape shape = shapes_[slot];
  if (options_.known != nullptr && from_context &&
      !options_.known->step(KnownVariables::kRoot, root.text, shape)) {
    Status status{Code::invalid_argument,
                  place_of(words.source->file, root.offset) + ": unknown variable '" +
                      std::string(root.text) + "'" +
                      did_you_mean(root.text, options_.known->names(KnownVariables::kRoot))};
    doubts_.push_back({std::move(status), slot, false});
  }
  std::vector<PathStep> steps;
  while (words.peek().kind == Word::Kind::sign &&
         (words.peek().text == "." || words.peek().text == "["))
    if (!path_step(words, root, steps, shape, slot, from_context)) return false;
  Operand made;
  made.kind = Operand::Kind::variable;
  made.a = slot;
  made.b = static_cast<std::uint32_t>(program_.steps.size());
  made.count = static_cast<std::uint32_t>(steps.size());
  program_.steps.insert(program_.steps.end(), steps.begin(), steps.end());
  parsed.index = add_operand(made, words, root.offset);
  parsed.shape = shape;
  return true;
}

bool Compiler::path_step(Words& words, const Word& root, std::vector<PathStep>& steps, Shape& shape,
                         std::uint32_t slot, bool from_context) {
  PathStep step;
  const bool bracket = words.take().text == "[";
  const Word word = words.peek();
  if (bracket && word.kind == Word::Kind::integer) {
    step.kind = PathStep::Kind::index;
    const auto read =
        std::from_chars(word.text.data(), word.text.data() + word.text.size(), step.index);
    if (read.ec != std::errc{}) return fail(*words.source, word.offset, "an index is too large");
    words.take();
  } else if (bracket && word.kind != Word::Kind::text) {
    Parsed inner;
    if (++depth_ > CompileLimits::kDepth || !operand(words, inner))
      return fail(*words.source, word.offset, "brackets stand too deep within each other");
    --depth_;
    step.kind = PathStep::Kind::dynamic;
    step.operand = inner.index;
    shape = KnownVariables::kAny;
  } else if (word.kind == Word::Kind::name || (bracket && word.kind == Word::Kind::text)) {
    words.take();
    step.key = Key(program_.arena.copy(word.text));
    Shape next = KnownVariables::kAny;
    if (options_.known != nullptr && shape != KnownVariables::kAny) {
      if (options_.known->step(shape, word.text, next)) {
        shape = next;
      } else if (!is_list_word(word.text)) {
        Status status{Code::invalid_argument,
                      place_of(words.source->file, word.offset) + ": '" + std::string(root.text) +
                          "' has nothing named '" + std::string(word.text) + "'" +
                          did_you_mean(word.text, options_.known->names(shape))};
        doubts_.push_back({std::move(status), slot, !from_context});
        shape = KnownVariables::kAny;
      } else if (word.text == "size") {
        shape = KnownVariables::kAny;
      }
    }
  } else {
    return fail(*words.source, word.offset,
                "a name is missing after '" + std::string(bracket ? "[" : ".") + "'");
  }
  if (bracket && !expect(words, "]", "after '['")) return false;
  steps.push_back(step);
  return true;
}

bool Compiler::loop_variable(Words& words, const Word& root, Parsed& parsed) {
  if (loops_around_ == 0) return fail(*words.source, root.offset, "'forloop' stands in no loop");
  Operand made;
  made.kind = Operand::Kind::loop;
  made.a = loops_around_ - 1;
  constexpr std::string_view kFields[] = {"index", "index0", "rindex", "rindex0",
                                          "first", "last",   "length"};
  const std::vector<std::string_view> fields(std::begin(kFields), std::end(kFields));
  while (words.take_sign(".")) {
    const Word name = words.take();
    if (name.text == "parentloop") {
      if (made.a == 0) return fail(*words.source, name.offset, "there is no loop around this one");
      --made.a;
      continue;
    }
    const auto found = std::find(fields.begin(), fields.end(), name.text);
    if (found == fields.end())
      return fail(*words.source, name.offset,
                  "'forloop' has nothing named '" + std::string(name.text) + "'" +
                      did_you_mean(name.text, fields));
    made.field = static_cast<LoopField>(found - fields.begin());
    parsed.index = add_operand(made, words, root.offset);
    return true;
  }
  return fail(*words.source, root.offset, "'forloop' needs a member, as in forloop.index");
}

bool Compiler::condition(Words& words, std::uint32_t& made, std::size_t depth) {
  if (depth > kMaxConditions)
    return fail(*words.source, words.peek().offset, "more than 64 conditions are joined");
  if (!comparison(words, made)) return false;
  // As in Liquid, what is joined is read from the right: a and b or c is a and (b or c).
  const bool both = words.take_name("and");
  if (!both && !words.take_name("or")) return true;
  Condition joined;
  joined.kind = both ? Condition::Kind::both : Condition::Kind::either;
  joined.left = made;
  if (!condition(words, joined.right, depth + 1)) return false;
  program_.conditions.push_back(joined);
  made = static_cast<std::uint32_t>(program_.conditions.size() - 1);
  return true;
}

bool Compiler::comparison(Words& words, std::uint32_t& made) {
  struct Sign {
    std::string_view text;
    Comparison meant;
  };
  constexpr Sign kSigns[] = {{"==", Comparison::equal},     {"!=", Comparison::different},
                             {"<>", Comparison::different}, {"<", Comparison::less},
                             {">", Comparison::more},       {"<=", Comparison::at_most},
                             {">=", Comparison::at_least},  {"contains", Comparison::contains}};
  Condition condition;
  Parsed side;
  if (!operand(words, side)) return false;
  condition.left = side.index;
  const Word sign = words.peek();
  if (sign.text == "=" && sign.kind == Word::Kind::sign)
    return fail(*words.source, sign.offset, "'=' compares nothing; write '=='");
  for (const Sign& each : kSigns) {
    if (sign.text != each.text || sign.kind == Word::Kind::text) continue;
    words.take();
    if (!operand(words, side)) return false;
    condition.kind = Condition::Kind::compare;
    condition.comparison = each.meant;
    condition.right = side.index;
    break;
  }
  program_.conditions.push_back(condition);
  made = static_cast<std::uint32_t>(program_.conditions.size() - 1);
  return true;
}

}  // namespace souk::email::liquid
