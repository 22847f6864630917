#include "tools/souk/import/product_parts.hpp"

#include <cctype>
#include <utility>

#include "tools/souk/import/values.hpp"

namespace souk::cli {

void set_description(souk::v1::Product& product, std::string_view text) {
  if (text.empty()) return;
  const std::size_t open = text.find('<');
  const bool markup =
      open != std::string_view::npos && text.find('>', open) != std::string_view::npos;
  if (markup) {
    product.mutable_description()->set_html(std::string(text));
  } else {
    product.mutable_description()->set_plain(std::string(text));
  }
}

bool set_availability(souk::v1::Availability& availability, std::string_view text) {
  using souk::v1::Availability;
  static constexpr std::pair<std::string_view, Availability::Status> kWords[] = {
      {"in_stock", Availability::in_stock},         {"instock", Availability::in_stock},
      {"out_of_stock", Availability::out_of_stock}, {"outofstock", Availability::out_of_stock},
      {"preorder", Availability::preorder},         {"pre_order", Availability::preorder},
      {"backorder", Availability::backorder},       {"on_backorder", Availability::backorder},
      {"onbackorder", Availability::backorder},     {"discontinued", Availability::discontinued}};
  std::string word;
  for (const char c : to_lower(trim(text)))
    word.push_back(c == ' ' || c == '-' ? '_' : c);
  for (const auto& [known, status] : kWords) {
    if (word != known) continue;
    availability.set_status(status);
    return true;
  }
  return false;
}

void widen(souk::v1::PriceRange& range, const souk::v1::Money& price) {
  if (!range.has_min() || price.amount() < range.min().amount()) *range.mutable_min() = price;
  if (!range.has_max() || price.amount() > range.max().amount()) *range.mutable_max() = price;
}

void set_ranges_from_variants(souk::v1::Product& product) {
  const souk::v1::Money* first = nullptr;
  bool reduced = false;
  const auto counts = [&](const souk::v1::Variant& variant) {
    return variant.has_price() && variant.price().currency() == first->currency();
  };
  for (const souk::v1::Variant& variant : product.variants()) {
    if (first == nullptr && variant.has_price()) first = &variant.price();
    reduced = reduced || variant.has_list_price();
  }
  if (first == nullptr) return;
  for (const souk::v1::Variant& variant : product.variants()) {
    if (!counts(variant)) continue;
    widen(*product.mutable_price_range(), variant.price());
    if (!reduced) continue;
    widen(*product.mutable_list_price_range(),
          variant.has_list_price() ? variant.list_price() : variant.price());
  }
}

void add_image(souk::v1::Product& product, std::string_view url, std::string_view alt_text) {
  if (url.empty()) return;
  for (const souk::v1::Media& media : product.media()) {
    if (media.url() == url) return;
  }
  souk::v1::Media& media = *product.add_media();
  media.set_type("image");
  media.set_url(std::string(url));
  media.set_alt_text(std::string(alt_text));
}

std::vector<std::string_view> split_list(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (const std::string_view part = trim(text.substr(0, end)); !part.empty()) {
      parts.push_back(part);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::vector<std::string_view> split_urls(std::string_view text) {
  const auto begins_url = [](std::string_view rest) {
    rest = trim(rest);
    return rest.starts_with("http://") || rest.starts_with("https://") || rest.starts_with("//");
  };
  text = trim(text);
  if (!begins_url(text)) return split_list(text, ',');  // names of files
  std::vector<std::string_view> urls;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    const bool end = at == text.size();
    if (!end && (text[at] != ',' || !begins_url(text.substr(at + 1)))) continue;
    std::string_view url = trim(text.substr(begin, at - begin));
    while (url.ends_with(','))
      url = trim(url.substr(0, url.size() - 1));
    urls.push_back(url);
    begin = at + 1;
  }
  return urls;
}

bool read_money(std::string_view text, std::string_view currency, souk::v1::Money& money,
                std::string& reason) {
  const auto price = parse_price(text, currency);
  if (!price || price->minor < 0) {
    reason = "\"" + std::string(text) + "\" is not a price";
    return false;
  }
  money.set_amount(price->minor);
  money.set_currency(price->currency);
  return true;
}

bool sale_holds(std::string_view starts, std::string_view ends, std::int64_t now_us) {
  constexpr std::int64_t kDayUs = 86'400LL * 1'000'000;
  if (now_us == 0) return true;
  if (const auto from = parse_time(starts); from && now_us < *from) return false;
  const auto until = parse_time(ends);
  if (!until) return true;
  const bool date_alone = trim(ends).find(':') == std::string_view::npos;
  return now_us < *until + (date_alone ? kDayUs : 0);
}

std::string slug(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || byte >= 0x80) {
      result.push_back(static_cast<char>(std::tolower(byte)));
    } else if (!result.empty() && result.back() != '-') {
      result.push_back('-');
    }
  }
  while (!result.empty() && result.back() == '-')
    result.pop_back();
  return result;
}

}  // namespace souk::cli
