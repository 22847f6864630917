#include "plugins/email/template/compiler.hpp"

#include <algorithm>

namespace souk::email::liquid {
namespace {

bool is_blank_text(std::string_view text) noexcept {
  return text.find_first_not_of(" \t\r\n\f\v") == text.npos;
}

/// Whether markup that ends like this goes on with the start of an address: `<a href="`.
bool address_begins(std::string_view markup) noexcept {
  if (!markup.empty() && (markup.back() == '"' || markup.back() == '\'')) markup.remove_suffix(1);
  for (const std::string_view name : {"href=", "src=", "action=", "background="}) {
    if (markup.size() <= name.size()) continue;
    const std::string_view tail = markup.substr(markup.size() - name.size());
    const bool same = std::equal(tail.begin(), tail.end(), name.begin(), [](char a, char b) {
      return a == b || (a >= 'A' && a <= 'Z' && a + 32 == b);
    });
    if (same) return true;
  }
  return false;
}

}  // namespace

bool Compiler::Words::take_sign(std::string_view sign) {
  if (peek().kind != Word::Kind::sign || peek().text != sign) return false;
  take();
  return true;
}

bool Compiler::Words::take_name(std::string_view name) {
  if (peek().kind != Word::Kind::name || peek().text != name) return false;
  take();
  return true;
}

Status Compiler::run(std::string_view name, std::string_view text) {
  program_.html = options_.html;
  const OpenSource* source = open_source(name, std::string(text));
  if (source != nullptr) {
    including_.push_back(source->file.name);
    file(*source);
  }
  if (!failed()) status_ = doubts_left();
  if (!failed() && program_.arena.exhausted())
    status_ = {Code::resource_exhausted, std::string(name) + ": its constants fill 16 MiB"};
  return status_;
}

bool Compiler::fail(const OpenSource& source, std::size_t offset, std::string sentence) {
  if (!failed())
    status_ = {Code::invalid_argument, place_of(source.file, offset) + ": " + sentence};
  return false;
}

const Compiler::OpenSource* Compiler::open_source(std::string_view name, std::string text) {
  auto source = std::make_unique<OpenSource>();
  source->file = {std::string(name), std::move(text)};
  source_bytes_ += source->file.text.size();
  LexFault fault;
  if (source_bytes_ > CompileLimits::kSourceBytes) {
    fail(*source, 0, "the template and what it includes are more than 2 MiB");
    return nullptr;
  }
  source->pieces = cut_template(source->file.text, fault);
  if (!fault.sentence.empty()) {
    fail(*source, fault.offset, fault.sentence);
    return nullptr;
  }
  sources_.push_back(std::move(source));
  return sources_.back().get();
}

const Compiler::OpenSource* Compiler::load(const Words& words, std::size_t offset,
                                           std::string_view name) {
  if (std::find(including_.begin(), including_.end(), name) != including_.end()) {
    fail(*words.source, offset, "'" + std::string(name) + "' includes itself");
    return nullptr;
  }
  if (including_.size() > CompileLimits::kIncludes) {
    fail(*words.source, offset, "more than 16 templates include each other");
    return nullptr;
  }
  for (const auto& source : sources_)
    if (source->file.name == name) return source.get();
  std::optional<std::string> text = options_.loader ? options_.loader(name) : std::nullopt;
  if (!text) {
    fail(*words.source, offset, "there is no template '" + std::string(name) + "'");
    return nullptr;
  }
  return open_source(name, std::move(*text));
}

bool Compiler::file(const OpenSource& source) {
  Reader reader{&source, 0};
  while (
      !reader.done() && reader.piece().kind == Piece::Kind::text &&
      is_blank_text(std::string_view(source.file.text)
                        .substr(reader.piece().begin, reader.piece().end - reader.piece().begin)))
    ++reader.at;
  if (!reader.done() && reader.piece().tag_name == "layout") return file_with_layout(reader);
  reader.at = 0;
  while (!reader.done())
    if (!piece(reader)) return false;
  return true;
}

bool Compiler::file_with_layout(Reader reader) {
  Words words = words_of(reader);
  if (failed()) return false;
  words.take();
  const Word name = words.take();
  if (name.kind != Word::Kind::text)
    return fail(*words.source, name.offset, "'layout' needs the name of a template in quotes");
  if (!expect_end(words)) return false;
  for (++reader.at; !reader.done();) {
    const Piece& at = reader.piece();
    if (at.kind == Piece::Kind::text &&
        is_blank_text(
            std::string_view(reader.source->file.text).substr(at.begin, at.end - at.begin))) {
      ++reader.at;
    } else if (at.tag_name == "block") {
      Words block = words_of(reader);
      if (failed() || !note_block(reader, block)) return false;
    } else if (at.tag_name == "assign" || at.tag_name == "capture") {
      if (!piece(reader)) return false;
    } else {
      return fail(*reader.source, at.start,
                  "a template with a layout holds only blocks, assign and capture");
    }
  }
  const OpenSource* layout = load(words, name.offset, name.text);
  if (layout == nullptr) return false;
  including_.push_back(layout->file.name);
  const bool compiled = file(*layout);
  including_.pop_back();
  return compiled;
}

/// Remembers the block that the reader stands on and steps over it.
bool Compiler::note_block(Reader& reader, Words& words) {
  const Piece& opener = reader.piece();
  words.take();
  const Word name = words.take();
  if (name.kind != Word::Kind::name && name.kind != Word::Kind::text)
    return fail(*reader.source, name.offset, "'block' needs a name");
  if (!expect_end(words)) return false;
  const Reader start{reader.source, reader.at + 1};
  std::size_t open = 1;
  for (++reader.at; !reader.done() && open > 0; ++reader.at) {
    if (reader.piece().tag_name == "block") ++open;
    if (reader.piece().tag_name == "endblock") --open;
  }
  if (open > 0) return fail(*reader.source, opener.start, "'block' has no 'endblock'");
  // That of the template that is furthest from the layout counts.
  const bool known = std::any_of(overrides_.begin(), overrides_.end(),
                                 [&](const Override& each) { return each.name == name.text; });
  if (!known) overrides_.push_back({name.text, start});
  return true;
}

bool Compiler::body(Reader& reader, std::initializer_list<std::string_view> stops,
                    const Piece& opener) {
  if (++depth_ > CompileLimits::kDepth)
    return fail(*reader.source, opener.start, "more than 64 tags stand within each other");
  while (!reader.done()) {
    const std::string_view name = reader.piece().tag_name;
    if (!name.empty() && std::find(stops.begin(), stops.end(), name) != stops.end()) {
      --depth_;
      return true;
    }
    if (!piece(reader)) return false;
  }
  return fail(
      *reader.source, opener.start,
      "'" + std::string(opener.tag_name) + "' has no 'end" + std::string(opener.tag_name) + "'");
}

bool Compiler::piece(Reader& reader) {
  const Piece& at = reader.piece();
  if (program_.nodes.size() > CompileLimits::kNodes)
    return fail(*reader.source, at.start,
                "with what it includes the template has over 100,000 parts");
  if (at.kind == Piece::Kind::text) {
    add_text(std::string_view(reader.source->file.text).substr(at.begin, at.end - at.begin));
    ++reader.at;
    return true;
  }
  if (at.kind == Piece::Kind::output) {
    if (!output(reader)) return false;
    ++reader.at;
    return true;
  }
  Words words = words_of(reader);
  return !failed() && tag(reader, words);
}

void Compiler::add_text(std::string_view text) {
  if (program_.nodes.size() > 0 && text.empty()) return;
  last_text_.append(text.substr(text.size() - std::min<std::size_t>(text.size(), 64)));
  const auto offset = static_cast<std::uint32_t>(program_.literals.size());
  program_.literals += text;
  close_node(open_node(Op::text, offset, static_cast<std::uint32_t>(text.size())));
}

bool Compiler::output(const Reader& reader) {
  Words words = words_of(reader);
  if (failed()) return false;
  if (words.at_end()) return fail(*words.source, words.peek().offset, "'{{ }}' holds nothing");
  Parsed parsed;
  if (!expression(words, parsed) || !expect_end(words)) return false;
  const std::uint32_t node = open_node(Op::output, parsed.index);
  program_.nodes[node].is_link = options_.html && address_begins(last_text_);
  last_text_.clear();
  close_node(node);
  return true;
}

Compiler::Words Compiler::words_of(const Reader& reader) {
  const Piece& at = reader.piece();
  Words words{reader.source, {}, 0};
  LexFault fault;
  words.words = cut_words(reader.source->file.text, at.begin, at.end, fault);
  if (!fault.sentence.empty()) fail(*reader.source, fault.offset, fault.sentence);
  return words;
}

bool Compiler::expect_end(const Words& words) {
  if (words.at_end()) return true;
  return fail(*words.source, words.peek().offset,
              "'" + std::string(words.peek().text) + "' is not expected here");
}

bool Compiler::expect(Words& words, std::string_view sign, std::string_view where) {
  if (words.take_sign(sign)) return true;
  return fail(*words.source, words.peek().offset,
              "'" + std::string(sign) + "' is missing " + std::string(where));
}

std::uint32_t Compiler::open_node(Op op, std::uint32_t a, std::uint32_t b) {
  program_.nodes.push_back({op, false, a, b, 0, 0});
  return static_cast<std::uint32_t>(program_.nodes.size() - 1);
}

void Compiler::close_node(std::uint32_t node) {
  program_.nodes[node].end = static_cast<std::uint32_t>(program_.nodes.size());
}

std::uint32_t Compiler::slot_of(std::string_view name) {
  for (std::size_t i = names_.size(); i-- > scope_start_;)
    if (names_[i].name == name) return names_[i].slot;
  const std::uint32_t slot = new_slot(name);
  names_.push_back({program_.slots[slot].name.text, slot});
  return slot;
}

std::uint32_t Compiler::new_slot(std::string_view name) {
  Shape shape = KnownVariables::kAny;
  if (options_.known != nullptr) (void)options_.known->step(KnownVariables::kRoot, name, shape);
  program_.slots.push_back({Key(program_.arena.copy(name)), false});
  shapes_.push_back(shape);
  bound_.push_back(false);
  return static_cast<std::uint32_t>(program_.slots.size() - 1);
}

void Compiler::assigned(std::uint32_t slot, Shape shape) {
  program_.slots[slot].assigned = true;
  shapes_[slot] = shape;
  bound_[slot] = true;
}

Status Compiler::doubts_left() const {
  for (const Doubt& doubt : doubts_)
    if (doubt.settled || !program_.slots[doubt.slot].assigned) return doubt.status;
  return {};
}

}  // namespace souk::email::liquid
