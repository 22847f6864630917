#include "plugins/email/send/renderer.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "plugins/email/template/default_templates.hpp"
#include "plugins/email/template/text_of.hpp"

namespace souk::email {
namespace {

constexpr std::size_t kMostTemplateBytes = 1 << 20;

/// A file of the shop's own folder; names cannot leave it.
TemplateLoader loader_of(const std::string& folder) {
  if (folder.empty()) return {};
  return [folder](std::string_view name) -> std::optional<std::string> {
    if (name.empty() || name.front() == '/' || name.find("..") != std::string_view::npos) {
      return std::nullopt;
    }
    const std::filesystem::path path = std::filesystem::path(folder) / std::string(name);
    std::error_code failure;
    const auto size = std::filesystem::file_size(path, failure);
    if (failure || size > kMostTemplateBytes) return std::nullopt;
    std::ifstream file(path, std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  };
}

/// An address that works in a message, where a relative one leads nowhere; empty: there is none.
std::string_view absolute_url(std::string_view url, std::string_view shop, ValueArena& arena) {
  if (url.starts_with("https://") || url.starts_with("http://")) return url;
  if (url.starts_with("//")) return arena.copy("https:" + std::string(url));
  if (!url.starts_with('/') || shop.empty()) return {};
  const std::string_view host = shop.substr(0, shop.find('/', shop.find("://") + 3));
  return arena.copy(std::string(host) + std::string(url));
}

std::string_view first_word(std::string_view name) { return name.substr(0, name.find(' ')); }

}  // namespace

Result<Template> Renderer::compile(const std::string& name, const std::string& text,
                                   bool html) const {
  CompileOptions options;
  options.loader = loader_;
  options.known = &context_variables();
  options.translations = translations_.get();
  options.html = html;
  return Template::compile(name, text, options);
}

Status Renderer::add_message(const Flow& flow, const std::string& name,
                             const std::string& subject_text) {
  const std::string setting = "flows." + flow.id + ".steps";
  if (pages_.find(name) == pages_.end()) {
    const auto text = loader_(name + ".html");
    if (!text) {
      return {Code::invalid_argument,
              "there is no template \"" + name + "\": neither in the folder `templates` nor ready",
              setting};
    }
    auto page = compile(name + ".html", *text, true);
    if (!page.ok()) return {Code::invalid_argument, page.status().message(), setting};
    pages_.emplace(name, *std::move(page));
  }
  const std::string& key = subject_text.empty() ? name : subject_text;
  if (subjects_.find(key) != subjects_.end()) return {};
  std::string text = subject_text.empty() ? default_subject(name) : subject_text;
  if (text.empty()) text = flow.name;
  auto subject = compile("subject of " + flow.id, text, false);
  if (!subject.ok()) return {Code::invalid_argument, subject.status().message(), setting};
  subjects_.emplace(key, *std::move(subject));
  return {};
}

Status Renderer::add_sms(const Flow& flow, const std::string& name) {
  if (sms_.find(name) != sms_.end()) return {};
  const std::string setting = "flows." + flow.id + ".steps";
  const auto text = loader_(name + ".sms.txt");
  if (!text) {
    return {Code::invalid_argument,
            "there is no template \"" + name +
                ".sms.txt\": neither in the folder `templates` nor "
                "ready",
            setting};
  }
  auto made = compile(name + ".sms.txt", *text, false);
  if (!made.ok()) return {Code::invalid_argument, made.status().message(), setting};
  sms_.emplace(name, *std::move(made));
  return {};
}

Result<std::string> Renderer::render_sms(const v1::Outgoing& out,
                                         const std::vector<v1::Item>& recommended,
                                         std::int64_t now_us) const {
  const auto text = sms_.find(out.template_());
  if (text == sms_.end())
    return Status(Code::not_found,
                  "no flow sends the template \"" + out.template_() + ".sms.txt\"");
  ValueArena arena;
  ValueArena scratch;
  RenderOptions options;
  options.locale = out.locale().empty() ? std::string_view("en") : std::string_view(out.locale());
  options.currency = currency_;
  options.now_us = now_us;
  options.zone = find_time_zone(out.zone());
  options.translations = translations_.get();
  options.scratch = &scratch;
  std::string rendered;
  Status status = text->second.render(context_of(out, recommended, {}, arena), options, rendered);
  if (!status.ok()) return status;
  rendered.erase(rendered.find_last_not_of(" \r\n\t") + 1);
  rendered.erase(0, rendered.find_first_not_of(" \r\n\t"));
  return rendered;
}

Result<std::shared_ptr<const Renderer>> Renderer::make(
    const v1::Settings& settings, const std::vector<std::shared_ptr<const Flow>>& flows) {
  auto renderer = std::make_shared<Renderer>();
  renderer->loader_ = default_loader(loader_of(settings.templates()));
  renderer->translations_ = std::make_shared<const Translations>(default_translations());
  renderer->shop_name_ = settings.shop_name();
  if (renderer->shop_name_.empty()) {
    const std::string from = settings.from().substr(0, settings.from().find('<'));
    renderer->shop_name_ = from.substr(0, from.find_last_not_of(" \"") + 1);
  }
  renderer->shop_url_ = settings.public_url();
  renderer->address_ = settings.postal_address();
  renderer->currency_ = settings.currency().empty() ? "EUR" : settings.currency();
  for (const auto& flow : flows) {
    for (const Instruction& instruction : flow->program) {
      if (instruction.op != Op::message) continue;
      std::vector<VariantText> ways = instruction.variants;
      if (ways.empty()) ways.push_back({{}, instruction.subject, instruction.template_name});
      for (const VariantText& way : ways) {
        for (const Channel channel : instruction.channels) {
          Status status = channel == Channel::sms
                              ? renderer->add_sms(*flow, way.template_name)
                              : renderer->add_message(*flow, way.template_name, way.subject);
          if (!status.ok()) return status;
        }
      }
    }
  }
  return std::shared_ptr<const Renderer>(std::move(renderer));
}

Result<Rendered> Renderer::render(const v1::Outgoing& out, const std::vector<v1::Item>& recommended,
                                  const MessageLinks& links, std::int64_t now_us) const {
  const auto page = pages_.find(out.template_());
  const auto subject = subjects_.find(out.subject().empty() ? out.template_() : out.subject());
  if (page == pages_.end() || subject == subjects_.end()) {
    return Status(Code::not_found,
                  "no flow sends the template \"" + out.template_() + "\" by e-mail");
  }
  thread_local ValueArena arena;
  thread_local ValueArena scratch;
  arena.reset();
  const Value context = context_of(out, recommended, links, arena);
  RenderOptions options;
  options.locale = out.locale().empty() ? std::string_view("en") : std::string_view(out.locale());
  options.currency = currency_;
  options.now_us = now_us;
  options.zone = find_time_zone(out.zone());
  options.translations = translations_.get();
  options.scratch = &scratch;
  Rendered rendered;
  if (Status status = page->second.render(context, options, rendered.html); !status.ok())
    return status;
  rendered.text = text_of(rendered.html);
  // The picture is no part of what people write: it goes in last, and into HTML alone.
  if (!links.open_pixel.empty()) {
    const std::string pixel = "<img src=\"" + links.open_pixel +
                              "\" width=\"1\" height=\"1\" alt=\"\" style=\"display:block\">";
    const std::size_t end = rendered.html.rfind("</body>");
    rendered.html.insert(end == std::string::npos ? rendered.html.size() : end, pixel);
  }
  options.single_line = true;
  if (Status status = subject->second.render(context, options, rendered.subject); !status.ok())
    return status;
  return rendered;
}

Value Renderer::context_of(const v1::Outgoing& out, const std::vector<v1::Item>& recommended,
                           const MessageLinks& links, ValueArena& arena) const {
  const auto item_value = [&](const v1::Item& item) {
    MapBuilder map(arena);
    map.set_text("id", item.product_id()).set_text("title", item.title());
    const std::string_view url = absolute_url(item.url(), shop_url_, arena);
    const std::string_view image = absolute_url(item.image_url(), shop_url_, arena);
    if (!url.empty()) map.set_text("url", url);
    if (!image.empty()) map.set_text("image", image);
    if (item.price() > 0) {
      map.set("price", Value::integer(item.price()));
      map.set_text("currency", item.currency());
    }
    if (item.list_price() > 0) map.set("list_price", Value::integer(item.list_price()));
    map.set("quantity", Value::number(item.quantity()));
    return map.build();
  };
  const auto list_value = [&](const auto& items) {
    ListBuilder list(arena);
    for (const v1::Item& item : items)
      list.add(item_value(item));
    return list.build();
  };
  const Value items = list_value(out.items());
  MapBuilder shop(arena);
  shop.set_text("name", shop_name_).set_text("url", shop_url_);
  if (!address_.empty()) shop.set_text("address", address_);
  MapBuilder person(arena);
  person.set_text("id", out.shopper_id()).set_text("email", out.email());
  person.set_text("locale", out.locale()).set_text("country", out.country());
  if (!out.name().empty()) {
    const std::string_view first = first_word(out.name());
    person.set_text("first_name", first);
    person.set_text(
        "last_name",
        std::string_view(out.name()).substr(std::min(first.size() + 1, out.name().size())));
  }
  MapBuilder cart(arena);
  cart.set("items", items).set_text("url", shop_url_ + "/cart");
  MapBuilder order(arena);
  order.set("items", items).set_text("url", shop_url_);
  MapBuilder vip(arena);
  vip.set_text("url", shop_url_);
  MapBuilder recommendations(arena);
  recommendations.set("email", list_value(recommended));
  const auto page = pages_.find(out.template_());
  if (page != pages_.end()) {
    for (const RecommendationNeed& need : page->second.recommendation_needs())
      recommendations.set(need.placement, list_value(recommended));
  }
  MapBuilder flow(arena);
  flow.set_text("id", out.flow_id()).set("step", Value::integer(out.step()));
  MapBuilder context(arena);
  context.set("shop", shop.build()).set("person", person.build()).set("cart", cart.build());
  context.set("order", order.build()).set("vip", vip.build()).set("flow", flow.build());
  context.set("products", items).set_text("locale", out.locale());
  if (out.items_size() > 0) context.set("product", item_value(out.items(0)));
  if (!out.coupon_code().empty() || out.coupon_percent() > 0) {
    MapBuilder coupon(arena);
    if (!out.coupon_code().empty()) coupon.set_text("code", out.coupon_code());
    if (out.coupon_percent() > 0) coupon.set("percent", Value::number(out.coupon_percent()));
    context.set("coupon", coupon.build());
  }
  if (out.early_access()) context.set("early_access", Value::boolean(true));
  context.set("recommendations", recommendations.build());
  context.set_text("unsubscribe_url", links.unsubscribe);
  context.set_text("preferences_url", links.unsubscribe);
  if (!links.confirm.empty()) context.set_text("confirm_url", links.confirm);
  return context.build();
}

std::uint32_t Renderer::recommendations_shown(const v1::Outgoing& out) const {
  std::uint32_t most = 0;
  if (const auto page = pages_.find(out.template_()); page != pages_.end()) {
    for (const RecommendationNeed& need : page->second.recommendation_needs())
      most = std::max(most, need.limit);
    if (page->second.uses("recommendations")) most = std::max(most, out.recommend_limit());
  }
  return most;
}

std::string with_links(std::string_view html,
                       const std::function<std::string(const std::string&)>& lead) {
  std::string out;
  constexpr std::string_view kHref = "href=\"";
  for (;;) {
    const std::size_t at = html.find(kHref);
    const std::size_t end = at == std::string_view::npos ? at : html.find('"', at + kHref.size());
    if (end == std::string_view::npos) return out.append(html);
    out.append(html.substr(0, at + kHref.size()));
    const std::string_view given = html.substr(at + kHref.size(), end - at - kHref.size());
    // Only of anchors: a link element names a style sheet or a font.
    const std::size_t tag = html.substr(0, at).rfind('<');
    const bool anchor = tag != std::string_view::npos &&
                        (html.substr(tag, 3) == "<a " || html.substr(tag, 3) == "<a\n");
    std::string url;
    for (std::size_t i = 0; i < given.size(); ++i) {
      const bool entity = given.substr(i).starts_with("&amp;");
      url.push_back(given[i]);
      if (entity) i += 4;
    }
    std::string led;
    if (anchor && (url.starts_with("http://") || url.starts_with("https://"))) led = lead(url);
    out += led.empty() ? std::string(given) : led;
    html.remove_prefix(end);
  }
}

}  // namespace souk::email
