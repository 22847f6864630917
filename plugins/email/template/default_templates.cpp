#include "plugins/email/template/default_templates.hpp"

#include <algorithm>

namespace souk::email {
namespace {

constexpr DefaultFlow kDefaultFlows[] = {
    {"abandoned_cart", "cart"},
    {"browse_abandonment", "products"},
    {"welcome", ""},
    {"post_purchase", "order"},
    {"review_request", "order"},
    {"replenishment", "product"},
    {"back_in_stock", "product"},
    {"price_drop", "product"},
    {"win_back", ""},
    {"vip", "vip"},
    {"double_opt_in", "confirm_url"},
};

constexpr std::string_view kTranslationFolder = "translations/";

/// What a product has wherever it stands.
void add_product(KnownVariables& known, const std::string& path) {
  for (const char* name :
       {"id", "title", "url", "image", "price", "list_price", "currency", "variant", "quantity",
        "brand", "category", "review_url", "guide_url", "custom.*"})
    known.add(path + "." + name);
}

}  // namespace

std::span<const DefaultFlow> default_flows() noexcept { return kDefaultFlows; }

std::optional<std::string_view> default_file(std::string_view name) noexcept {
  for (const DefaultFile& file : default_files())
    if (file.name == name) return file.text;
  return std::nullopt;
}

const Translations& default_translations() {
  static const Translations translations = [] {
    Translations made;
    for (const DefaultFile& file : default_files()) {
      if (!file.name.starts_with(kTranslationFolder)) continue;
      std::string_view locale = file.name.substr(kTranslationFolder.size());
      locale = locale.substr(0, locale.find('.'));
      // A fault in a file of ours fails the test that adds each one.
      (void)made.add(locale, file.text);
    }
    return made;
  }();
  return translations;
}

const KnownVariables& context_variables() {
  static const KnownVariables known = [] {
    KnownVariables made{"locale",
                        "shop.name",
                        "shop.url",
                        "shop.logo_url",
                        "shop.brand_color",
                        "shop.brand_text_color",
                        "shop.address",
                        "shop.support_email",
                        "shop.custom.*",
                        "person.id",
                        "person.first_name",
                        "person.last_name",
                        "person.email",
                        "person.phone",
                        "person.country",
                        "person.city",
                        "person.locale",
                        "person.time_zone",
                        "person.custom.*",
                        "unsubscribe_url",
                        "preferences_url",
                        "view_in_browser_url",
                        "confirm_url",
                        "cart.url",
                        "cart.total",
                        "cart.currency",
                        "order.number",
                        "order.url",
                        "order.review_url",
                        "order.total",
                        "order.currency",
                        "order.created_at",
                        "vip.url",
                        "vip.until",
                        "vip.name",
                        "early_access",
                        "coupon.code",
                        "coupon.percent",
                        "coupon.amount",
                        "coupon.currency",
                        "coupon.expires_at",
                        "recommendations.*",
                        "event.*",
                        "flow.id",
                        "flow.name",
                        "flow.step",
                        "custom.*"};
    for (const char* path : {"product", "products", "cart.items", "order.items"})
      add_product(made, path);
    return made;
  }();
  return known;
}

TemplateLoader default_loader(TemplateLoader own) {
  return [own = std::move(own)](std::string_view name) -> std::optional<std::string> {
    if (own) {
      if (std::optional<std::string> text = own(name)) return text;
    }
    const std::optional<std::string_view> text = default_file(name);
    if (!text) return std::nullopt;
    return std::string(*text);
  };
}

std::string default_subject(std::string_view flow) {
  const bool known = std::any_of(std::begin(kDefaultFlows), std::end(kDefaultFlows),
                                 [flow](const DefaultFlow& each) { return each.name == flow; });
  if (!known) return {};
  return "{{ \"" + std::string(flow) + ".subject\" | t: shop: shop.name, product: product.title }}";
}

}  // namespace souk::email
