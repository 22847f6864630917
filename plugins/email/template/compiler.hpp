// From source to program: a recursive descent that writes nodes as it reads.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/email/template/lexer.hpp"
#include "plugins/email/template/program.hpp"

namespace souk::email::liquid {

/// Compiles one template; used once. The first fault ends it and is kept in status().
class Compiler {
 public:
  Compiler(TemplateProgram& program, const CompileOptions& options)
      : program_(program), options_(options) {}

  [[nodiscard]] Status run(std::string_view name, std::string_view text);

 private:
  using Shape = KnownVariables::Node;

  struct OpenSource {
    TemplateSource file;
    std::vector<Piece> pieces;
  };
  /// A place in a source.
  struct Reader {
    const OpenSource* source = nullptr;
    std::size_t at = 0;

    [[nodiscard]] bool done() const { return at >= source->pieces.size(); }
    [[nodiscard]] const Piece& piece() const { return source->pieces[at]; }
  };
  /// The words of one output or tag.
  struct Words {
    const OpenSource* source = nullptr;
    std::vector<Word> words;
    std::size_t at = 0;

    [[nodiscard]] const Word& peek() const { return words[at]; }
    const Word& take() { return words[at + 1 < words.size() ? at++ : at]; }
    bool take_sign(std::string_view sign);
    bool take_name(std::string_view name);
    [[nodiscard]] bool at_end() const { return peek().kind == Word::Kind::end; }
  };
  struct Parsed {
    std::uint32_t index = 0;
    Shape shape = KnownVariables::kAny;
  };
  /// A block of a template that its layout is filled with.
  struct Override {
    std::string_view name;
    Reader body;
  };
  struct ScopedName {
    std::string_view name;
    std::uint32_t slot = 0;
  };
  /// A name that is unknown unless something is assigned to it further down.
  struct Doubt {
    Status status;
    std::uint32_t slot = 0;
    bool settled = false;  // an assignment would not help
  };

  // compiler.cpp: sources, bodies, slots.
  bool fail(const OpenSource& source, std::size_t offset, std::string sentence);
  [[nodiscard]] bool failed() const { return !status_.ok(); }
  const OpenSource* open_source(std::string_view name, std::string text);
  const OpenSource* load(const Words& words, std::size_t offset, std::string_view name);
  bool file(const OpenSource& source);
  bool file_with_layout(Reader reader);
  bool note_block(Reader& reader, Words& words);
  bool body(Reader& reader, std::initializer_list<std::string_view> stops, const Piece& opener);
  bool piece(Reader& reader);
  void add_text(std::string_view text);
  bool output(const Reader& reader);
  Words words_of(const Reader& reader);
  bool expect_end(const Words& words);
  bool expect(Words& words, std::string_view sign, std::string_view where);
  std::uint32_t open_node(Op op, std::uint32_t a = 0, std::uint32_t b = 0);
  void close_node(std::uint32_t node);
  std::uint32_t slot_of(std::string_view name);
  std::uint32_t new_slot(std::string_view name);
  void assigned(std::uint32_t slot, Shape shape);
  Status doubts_left() const;

  // compiler_tags.cpp
  bool tag(Reader& reader, Words& words);
  bool if_tag(Reader& reader, Words& words, bool negated);
  bool case_tag(Reader& reader, Words& words);
  bool when_list(Words& words, std::uint32_t& node);
  bool for_tag(Reader& reader, Words& words);
  bool loop_options(Words& words, Loop& loop);
  bool loop_body(Reader& reader, const Loop& loop, Shape shape, std::string_view end,
                 const Piece& opener);
  bool assign_tag(Words& words);
  bool capture_tag(Reader& reader, Words& words);
  bool include_tag(Words& words, bool isolated);
  bool include_body(Words& words, const OpenSource& source, bool isolated, bool each,
                    const Parsed& with, std::string_view alias);
  bool include_bindings(Words& words, std::vector<std::pair<std::string_view, Parsed>>& bindings);
  bool block_tag(Reader& reader, Words& words);
  bool recommend_tag(Reader& reader, Words& words);
  bool leave_tag(Words& words, Op op);

  // compiler_expressions.cpp
  bool expression(Words& words, Parsed& parsed);
  bool filter(Words& words, const Operand& input, Shape& shape);
  bool filter_arguments(Words& words, FilterCall& call);
  bool check_filter(const Words& words, const Word& name, const FilterCall& call,
                    const Operand& input);
  bool operand(Words& words, Parsed& parsed);
  bool range(Words& words, Parsed& parsed);
  bool variable(Words& words, Parsed& parsed);
  bool path_step(Words& words, const Word& root, std::vector<PathStep>& steps, Shape& shape,
                 std::uint32_t slot, bool from_context);
  bool loop_variable(Words& words, const Word& root, Parsed& parsed);
  bool condition(Words& words, std::uint32_t& made, std::size_t depth);
  bool comparison(Words& words, std::uint32_t& made);
  std::uint32_t constant(Value value, std::size_t line);
  std::uint32_t add_operand(const Operand& operand, const Words& words, std::size_t offset);
  std::uint32_t plain_expression(std::uint32_t operand);

  TemplateProgram& program_;
  const CompileOptions& options_;
  Status status_;
  std::vector<std::unique_ptr<OpenSource>> sources_;
  std::vector<std::string_view> including_;
  std::vector<Override> overrides_;
  std::vector<ScopedName> names_;  // of all scopes that are open
  std::size_t scope_start_ = 0;    // in names_: the current scope's first
  std::vector<Shape> shapes_;      // by slot: what is known of its members
  std::vector<bool> bound_;        // by slot: its shape is not the context's
  std::vector<Doubt> doubts_;
  std::size_t source_bytes_ = 0;
  std::size_t depth_ = 0;
  std::uint32_t loops_around_ = 0;
  std::string last_text_;  // literal text since the last output: does an address begin here?
};

}  // namespace souk::email::liquid
