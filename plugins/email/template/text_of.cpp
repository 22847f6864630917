#include "plugins/email/template/text_of.hpp"

#include <algorithm>
#include <vector>

#include "plugins/email/template/html_text.hpp"
#include "plugins/email/template/utf8.hpp"

namespace souk::email {
namespace {

using liquid::append_decoded;
using liquid::count_letters;
using liquid::HtmlAttribute;
using liquid::HtmlTag;
using liquid::next_html_attribute;
using liquid::next_html_tag;
using liquid::same_ignoring_case;

constexpr std::size_t kMaxListDepth = 16;

bool text_is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v'); }

enum class TagKind : std::uint8_t {
  other,
  block,
  paragraph,
  heading,
  line_break,
  rule,
  link,
  image,
  list,
  ordered,
  item,
  table,
  row,
  cell,
  struck,
  hidden,
  pre
};

/// The first eight letters, lower-case, as a number: quicker to compare than text. Names are
/// letters and digits, of which the bit that makes letters small changes none.
constexpr std::uint64_t packed_name(std::string_view name) noexcept {
  std::uint64_t packed = 0;
  for (std::size_t i = 0; i < name.size() && i < 8; ++i)
    packed |= std::uint64_t{static_cast<unsigned char>(name[i]) | 0x20U} << (8 * i);
  return packed;
}

struct TagName {
  constexpr TagName(std::string_view text, TagKind meant) : name(packed_name(text)), kind(meant) {}
  std::uint64_t name;
  TagKind kind;
};
constexpr TagName kTextTags[] = {
    {"a", TagKind::link},        {"article", TagKind::block},   {"blockquote", TagKind::paragraph},
    {"br", TagKind::line_break}, {"center", TagKind::block},    {"del", TagKind::struck},
    {"div", TagKind::block},     {"footer", TagKind::block},    {"h1", TagKind::heading},
    {"h2", TagKind::heading},    {"h3", TagKind::heading},      {"h4", TagKind::heading},
    {"head", TagKind::hidden},   {"header", TagKind::block},    {"hr", TagKind::rule},
    {"img", TagKind::image},     {"li", TagKind::item},         {"main", TagKind::block},
    {"ol", TagKind::ordered},    {"p", TagKind::paragraph},     {"pre", TagKind::pre},
    {"s", TagKind::struck},      {"script", TagKind::hidden},   {"section", TagKind::block},
    {"strike", TagKind::struck}, {"style", TagKind::hidden},    {"table", TagKind::table},
    {"td", TagKind::cell},       {"template", TagKind::hidden}, {"th", TagKind::cell},
    {"title", TagKind::hidden},  {"tr", TagKind::row},          {"ul", TagKind::list},
};

/// Most tags of a message have no kind, or one that is found at the first look.
class TagTable {
 public:
  constexpr TagTable() {
    for (const TagName& tag : kTextTags) {
      std::size_t at = slot_of(tag.name);
      while (names_[at] != 0)
        at = (at + 1) % kSlots;
      names_[at] = tag.name;
      kinds_[at] = tag.kind;
    }
  }
  [[nodiscard]] constexpr TagKind find(std::uint64_t name) const noexcept {
    std::size_t at = slot_of(name);
    for (; names_[at] != 0; at = (at + 1) % kSlots)
      if (names_[at] == name) return kinds_[at];
    return TagKind::other;
  }

 private:
  static constexpr std::size_t kSlots = 128;
  static constexpr std::size_t slot_of(std::uint64_t name) noexcept {
    return static_cast<std::size_t>((name * 0x9e3779b97f4a7c15U) >> 57U);
  }
  std::uint64_t names_[kSlots] = {};
  TagKind kinds_[kSlots] = {};
};
constexpr TagTable kTagTable;

TagKind kind_of_tag(std::string_view name) noexcept { return kTagTable.find(packed_name(name)); }

std::string_view attribute_of(const HtmlTag& tag, std::string_view name) noexcept {
  HtmlAttribute attribute;
  for (std::size_t at = 0; next_html_attribute(tag.attributes, at, attribute);)
    if (same_ignoring_case(attribute.name, name)) return attribute.value;
  return {};
}

bool speaks_of_display(std::string_view attributes) noexcept {
  // By its rarest letter: a search by the first one stops all over a style.
  for (std::size_t at = attributes.find('y'); at != attributes.npos;
       at = attributes.find('y', at + 1))
    if (attributes.substr(0, at).ends_with("displa")) return true;
  return false;
}

bool is_hidden(const HtmlTag& tag) noexcept {
  if (!speaks_of_display(tag.attributes)) return false;
  const std::string_view style = attribute_of(tag, "style");
  const std::size_t display = style.find("display");
  if (display == style.npos) return false;
  const std::string_view value = style.substr(display + 7, 8);
  return value.find("none") != value.npos;
}

/// Lines of the text, broken at the width as words come.
class TextWriter {
 public:
  explicit TextWriter(std::size_t width) : width_(std::max<std::size_t>(width, 20)) {}

  /// Text in which spaces of any number separate words, as in HTML.
  void words(std::string_view text) {
    while (!text.empty()) {
      if (text_is_space(text[0])) {
        space_ = true;
        text.remove_prefix(1);
        continue;
      }
      std::size_t size = 0;
      while (size < text.size() && !text_is_space(text[size]))
        ++size;
      word(text.substr(0, size));
      text.remove_prefix(size);
    }
  }

  /// What follows begins a line; with `blank`, after an empty one.
  void new_line(bool blank) {
    if (line_.empty() && out_.empty()) return;
    flush();
    blank_ = blank_ || blank;
  }

  void line_break() {
    if (line_.empty() && !out_.empty())
      blank_ = true;
    else
      flush();
  }

  /// Put before the first word of the next line; following lines are indented as much.
  void prefix(std::string_view mark) {
    mark_ = mark;
    hang_ = mark.size();
  }
  void set_indent(std::size_t spaces) {
    indent_ = spaces;
    hang_ = 0;
  }
  void glue() { space_ = false; }
  [[nodiscard]] bool at_line_start() const noexcept { return line_.empty(); }

  std::string finish() {
    flush();
    return std::move(out_);
  }

 private:
  void word(std::string_view text) {
    const std::size_t letters = letters_of(text);
    const bool glued = !space_ && !line_.empty();
    if (!glued && !line_.empty()) {
      if (column_ + 1 + letters > width_) {
        flush();
      } else {
        line_ += ' ';
        ++column_;
      }
    }
    if (line_.empty()) start_line();
    line_ += text;
    column_ += letters;
    space_ = false;
  }

  static std::size_t letters_of(std::string_view text) noexcept {
    const bool ascii =
        std::none_of(text.begin(), text.end(), [](char c) { return (c & '\x80') != 0; });
    return ascii ? text.size() : count_letters(text);
  }

  void start_line() {
    if (blank_ && !out_.empty()) out_ += '\n';
    blank_ = false;
    line_.assign(indent_ + (mark_.empty() ? hang_ : 0), ' ');
    line_ += mark_;
    column_ = line_.size();
    mark_.clear();
  }

  void flush() {
    if (!line_.empty()) {
      out_ += line_;
      out_ += '\n';
    }
    line_.clear();
    column_ = 0;
    space_ = false;
  }

  std::size_t width_;
  std::string out_;
  std::string line_;
  std::string mark_;
  std::size_t column_ = 0;
  std::size_t indent_ = 0;
  std::size_t hang_ = 0;  // more for the lines after the one with the mark
  bool space_ = false;
  bool blank_ = false;
};

class HtmlReader {
 public:
  HtmlReader(std::string_view html, const TextOptions& options)
      : html_(html), writer_(options.width) {}

  std::string run() {
    std::size_t at = 0;
    HtmlTag tag;
    while (next_html_tag(html_, at, tag)) {
      text(html_.substr(at, tag.begin - at));
      at = tag.end;
      const TagKind kind = kind_of_tag(tag.name);
      if (!tag.closing && (kind == TagKind::hidden || is_hidden(tag))) {
        at = skip_element(tag);
        continue;
      }
      if (tag.closing)
        close(kind);
      else
        open(kind, tag);
    }
    text(html_.substr(at));
    return writer_.finish();
  }

 private:
  struct List {
    bool ordered = false;
    int number = 0;
  };
  struct Table {
    bool data = false;
    int cells = 0;  // of the row so far
  };

  /// Behind the element's end. Void elements have none.
  [[nodiscard]] std::size_t skip_element(const HtmlTag& opening) const {
    std::size_t at = opening.end;
    const TagKind kind = kind_of_tag(opening.name);
    if (opening.self_closing || kind == TagKind::image || kind == TagKind::line_break ||
        kind == TagKind::rule)
      return at;
    int depth = 1;
    HtmlTag tag;
    while (depth > 0 && next_html_tag(html_, at, tag)) {
      at = tag.end;
      if (!same_ignoring_case(tag.name, opening.name) || tag.self_closing) continue;
      depth += tag.closing ? -1 : 1;
    }
    return depth > 0 ? html_.size() : at;
  }

  void text(std::string_view part) {
    while (!part.empty()) {
      const std::size_t comment = std::min(part.find("<!"), part.size());
      plain(part.substr(0, comment));
      part.remove_prefix(comment);
      if (part.empty()) return;
      const std::string_view close = part.starts_with("<!--") ? "-->" : ">";
      const std::size_t end = part.find(close);
      part = end == part.npos ? std::string_view() : part.substr(end + close.size());
    }
  }

  void plain(std::string_view part) {
    // Most of HTML between tags is indentation.
    if (std::all_of(part.begin(), part.end(), text_is_space)) {
      if (!part.empty()) writer_.words(" ");
      return;
    }
    decoded_.clear();
    append_decoded(part, decoded_);
    clean(decoded_);
    writer_.words(decoded_);
    if (in_link_) link_text_ += decoded_;
  }

  /// Soft hyphens and zero-width letters go; no-break spaces stay what they are.
  static void clean(std::string& text) {
    std::size_t to = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t skipped = invisible_bytes(std::string_view(text).substr(at));
      if (skipped == 0) text[to++] = text[at];
      at += std::max<std::size_t>(skipped, 1);
    }
    text.resize(to);
  }

  /// Of the invisible letter at the beginning; 0 when there is none. U+00AD, U+034F, U+200B to
  /// U+200F, U+2060, U+FEFF, as they are in UTF-8.
  static std::size_t invisible_bytes(std::string_view text) noexcept {
    if (static_cast<unsigned char>(text[0]) < 0xC2) return 0;
    if (text.starts_with("\xC2\xAD") || text.starts_with("\xCD\x8F")) return 2;
    if (text.starts_with("\xE2\x81\xA0") || text.starts_with("\xEF\xBB\xBF")) return 3;
    const bool general = text.size() >= 3 && text.starts_with("\xE2\x80");
    return general && text[2] >= '\x8B' && text[2] <= '\x8F' ? 3 : 0;
  }

  void open(TagKind kind, const HtmlTag& tag) {
    switch (kind) {
      case TagKind::block:
      case TagKind::table:
      case TagKind::row:
      case TagKind::cell:
        open_box(kind, tag);
        return;
      case TagKind::paragraph:
      case TagKind::heading:
      case TagKind::pre:
        writer_.new_line(true);
        return;
      case TagKind::line_break:
        writer_.line_break();
        return;
      case TagKind::rule:
        writer_.new_line(true);
        writer_.words("--------");
        writer_.new_line(true);
        return;
      case TagKind::link:
        in_link_ = true;
        link_ = attribute_of(tag, "href");
        link_text_.clear();
        return;
      case TagKind::image:
        image(tag);
        return;
      case TagKind::list:
      case TagKind::ordered:
        writer_.new_line(lists_.empty());
        if (lists_.size() < kMaxListDepth) lists_.push_back({kind == TagKind::ordered, 0});
        return;
      case TagKind::item:
        open_item();
        return;
      case TagKind::struck:
        writer_.words("~");
        writer_.glue();
        return;
      case TagKind::other:
      case TagKind::hidden:
        return;
    }
  }

  void open_box(TagKind kind, const HtmlTag& tag) {
    if (kind == TagKind::table) {
      const bool data = !same_ignoring_case(attribute_of(tag, "role"), "presentation");
      tables_.push_back({data, 0});
      writer_.new_line(data);
    } else if (kind == TagKind::row) {
      // Rows of several cells are cards of products or the like: they stand apart.
      const bool card = !tables_.empty() && !tables_.back().data && tables_.back().cells > 1;
      if (!tables_.empty()) tables_.back().cells = 0;
      writer_.new_line(card);
    } else if (kind == TagKind::cell && !tables_.empty()) {
      const int cell = tables_.back().cells++;
      if (!tables_.back().data)
        writer_.new_line(false);
      else if (cell > 0)
        writer_.words(" | ");
    } else {
      writer_.new_line(false);
    }
  }

  void open_item() {
    writer_.new_line(false);
    writer_.set_indent(lists_.empty() ? 0 : 2 * (lists_.size() - 1));
    if (lists_.empty() || !lists_.back().ordered) {
      writer_.prefix("- ");
    } else {
      writer_.prefix(std::to_string(++lists_.back().number) + ". ");
    }
  }

  void close(TagKind kind) {
    switch (kind) {
      case TagKind::block:
      case TagKind::row:
        writer_.new_line(false);
        return;
      case TagKind::table:
        if (!tables_.empty()) {
          writer_.new_line(true);
          tables_.pop_back();
        }
        return;
      case TagKind::cell:
        if (tables_.empty() || !tables_.back().data) writer_.new_line(false);
        return;
      case TagKind::paragraph:
      case TagKind::heading:
      case TagKind::pre:
        writer_.new_line(true);
        return;
      case TagKind::link:
        close_link();
        return;
      case TagKind::list:
      case TagKind::ordered:
        if (!lists_.empty()) lists_.pop_back();
        writer_.set_indent(lists_.empty() ? 0 : 2 * (lists_.size() - 1));
        writer_.new_line(lists_.empty());
        return;
      case TagKind::item:
        writer_.new_line(false);
        return;
      case TagKind::struck:
        writer_.glue();
        writer_.words("~");
        return;
      default:
        return;
    }
  }

  /// "text <address>"; nothing for an address within the message, and none that is the text itself.
  void close_link() {
    if (!in_link_) return;
    in_link_ = false;
    decoded_.clear();
    append_decoded(link_, decoded_);
    const bool shown = link_text_.find_first_not_of(" \t\r\n") != link_text_.npos;
    std::string_view address = decoded_;
    for (const std::string_view scheme : {"mailto:", "tel:"})
      if (address.starts_with(scheme)) address.remove_prefix(scheme.size());
    if (!shown || address.empty() || address.starts_with('#')) return;
    if (link_text_.find(address) != link_text_.npos) return;
    decoded_.insert(0, " <");
    decoded_ += '>';
    writer_.words(decoded_);
  }

  void image(const HtmlTag& tag) {
    const std::string_view text = attribute_of(tag, "alt");
    if (text.empty()) return;
    // Around an image that is a link stands often the same text again.
    if (in_link_) return;
    decoded_.clear();
    append_decoded(text, decoded_);
    writer_.words("[" + decoded_ + "]");
  }

  std::string_view html_;
  TextWriter writer_;
  std::string decoded_;
  std::vector<List> lists_;
  std::vector<Table> tables_;
  bool in_link_ = false;
  std::string_view link_;
  std::string link_text_;
};

}  // namespace

std::string text_of(std::string_view html, const TextOptions& options) {
  return HtmlReader(html, options).run();
}

}  // namespace souk::email
