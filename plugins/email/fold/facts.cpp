#include "plugins/email/fold/facts.hpp"

#include <algorithm>

namespace souk::email {

const google::protobuf::Value* Email::FactsOf::property(std::string_view name) const {
  if (deed_.properties == nullptr) return nullptr;
  const auto& fields = deed_.properties->properties().fields();
  const auto found = fields.find(std::string(name));
  return found == fields.end() ? nullptr : &found->second;
}

double Email::FactsOf::cart_value() const {
  double sum = 0;
  for (const CartLine& line : person_.cart) {
    const ProductFacts& product = email_.catalog_.at(line.product);
    auto price = static_cast<double>(product.price);
    for (int i = minor_digits(product.currency); i > 0; --i)
      price /= 10;
    sum += price * static_cast<double>(line.quantity);
  }
  return sum;
}

bool Email::FactsOf::is_in(std::string_view segment) const {
  return std::any_of(person_.segments.begin(), person_.segments.end(),
                     [&](std::uint16_t one) { return email_.names_[one] == segment; });
}

double Email::FactsOf::of_event(Fact fact, std::string_view name) const {
  if (fact == Fact::price) return deed_.price;
  if (fact == Fact::amount) return deed_.amount;
  if (fact == Fact::quantity) return deed_.quantity;
  const google::protobuf::Value* value = property(name);
  if (fact != Fact::property || value == nullptr) return kUnknown;
  if (value->has_bool_value()) return value->bool_value() ? 1 : 0;
  return value->has_number_value() ? value->number_value() : kUnknown;
}

double Email::FactsOf::of_stay(Fact fact) const {
  if (fact == Fact::in_stock) {
    const std::uint32_t product = stay_ != nullptr ? stay_->subject : deed_.product;
    if (product == kNoProduct) return kUnknown;
    return email_.catalog_.at(product).out ? 0 : 1;
  }
  if (stay_ == nullptr) return 0;
  if (fact == Fact::in_flow) return since(stay_->entered_s);
  if (fact == Fact::ordered_since_entry) return person_.last_order_s > stay_->entered_s ? 1 : 0;
  if (fact == Fact::clicked) return (stay_->message_state & kClicked) != 0 ? 1 : 0;
  return stay_->message_state != 0 ? 1 : 0;
}

double Email::FactsOf::number(Fact fact, std::string_view name) const {
  switch (fact) {
    case Fact::price:
    case Fact::amount:
    case Fact::quantity:
    case Fact::property:
      return of_event(fact, name);
    case Fact::orders:
      return person_.orders;
    case Fact::spent:
      return static_cast<double>(person_.spent);
    case Fact::last_order:
      return since(person_.last_order_s);
    case Fact::last_seen:
      return since(person_.last_seen_s);
    case Fact::cart_value:
      return cart_value();
    case Fact::cart_items:
      return static_cast<double>(person_.cart.size());
    case Fact::in_flow:
    case Fact::ordered_since_entry:
    case Fact::opened:
    case Fact::clicked:
    case Fact::in_stock:
      return of_stay(fact);
    case Fact::segment:
      return is_in(name) ? 1 : 0;
    case Fact::consent:
      return (name == "sms" ? person_.sms_word : person_.email_word) == Word::granted ? 1 : 0;
    default:
      return kUnknown;
  }
}

std::string_view Email::FactsOf::text(Fact fact, std::string_view name) const {
  switch (fact) {
    case Fact::product:
      return deed_.product == kNoProduct ? std::string_view()
                                         : std::string_view(email_.catalog_.at(deed_.product).id);
    case Fact::category:
      return deed_.category;
    case Fact::brand:
      return deed_.brand;
    case Fact::event:
      return deed_.tracked;
    case Fact::country:
      return person_.texts.get(Contact::country);
    case Fact::locale:
      return person_.texts.get(Contact::locale);
    case Fact::property: {
      const google::protobuf::Value* value = property(name);
      return value != nullptr && value->has_string_value() ? std::string_view(value->string_value())
                                                           : std::string_view();
    }
    default:
      return {};
  }
}

}  // namespace souk::email
