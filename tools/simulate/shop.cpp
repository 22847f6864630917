#include "tools/simulate/shop.hpp"

namespace souk::simulate {

Shop::Shop(const SimulationSettings& chosen)
    : settings(chosen),
      catalog(settings),
      population(settings, catalog),
      writer(settings, catalog),
      random(settings.seed, 3),
      calendar(calendar_of(settings.start_us)),
      season(leaf_specs().size(), 1.0),
      sold_today(catalog.products().size(), 0),
      lost_today(catalog.products().size(), 0) {}

void Shop::write_customer(std::int64_t now, std::uint32_t shopper, std::string_view account_id,
                          std::string_view anonymous_id) {
  const Shopper& person_now = person(shopper);
  const std::string id = population.customer_id(shopper);
  const std::string name = population.name(shopper);
  const std::string email = email_of(shopper);
  CustomerText text;
  text.id = id;
  text.name = name;
  text.email = email;
  text.account_id = account_id;
  text.anonymous_id = anonymous_id;
  text.consent = person_now.consent;
  const bool older = person_now.arrive_day <= 0;
  text.created_us = older && now == settings.start_us ? now + person_now.arrive_day * kDayUs : now;
  Moment moment;
  moment.time_us = now;
  moment.channel = Channel::api;
  writer.customer_upserted(moment, text);
}

}  // namespace souk::simulate
