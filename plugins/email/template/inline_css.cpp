#include "plugins/email/template/inline_css.hpp"

#include <algorithm>

#include "plugins/email/template/css_rules.hpp"
#include "plugins/email/template/html_text.hpp"

namespace souk::email {
namespace {

using liquid::CssDeclaration;
using liquid::CssElement;
using liquid::CssRule;
using liquid::HtmlAttribute;
using liquid::HtmlTag;
using liquid::next_html_attribute;
using liquid::next_html_tag;
using liquid::parse_css;
using liquid::parse_declarations;
using liquid::same_ignoring_case;

constexpr std::size_t kMaxOpenElements = 512;

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) noexcept {
  return std::any_of(names.begin(), names.end(),
                     [name](std::string_view each) { return same_ignoring_case(name, each); });
}

bool is_void_element(std::string_view name) noexcept {
  return is_one_of(name,
                   {"img", "br", "hr", "meta", "link", "input", "col", "area", "base", "wbr"});
}
bool is_head_element(std::string_view name) noexcept {
  return is_one_of(name, {"html", "head", "meta", "title", "style", "link", "script", "base"});
}

struct StyleSheetPlace {
  std::size_t begin = 0;  // of <style
  std::size_t end = 0;    // behind </style>
  std::string opening;
  std::string kept;
};

class CssInliner {
 public:
  explicit CssInliner(std::string_view html) : html_(html) {}

  std::string run() {
    read_sheets();
    if (rules_.empty() && sheets_.empty()) return std::string(html_);
    std::size_t at = 0;
    std::size_t sheet = 0;
    HtmlTag tag;
    while (next_html_tag(html_, at, tag)) {
      out_.append(html_, at, tag.begin - at);
      at = tag.end;
      if (sheet < sheets_.size() && tag.begin == sheets_[sheet].begin) {
        write_sheet(sheets_[sheet]);
        at = sheets_[sheet++].end;
      } else if (tag.closing) {
        close_element(tag.name);
        out_.append(html_, tag.begin, tag.end - tag.begin);
      } else {
        open_element(tag);
      }
    }
    out_.append(html_, at);
    return std::move(out_);
  }

 private:
  void read_sheets() {
    std::size_t at = 0;
    HtmlTag tag;
    while (next_html_tag(html_, at, tag)) {
      at = tag.end;
      if (tag.closing || !same_ignoring_case(tag.name, "style")) continue;
      const std::size_t close = html_.find("</style", at);
      const std::size_t end = close == html_.npos ? close : html_.find('>', close);
      if (end == html_.npos) return;
      const std::string_view css = html_.substr(at, close - at);
      at = end + 1;
      // Rules that only apply at times can't be written into attributes.
      const bool keeps = css.find("{%") != css.npos || css.find('\x03') != css.npos ||
                         tag.attributes.find("data-keep") != tag.attributes.npos ||
                         tag.attributes.find("media") != tag.attributes.npos;
      if (keeps) continue;
      StyleSheetPlace place{
          tag.begin, at, std::string(html_.substr(tag.begin, tag.end - tag.begin)), {}};
      parse_css(css, rules_, place.kept);
      sheets_.push_back(std::move(place));
    }
  }

  void write_sheet(const StyleSheetPlace& sheet) {
    if (sheet.kept.empty()) return;
    out_ += sheet.opening;
    out_ += '\n';
    out_ += sheet.kept;
    out_ += "</style>";
  }

  void close_element(std::string_view name) {
    for (std::size_t i = path_.size(); i-- > 0;) {
      if (!same_ignoring_case(path_[i].name, name)) continue;
      path_.resize(i);
      return;
    }
  }

  void open_element(const HtmlTag& tag) {
    CssElement element{tag.name, {}, {}};
    HtmlAttribute style;
    bool has_style = false;
    HtmlAttribute attribute;
    for (std::size_t at = 0; next_html_attribute(tag.attributes, at, attribute);) {
      if (same_ignoring_case(attribute.name, "class")) element.classes = attribute.value;
      if (same_ignoring_case(attribute.name, "id")) element.id = attribute.value;
      if (!same_ignoring_case(attribute.name, "style")) continue;
      style = attribute;
      has_style = true;
    }
    path_.push_back(element);
    const std::string text = is_head_element(tag.name) ? std::string() : style_of(style.value);
    const std::size_t attributes =
        static_cast<std::size_t>(tag.attributes.data() - html_.data()) - tag.begin;
    const std::string_view whole = html_.substr(tag.begin, tag.end - tag.begin);
    if (text.empty()) {
      out_ += whole;
    } else if (has_style) {
      out_ += whole.substr(0, attributes + style.begin);
      out_ += "style=\"" + text + "\"";
      out_ += whole.substr(attributes + style.end);
    } else {
      const std::size_t end = attributes + tag.attributes.size();
      out_ += whole.substr(0, end);
      out_ += " style=\"" + text + "\"";
      out_ += whole.substr(end);
    }
    if (is_void_element(tag.name) || tag.self_closing || path_.size() > kMaxOpenElements)
      path_.pop_back();
  }

  /// All that holds for the element at the end of path_; empty when no rule does.
  std::string style_of(std::string_view own) {
    std::vector<const CssRule*> matching;
    for (const CssRule& rule : rules_)
      if (rule.selector.matches(path_)) matching.push_back(&rule);
    if (matching.empty()) return {};
    std::stable_sort(matching.begin(), matching.end(), [](const CssRule* a, const CssRule* b) {
      return a->selector.specificity < b->selector.specificity;
    });
    std::vector<CssDeclaration> all;
    for (const CssRule* rule : matching)
      add_declarations(rule->declarations, all);
    add_declarations(own, all);
    std::stable_partition(all.begin(), all.end(),
                          [](const CssDeclaration& each) { return !each.important; });
    std::string text;
    for (std::size_t i = 0; i < all.size(); ++i) {
      // What is said again further on is not said here.
      const bool again = !all[i].property.empty() &&
                         std::any_of(all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end(),
                                     [&](const CssDeclaration& later) {
                                       return same_ignoring_case(later.property, all[i].property);
                                     });
      if (again) continue;
      if (!text.empty()) text += ';';
      if (!all[i].property.empty()) {
        text += all[i].property;
        text += ':';
      }
      text += all[i].value;
      if (all[i].important) text += " !important";
    }
    return quoted_safely(text);
  }

  static void add_declarations(std::string_view text, std::vector<CssDeclaration>& all) {
    const std::vector<CssDeclaration> some = parse_declarations(text);
    all.insert(all.end(), some.begin(), some.end());
  }

  /// Double quotes would end the attribute; within Liquid they must stay what they are.
  static std::string quoted_safely(std::string_view text) {
    std::string safe;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const std::string_view two = text.substr(i, 2);
      if (two == "{{" || two == "{%") {
        const std::size_t end = std::min(text.find(two == "{{" ? "}}" : "%}", i), text.size());
        safe += text.substr(i, end - i);
        i = end - 1;
      } else {
        safe += text[i] == '"' ? '\'' : text[i];
      }
    }
    return safe;
  }

  std::string_view html_;
  std::string out_;
  std::vector<CssRule> rules_;
  std::vector<StyleSheetPlace> sheets_;
  std::vector<CssElement> path_;
};

}  // namespace

std::string inline_css(std::string_view html) { return CssInliner(html).run(); }

}  // namespace souk::email
