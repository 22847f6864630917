// The program is written out as HTML in which every node but text is a mark: an output is
// \x01 number \x02, and a tag \x03 number \x02 … \x03 e \x02 around its children. inline_css()
// carries marks through, may repeat those of outputs (a colour in a rule that applies to many
// elements), and the nodes are read back from what it returns.
#include "plugins/email/template/program_css.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include "plugins/email/template/inline_css.hpp"

namespace souk::email::liquid {
namespace {

void write_marks(const TemplateProgram& program, std::uint32_t at, std::uint32_t end,
                 std::string& out) {
  while (at < end) {
    const Node& node = program.nodes[at];
    if (node.op == Op::text) {
      const std::string_view text = std::string_view(program.literals).substr(node.a, node.b);
      std::copy_if(text.begin(), text.end(), std::back_inserter(out),
                   [](char c) { return c < '\x01' || c > '\x03'; });
    } else {
      const char kind = node.op == Op::output ? '\x01' : '\x03';
      out += kind;
      out += std::to_string(at);
      out += '\x02';
      if (node.op != Op::output) {
        write_marks(program, at + 1, node.end, out);
        out +=
            "\x03"
            "e\x02";
      }
    }
    at = node.end;
  }
}

/// False when the marks are not nested as they were; the program then stays as it is.
bool read_marks(const TemplateProgram& program, std::string_view html, std::string& literals,
                std::vector<Node>& nodes) {
  std::vector<std::uint32_t> open;
  while (!html.empty()) {
    const std::size_t text = std::min(html.find_first_of("\x01\x03"), html.size());
    if (text > 0) {
      const auto end = static_cast<std::uint32_t>(nodes.size() + 1);
      nodes.push_back({Op::text, false, static_cast<std::uint32_t>(literals.size()),
                       static_cast<std::uint32_t>(text), end, 0});
      literals += html.substr(0, text);
      html.remove_prefix(text);
      continue;
    }
    const std::size_t close = html.find('\x02');
    if (close == html.npos || close < 2) return false;
    if (html[1] == 'e') {
      if (open.empty()) return false;
      nodes[open.back()].end = static_cast<std::uint32_t>(nodes.size());
      open.pop_back();
    } else {
      std::uint32_t index = 0;
      const auto read = std::from_chars(html.data() + 1, html.data() + close, index);
      if (read.ptr != html.data() + close || index >= program.nodes.size()) return false;
      nodes.push_back(program.nodes[index]);
      nodes.back().end = static_cast<std::uint32_t>(nodes.size());
      if (nodes.back().op != Op::output)
        open.push_back(static_cast<std::uint32_t>(nodes.size() - 1));
    }
    html.remove_prefix(close + 1);
  }
  return open.empty() && nodes.size() <= 4 * CompileLimits::kNodes;
}

}  // namespace

void inline_program_css(TemplateProgram& program) {
  if (program.literals.find("<style") == std::string::npos) return;
  std::string html;
  write_marks(program, 0, static_cast<std::uint32_t>(program.nodes.size()), html);
  std::string literals;
  std::vector<Node> nodes;
  if (!read_marks(program, inline_css(html), literals, nodes)) return;
  program.literals = std::move(literals);
  program.nodes = std::move(nodes);
}

}  // namespace souk::email::liquid
