// Customers: Shopify's export and files of anybody's own.
//
// Shopify's order export names people by address alone. So that orders and customers meet, a
// customer of a file with Shopify's columns gets the id that stands for the address (a hash), and
// its Shopify id as an external one.
#include "tools/souk/import/mapper.hpp"
#include "tools/souk/import/product_parts.hpp"
#include "tools/souk/import/values.hpp"

namespace souk::cli {
namespace {

class CustomerMapper final : public Mapper {
 public:
  CustomerMapper(Columns& columns, const MapperSettings& /*settings*/)
      : shopify_(columns.has({"Customer ID", "Accepts Email Marketing", "Total Spent"})),
        id_(columns.find("id", {"customer_id", "user_id", "shopper_id"})),
        email_(columns.find("email", {"email_address", "e-mail"})),
        phone_(columns.find("phone", {"telephone", "default_address_phone"})),
        name_(columns.find("name", {"full_name"})),
        first_(columns.find("first_name")),
        last_(columns.find("last_name")),
        locale_(columns.find("locale", {"language"})),
        zone_(columns.find("time_zone", {"timezone"})),
        country_(columns.find("country", {"country_code", "default_address_country_code"})),
        tags_(columns.find("tags")),
        account_(columns.find("account_id")),
        created_(columns.find("created_at", {"created", "date_created"})),
        email_consent_(
            columns.find("email_consent", {"accepts_email_marketing", "accepts_marketing"})),
        sms_consent_(columns.find("sms_consent", {"accepts_sms_marketing"})) {}

  void record(const CsvRecord& record, EventSink& sink) override {
    const std::string_view email = email_.of(record);
    std::string_view id = id_.of(record);
    if (id.starts_with('\'')) id.remove_prefix(1);  // so that spreadsheets keep it a text
    if (id.empty() && email.empty()) {
      return sink.reject(record.line, "the customer has neither id nor e-mail address",
                         record.text);
    }
    souk::v1::Event event;
    souk::v1::Customer& customer = *event.mutable_customer_upserted()->mutable_customer();
    if (id.empty() || (shopify_ && !email.empty())) {
      customer.set_id(shopper_of_email(email));
    } else {
      customer.set_id(std::string(id));
    }
    if (shopify_ && !id.empty()) {
      souk::v1::ExternalId& external = *customer.add_external_ids();
      external.set_system("shopify");
      external.set_id(std::string(id));
    }
    event.set_shopper_id(customer.id());
    fill(record, customer);
    sink.event(std::move(event), record.line);
  }

  [[nodiscard]] std::string_view format() const noexcept override {
    return shopify_ ? "Shopify customers" : "customers";
  }

 private:
  void fill(const CsvRecord& record, souk::v1::Customer& customer) const {
    customer.set_email(std::string(email_.of(record)));
    std::string_view phone = phone_.of(record);
    if (phone.starts_with('\'')) phone.remove_prefix(1);
    customer.set_phone(std::string(phone));
    customer.set_name(std::string(name_.of(record)));
    if (customer.name().empty()) {
      const std::string full = std::string(first_.of(record)) + " " + std::string(last_.of(record));
      customer.set_name(std::string(trim(full)));
    }
    customer.set_locale(std::string(locale_.of(record)));
    customer.set_time_zone(std::string(zone_.of(record)));
    customer.set_country(country_code(country_.of(record)));
    customer.set_account_id(std::string(account_.of(record)));
    for (const std::string_view tag : split_list(tags_.of(record), ',')) {
      customer.add_tags(std::string(tag));
    }
    if (const auto created = parse_time(created_.of(record))) {
      set_time(*customer.mutable_created_at(), *created);
    }
    add_consent(customer, souk::v1::ChannelConsent::EMAIL, email_consent_.of(record));
    add_consent(customer, souk::v1::ChannelConsent::SMS, sms_consent_.of(record));
  }

  static void add_consent(souk::v1::Customer& customer, souk::v1::ChannelConsent::Channel channel,
                          std::string_view text) {
    const auto granted = parse_bool(text);
    if (!granted) return;
    souk::v1::ChannelConsent& consent = *customer.add_consents();
    consent.set_channel(channel);
    consent.set_status(*granted ? souk::v1::ChannelConsent::GRANTED
                                : souk::v1::ChannelConsent::WITHDRAWN);
    consent.set_source("import");
  }

  const bool shopify_;
  Column id_, email_, phone_, name_, first_, last_, locale_, zone_, country_, tags_, account_,
      created_, email_consent_, sms_consent_;
};

}  // namespace

std::unique_ptr<Mapper> make_customer_mapper(Columns& columns, const MapperSettings& settings) {
  return std::make_unique<CustomerMapper>(columns, settings);
}

}  // namespace souk::cli
