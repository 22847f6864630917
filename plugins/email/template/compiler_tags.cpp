// The tags.
#include <algorithm>
#include <charconv>

#include "plugins/email/template/compiler.hpp"

namespace souk::email::liquid {
namespace {

constexpr std::string_view kTags[] = {
    "if",      "unless", "case",   "for",    "break",   "continue", "assign",    "capture",
    "include", "render", "layout", "block",  "comment", "raw",      "recommend", "elsif",
    "else",    "when",   "endif",  "endfor", "endcase", "endunless"};

/// Tags that only make sense within another: which.
struct InnerTag {
  std::string_view name;
  std::string_view within;
};
constexpr InnerTag kInnerTags[] = {{"else", "if"},        {"elsif", "if"},
                                   {"endif", "if"},       {"endunless", "unless"},
                                   {"when", "case"},      {"endcase", "case"},
                                   {"endfor", "for"},     {"endcapture", "capture"},
                                   {"endblock", "block"}, {"endcomment", "comment"},
                                   {"endraw", "raw"},     {"endrecommend", "recommend"}};

}  // namespace

bool Compiler::tag(Reader& reader, Words& words) {
  const Piece& at = reader.piece();
  const std::string_view name = at.tag_name;
  words.take();
  if (name == "if" || name == "unless") return if_tag(reader, words, name == "unless");
  if (name == "case") return case_tag(reader, words);
  if (name == "for") return for_tag(reader, words);
  if (name == "capture") return capture_tag(reader, words);
  if (name == "block") return block_tag(reader, words);
  if (name == "recommend") return recommend_tag(reader, words);
  ++reader.at;
  if (name == "assign") return assign_tag(words);
  if (name == "include" || name == "render") return include_tag(words, name == "render");
  if (name == "break") return leave_tag(words, Op::leave);
  if (name == "continue") return leave_tag(words, Op::next);
  if (name == "layout")
    return fail(*words.source, at.start, "'layout' stands before everything else");
  for (const InnerTag& each : kInnerTags)
    if (each.name == name)
      return fail(*words.source, at.start,
                  "'" + std::string(name) + "' without '" + std::string(each.within) + "'");
  if (name.empty()) return fail(*words.source, at.start, "the name of a tag is missing");
  return fail(*words.source, at.start,
              "unknown tag '" + std::string(name) + "'" +
                  did_you_mean(name, {std::begin(kTags), std::end(kTags)}));
}

bool Compiler::if_tag(Reader& reader, Words& words, bool negated) {
  const Piece& opener = reader.piece();
  const std::string_view end = negated ? "endunless" : "endif";
  const std::uint32_t choose = open_node(Op::choose);
  std::uint32_t holds = 0;
  if (!condition(words, holds, 0) || !expect_end(words)) return false;
  if (negated) {
    Condition reverse;
    reverse.kind = Condition::Kind::negated;
    reverse.left = holds;
    program_.conditions.push_back(reverse);
    holds = static_cast<std::uint32_t>(program_.conditions.size() - 1);
  }
  std::uint32_t branch = open_node(Op::branch, holds);
  bool has_else = false;
  for (;;) {
    ++reader.at;
    if (!body(reader, {"elsif", "else", end}, opener)) return false;
    close_node(branch);
    Words next = words_of(reader);
    const std::string_view name = next.take().text;
    if (name == end) {
      if (!expect_end(next)) return false;
      ++reader.at;
      break;
    }
    if (has_else)
      return fail(*words.source, reader.piece().start, "'" + std::string(name) + "' after 'else'");
    has_else = name == "else";
    std::uint32_t next_holds = kAlways;
    if (!has_else && !condition(next, next_holds, 0)) return false;
    if (failed() || !expect_end(next)) return false;
    branch = open_node(Op::branch, next_holds);
  }
  close_node(choose);
  return true;
}

bool Compiler::when_list(Words& words, std::uint32_t& node) {
  std::vector<std::uint32_t> values;
  do {
    Parsed value;
    if (!operand(words, value)) return false;
    values.push_back(value.index);
  } while (words.take_sign(",") || words.take_name("or"));
  node = open_node(Op::when, static_cast<std::uint32_t>(program_.operand_lists.size()),
                   static_cast<std::uint32_t>(values.size()));
  program_.operand_lists.insert(program_.operand_lists.end(), values.begin(), values.end());
  return expect_end(words);
}

bool Compiler::case_tag(Reader& reader, Words& words) {
  const Piece& opener = reader.piece();
  Parsed value;
  if (!operand(words, value) || !expect_end(words)) return false;
  const std::uint32_t choose = open_node(Op::choose_by, value.index);
  // What stands before the first `when` belongs to no case.
  const std::size_t literals = program_.literals.size();
  const std::size_t first_node = program_.nodes.size();
  ++reader.at;
  if (!body(reader, {"when", "else", "endcase"}, opener)) return false;
  program_.nodes.resize(first_node);
  program_.literals.resize(literals);
  bool has_else = false;
  for (;;) {
    Words next = words_of(reader);
    const std::size_t start = reader.piece().start;
    const std::string_view name = next.take().text;
    ++reader.at;
    if (name == "endcase") {
      if (failed() || !expect_end(next)) return false;
      break;
    }
    if (has_else) return fail(*words.source, start, "'" + std::string(name) + "' after 'else'");
    has_else = name == "else";
    std::uint32_t branch = 0;
    if (has_else) {
      branch = open_node(Op::branch, kAlways);
      if (!expect_end(next)) return false;
    } else if (!when_list(next, branch)) {
      return false;
    }
    if (failed() || !body(reader, {"when", "else", "endcase"}, opener)) return false;
    close_node(branch);
  }
  close_node(choose);
  return true;
}

bool Compiler::loop_options(Words& words, Loop& loop) {
  for (;;) {
    words.take_sign(",");
    if (words.at_end()) return true;
    const Word name = words.take();
    if (name.text == "reversed") {
      loop.reversed = true;
      continue;
    }
    if (name.text != "limit" && name.text != "offset")
      return fail(*words.source, name.offset,
                  "'" + std::string(name.text) + "' is no option of a loop" +
                      did_you_mean(name.text, {"limit", "offset", "reversed"}));
    Parsed value;
    if (!expect(words, ":", "after '" + std::string(name.text) + "'") || !operand(words, value))
      return false;
    (name.text == "limit" ? loop.limit : loop.offset) = value.index;
  }
}

bool Compiler::for_tag(Reader& reader, Words& words) {
  const Piece& opener = reader.piece();
  const Word name = words.take();
  if (name.kind != Word::Kind::name)
    return fail(*words.source, name.offset, "'for' needs a name, as in 'for item in cart.items'");
  if (!words.take_name("in"))
    return fail(*words.source, words.peek().offset,
                "'in' is missing, as in 'for " + std::string(name.text) + " in cart.items'");
  Loop loop;
  Parsed source;
  if (!operand(words, source) || !loop_options(words, loop)) return false;
  loop.source = source.index;
  loop.slot = slot_of(name.text);
  return loop_body(reader, loop, source.shape, "endfor", opener);
}

bool Compiler::loop_body(Reader& reader, const Loop& described, Shape shape, std::string_view end,
                         const Piece& opener) {
  Loop loop = described;
  loop.depth = loops_around_;
  program_.loops.push_back(loop);
  const std::uint32_t node =
      open_node(Op::loop, static_cast<std::uint32_t>(program_.loops.size() - 1));
  const Shape shape_before = shapes_[loop.slot];
  const bool bound_before = bound_[loop.slot];
  assigned(loop.slot, shape);
  program_.loop_depth = std::max(program_.loop_depth, ++loops_around_);
  std::uint32_t branch = open_node(Op::branch, kAlways);
  ++reader.at;
  if (!body(reader, {"else", end}, opener)) return false;
  close_node(branch);
  --loops_around_;
  shapes_[loop.slot] = shape_before;
  bound_[loop.slot] = bound_before;
  Words words = words_of(reader);
  if (words.take().text == "else") {
    if (!expect_end(words)) return false;
    ++reader.at;
    branch = open_node(Op::branch, kAlways);
    if (!body(reader, {end}, opener)) return false;
    close_node(branch);
    words = words_of(reader);
    words.take();
  }
  ++reader.at;
  close_node(node);
  return !failed() && expect_end(words);
}

bool Compiler::assign_tag(Words& words) {
  const Word name = words.take();
  if (name.kind != Word::Kind::name || name.text == "forloop")
    return fail(*words.source, name.offset, "'assign' needs a name, as in 'assign total = 3'");
  Parsed value;
  if (!expect(words, "=", "after the name") || !expression(words, value) || !expect_end(words))
    return false;
  const std::uint32_t slot = slot_of(name.text);
  assigned(slot, value.shape);
  close_node(open_node(Op::assign, slot, value.index));
  return true;
}

bool Compiler::capture_tag(Reader& reader, Words& words) {
  const Piece& opener = reader.piece();
  const Word name = words.take();
  if (name.kind != Word::Kind::name && name.kind != Word::Kind::text)
    return fail(*words.source, name.offset, "'capture' needs a name");
  if (!expect_end(words)) return false;
  const std::uint32_t slot = slot_of(name.text);
  const std::uint32_t node = open_node(Op::capture, slot);
  ++reader.at;
  if (!body(reader, {"endcapture"}, opener)) return false;
  ++reader.at;
  close_node(node);
  assigned(slot, KnownVariables::kAny);
  return true;
}

bool Compiler::include_tag(Words& words, bool isolated) {
  const Word name = words.take();
  if (name.kind != Word::Kind::text)
    return fail(
        *words.source, name.offset,
        "the name of the template must stand in quotes: it is read when this one is loaded");
  Parsed with;
  const bool each = words.take_name("for");
  const bool has_with = each || words.take_name("with");
  if (has_with && !operand(words, with)) return false;
  std::string_view alias;
  if (has_with) {
    // Without `as`, the variable has the name of the file, as in Liquid.
    const std::size_t slash = name.text.rfind('/') + 1;
    alias = name.text.substr(slash, name.text.find('.', slash) - slash);
    if (words.take_name("as")) alias = words.take().text;
  }
  const OpenSource* source = load(words, name.offset, name.text);
  if (source == nullptr) return false;
  including_.push_back(source->file.name);
  if (++depth_ > CompileLimits::kDepth)
    return fail(*words.source, name.offset, "more than 64 tags stand within each other");
  const bool compiled = include_body(words, *source, isolated, each, with, alias);
  --depth_;
  including_.pop_back();
  return compiled;
}

bool Compiler::include_bindings(Words& words,
                                std::vector<std::pair<std::string_view, Parsed>>& bindings) {
  while (!words.at_end()) {
    words.take_sign(",");
    const Word key = words.take();
    Parsed value;
    if (key.kind != Word::Kind::name)
      return fail(*words.source, key.offset, "a name is missing, as in 'product: item'");
    if (!expect(words, ":", "after '" + std::string(key.text) + "'") || !expression(words, value))
      return false;
    bindings.emplace_back(key.text, value);
    if (bindings.size() > CompileLimits::kNamed)
      return fail(*words.source, key.offset, "more than 16 named arguments");
  }
  return true;
}

bool Compiler::include_body(Words& words, const OpenSource& source, bool isolated, bool each,
                            const Parsed& with, std::string_view alias) {
  std::vector<std::pair<std::string_view, Parsed>> bindings;
  std::uint32_t loop_node = kNone;
  std::uint32_t loop_branch = kNone;
  if (each) {
    // The item has no name outside of the included template.
    Loop loop;
    loop.slot = new_slot("");
    loop.source = with.index;
    loop.depth = loops_around_++;
    assigned(loop.slot, with.shape);
    program_.loop_depth = std::max(program_.loop_depth, loops_around_);
    program_.loops.push_back(loop);
    loop_node = open_node(Op::loop, static_cast<std::uint32_t>(program_.loops.size() - 1));
    loop_branch = open_node(Op::branch, kAlways);
    Operand item;
    item.kind = Operand::Kind::variable;
    item.a = loop.slot;
    bindings.emplace_back(
        alias, Parsed{plain_expression(add_operand(item, words, words.peek().offset)), with.shape});
  } else if (!alias.empty()) {
    bindings.emplace_back(alias, Parsed{plain_expression(with.index), with.shape});
  }
  if (!include_bindings(words, bindings)) return false;

  const std::size_t outer_start = scope_start_;
  const std::size_t outer_names = names_.size();
  if (isolated) scope_start_ = names_.size();
  const auto first_slot = static_cast<std::uint32_t>(program_.slots.size());
  std::vector<Binding> bound;
  for (const auto& [name, value] : bindings) {
    bound.push_back({slot_of(name), value.index});
    assigned(bound.back().slot, value.shape);
  }
  if (bound.empty() && !isolated) return file(source);
  const auto first_binding = static_cast<std::uint32_t>(program_.bindings.size());
  program_.bindings.insert(program_.bindings.end(), bound.begin(), bound.end());
  const std::uint32_t node = open_node(isolated ? Op::isolate : Op::scope, first_binding,
                                       static_cast<std::uint32_t>(bound.size()));
  const bool compiled = file(source);
  close_node(node);
  if (isolated) {
    program_.nodes[node].c = static_cast<std::uint32_t>(program_.isolations.size());
    program_.isolations.push_back({first_slot, static_cast<std::uint32_t>(program_.slots.size())});
    names_.resize(outer_names);
    scope_start_ = outer_start;
  }
  if (each) {
    close_node(loop_branch);
    close_node(loop_node);
    --loops_around_;
  }
  return compiled;
}

bool Compiler::block_tag(Reader& reader, Words& words) {
  const Piece& opener = reader.piece();
  const Word name = words.take();
  if (name.kind != Word::Kind::name && name.kind != Word::Kind::text)
    return fail(*words.source, name.offset, "'block' needs a name");
  if (!expect_end(words)) return false;
  for (const Override& each : overrides_) {
    if (each.name != name.text) continue;
    Reader filled = each.body;
    if (!body(filled, {"endblock"}, opener)) return false;
    return note_block(reader, words = words_of(reader));
  }
  ++reader.at;
  if (!body(reader, {"endblock"}, opener)) return false;
  ++reader.at;
  return true;
}

/// A loop over the products that the sender puts into `recommendations.<placement>`.
bool Compiler::recommend_tag(Reader& reader, Words& words) {
  const Piece& opener = reader.piece();
  RecommendationNeed need;
  while (!words.at_end()) {
    words.take_sign(",");
    const Word name = words.take();
    if (name.text != "placement" && name.text != "limit")
      return fail(*words.source, name.offset, "'recommend' takes placement and limit");
    if (!expect(words, ":", "after '" + std::string(name.text) + "'")) return false;
    const Word value = words.take();
    if (name.text == "placement" && value.kind == Word::Kind::text) {
      need.placement = value.text;
    } else if (name.text == "limit" && value.kind == Word::Kind::integer) {
      (void)std::from_chars(value.text.data(), value.text.data() + value.text.size(), need.limit);
    } else {
      return fail(*words.source, value.offset,
                  "placement needs a text in quotes and limit a whole number");
    }
  }
  if (need.placement.empty() || need.limit == 0 || need.limit > 100)
    return fail(*words.source, opener.start,
                "'recommend' needs placement: \"name\" and limit: 1 to 100");
  Operand operand;
  operand.kind = Operand::Kind::variable;
  operand.a = slot_of("recommendations");
  operand.b = static_cast<std::uint32_t>(program_.steps.size());
  operand.count = 1;
  PathStep step;
  step.key = Key(program_.arena.copy(need.placement));
  program_.steps.push_back(step);
  Loop loop;
  loop.source = add_operand(operand, words, opener.start);
  loop.limit = constant(Value::integer(need.limit), 0);
  loop.slot = slot_of("product");
  program_.needs.push_back(std::move(need));
  Shape shape = KnownVariables::kAny;
  if (options_.known != nullptr)
    (void)options_.known->step(KnownVariables::kRoot, "product", shape);
  return loop_body(reader, loop, shape, "endrecommend", opener);
}

bool Compiler::leave_tag(Words& words, Op op) {
  if (loops_around_ == 0)
    return fail(*words.source, words.peek().offset, "'break' and 'continue' stand in a loop");
  if (!expect_end(words)) return false;
  close_node(open_node(op));
  return true;
}

}  // namespace souk::email::liquid
