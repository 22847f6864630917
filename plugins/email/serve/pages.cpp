#include "plugins/email/serve/pages.hpp"

namespace souk::email {
namespace {

constexpr std::size_t kMostFormValues = 200;

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string form_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) i += 2;
    out.push_back(low >= 0 ? static_cast<char>(high * 16 + low) : text[i] == '+' ? ' ' : text[i]);
  }
  return out;
}

constexpr std::string_view kRecipientStyle =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem;"
    "color:#1c1c1e;background:#fff}h1{font-size:1.6rem;line-height:1.25}"
    "button{font:inherit;padding:.7rem 1.1rem;margin:.3rem 0;border:1px solid #1c1c1e;"
    "border-radius:.4rem;background:#fff;color:inherit;cursor:pointer}"
    "button.main{background:#1c1c1e;color:#fff}fieldset{border:1px solid #d5d5d8;"
    "border-radius:.4rem;padding:.6rem 1rem 1rem;margin:1.5rem 0}legend{padding:0 .4rem}"
    "label{display:block;padding:.45rem "
    "0;text-transform:capitalize}input{width:1.1rem;height:1.1rem;"
    "margin-right:.6rem;vertical-align:-.15rem}.note{color:#5c5c61;font-size:.9rem}";

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out.push_back(c);
  }
  return out;
}

void answer_page(souk::v1::HttpBody& reply, const std::string& shop, const std::string& inside) {
  const std::string name = html_escaped(shop);
  reply.set_content_type("text/html; charset=utf-8");
  reply.set_data(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\"><meta name=\"robots\" content=\"noindex\">"
      "<title>" +
      name + "</title><style>" + std::string(kRecipientStyle) + "</style></head><body><h1>" + name +
      "</h1>" + inside + "</body></html>");
  auto* header = reply.add_headers();
  header->set_name("Cache-Control");
  header->set_value("no-store");
}

std::vector<std::string> form_values(std::string_view body, std::string_view name) {
  std::vector<std::string> values;
  while (!body.empty() && values.size() < kMostFormValues) {
    const std::string_view pair = body.substr(0, body.find('&'));
    body.remove_prefix(pair.size() == body.size() ? pair.size() : pair.size() + 1);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && form_decoded(pair.substr(0, equals)) == name)
      values.push_back(form_decoded(pair.substr(equals + 1)));
  }
  return values;
}

}  // namespace souk::email
