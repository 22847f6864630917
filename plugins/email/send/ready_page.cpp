#include "plugins/email/send/ready_page.hpp"

#include <array>

namespace souk::email {
namespace {

struct ReadyWords {
  std::string_view flow;
  std::string_view subject;
  std::string_view lead;
};
constexpr std::array kReadyWords{
    ReadyWords{"abandoned_cart", "You left something in your cart",
               "Your cart is still here. These are waiting for you:"},
    ReadyWords{"browse_abandonment", "Still thinking about it?", "You looked at these lately:"},
    ReadyWords{"welcome", "Welcome to {{ shop.name }}", "Good to have you with us."},
    ReadyWords{"post_purchase", "Thank you for your order",
               "We hope that you enjoy what you bought:"},
    ReadyWords{"review_request", "How do you like it?", "Tell others what you think of:"},
    ReadyWords{"replenishment", "Time to refill?", "This may be running low by now:"},
    ReadyWords{"back_in_stock", "{{ product.title }} is back", "You can have it again:"},
    ReadyWords{"price_drop", "{{ product.title }} costs less now", "The price went down:"},
    ReadyWords{"win_back", "It has been a while", "A look at what is new may be worth it."},
    ReadyWords{"vip", "For our best customers", "You are one of them: see it before others do."},
};

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { margin: 0; padding: 24px 0; background: #f4f4f5; font-family: Helvetica, Arial, sans-serif; color: #1c1c1e; }
.page { max-width: 560px; margin: 0 auto; background: #ffffff; padding: 32px; }
h1 { font-size: 22px; margin: 0 0 16px; }
p { font-size: 16px; line-height: 1.5; margin: 0 0 16px; }
img { max-width: 100%; }
.button { display: inline-block; background: #1c1c1e; color: #ffffff; padding: 12px 20px; text-decoration: none; }
.small { font-size: 13px; color: #6b6b70; }
</style></head><body><div class="page">
<h1>{{ shop.name }}</h1>
<p>{% if person.first_name %}Hello {{ person.first_name }},{% else %}Hello,{% endif %}</p>
<p>)";
constexpr std::string_view kTail = R"(</p>
{% for item in products %}<p>{% if item.image %}<img src="{{ item.image }}" alt="{{ item.title }}" width="160"><br>{% endif %}
{% if item.url %}<a href="{{ item.url }}">{{ item.title }}</a>{% else %}{{ item.title }}{% endif %}{% if item.price %}, {{ item.price | money: item.currency }}{% endif %}</p>
{% endfor %}
{% if product.url %}<p><a class="button" href="{{ product.url }}">Have a look</a></p>{% endif %}
{% if recommendations.email.size > 0 %}<p>You may also like:</p>
{% for item in recommendations.email %}<p>{% if item.url %}<a href="{{ item.url }}">{{ item.title }}</a>{% else %}{{ item.title }}{% endif %}{% if item.price %}, {{ item.price | money: item.currency }}{% endif %}</p>
{% endfor %}{% endif %}
<p class="small"><a href="{{ unsubscribe_url }}">Unsubscribe</a>{% if shop.address %}<br>{{ shop.address }}{% endif %}</p>
</div></body></html>
)";

const ReadyWords* ready_words(std::string_view flow) {
  for (const ReadyWords& words : kReadyWords) {
    if (words.flow == flow) return &words;
  }
  return nullptr;
}

}  // namespace

TemplateLoader ready_loader(TemplateLoader own) {
  return [own = std::move(own)](std::string_view name) -> std::optional<std::string> {
    if (own) {
      if (auto text = own(name)) return text;
    }
    constexpr std::string_view kEnding = ".html";
    if (!name.ends_with(kEnding)) return std::nullopt;
    const ReadyWords* words = ready_words(name.substr(0, name.size() - kEnding.size()));
    if (words == nullptr) return std::nullopt;
    return std::string(kHead) + std::string(words->lead) + std::string(kTail);
  };
}

std::string ready_subject(std::string_view flow) {
  const ReadyWords* words = ready_words(flow);
  return words == nullptr ? std::string() : std::string(words->subject);
}

const KnownVariables& ready_variables() {
  static const KnownVariables known{
      "shop.name",         "shop.url",          "shop.address",    "person.id",      "person.name",
      "person.first_name", "person.email",      "cart.items.*",    "cart.url",       "products.*",
      "product.*",         "recommendations.*", "unsubscribe_url", "preferences_url"};
  return known;
}

}  // namespace souk::email
