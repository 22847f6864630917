// The plugin's life: settings, start, stop, snapshots.
#include "plugins/email/email.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "plugins/email/send/token.hpp"

namespace souk::email {
namespace {

constexpr std::size_t kMostEmailNames = 60'001;

std::uint32_t whole_seconds(std::int64_t ms) {
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>((ms + 999) / 1'000, 0, UINT32_MAX / 2));
}

/// In order of their ids: the settings' map has no order of its own.
Result<std::vector<std::shared_ptr<const Flow>>> flows_of(const v1::Settings& settings) {
  std::map<std::string, const v1::Flow*> ordered;
  for (const auto& [id, flow] : settings.flows())
    ordered.emplace(id, &flow);
  static const v1::Flow as_it_comes;
  const auto confirmation = ordered.find("double_opt_in");
  if (confirmation != ordered.end() && !settings.double_opt_in()) {
    return Status(Code::invalid_argument, "needs the setting double_opt_in: true",
                  "flows.double_opt_in");
  }
  if (settings.double_opt_in()) ordered.emplace("double_opt_in", &as_it_comes);
  if (confirmation != ordered.end() && confirmation->second->off()) {
    return Status(Code::invalid_argument, "can't be off while double_opt_in is true",
                  "flows.double_opt_in.off");
  }
  std::vector<std::shared_ptr<const Flow>> flows;
  for (const auto& [id, given] : ordered) {
    if (given->off()) continue;
    auto flow = Flow::make(id, *given);
    if (!flow.ok()) return flow.status();
    flows.push_back(*std::move(flow));
  }
  return flows;
}

/// Some message's moment or channel depends on what its reader does.
bool learns_hours(const std::vector<std::shared_ptr<const Flow>>& flows) {
  return std::any_of(flows.begin(), flows.end(), [](const auto& flow) {
    return std::any_of(flow->program.begin(), flow->program.end(), [](const Instruction& one) {
      return one.learned_time || one.channels.size() > 1;
    });
  });
}

/// The sentence begins with the setting: by that the kernel finds its line.
Status with_place(const Status& status) {
  if (status.field().empty()) return status;
  return {status.code(), status.field() + ": " + status.message(), status.field()};
}

Delivery::Options delivery_options(const v1::Settings& settings, const MessageMaker& maker) {
  const v1::Smtp& smtp = settings.smtp();
  Delivery::Options options;
  options.smtp.url = smtp.url();
  options.smtp.ca_file = smtp.ca_file();
  options.smtp.helo = maker.helo();
  if (smtp.timeout() > 0) options.smtp.timeout_ms = smtp.timeout();
  options.smtp.tls = smtp.tls() == "required" ? SmtpOptions::Tls::required
                     : smtp.tls() == "off"    ? SmtpOptions::Tls::off
                                              : SmtpOptions::Tls::automatic;
  options.connections = smtp.connections() == 0 ? 4 : smtp.connections();
  options.per_domain_rate = smtp.per_domain_rate();
  return options;
}

}  // namespace

Email::Email() = default;
Email::~Email() = default;

std::string Email::random_key() { return random_secret(); }

Status Email::configure(const v1::Settings& settings) {
  auto flows = flows_of(settings);
  if (!flows.ok()) return with_place(flows.status());
  auto maker = MessageMaker::make(settings, *flows);
  if (!maker.ok()) return with_place(maker.status());
  std::shared_ptr<Delivery> delivery;
  // Webhooks need no server.
  delivery = std::make_shared<Delivery>(delivery_options(settings, **maker));
  {
    const Lock lock(mutex_);
    const Zones::Number zone =
        settings.time_zone().empty() ? Zones::Number{0} : zones_.number(settings.time_zone());
    if (zone == Zones::kUnknown) {
      return {Code::invalid_argument,
              "time_zone: \"" + settings.time_zone() + "\" is no time zone; such as Europe/Berlin",
              "time_zone"};
    }
    own_zone_ = zone;
    quiet_ = {};
    if (!settings.quiet_hours().off()) {
      const v1::QuietHours& hours = settings.quiet_hours();
      quiet_ = {minute_of_day(hours.from().empty() ? "21:00" : hours.from()),
                minute_of_day(hours.to().empty() ? "08:00" : hours.to())};
    }
    read_caps(settings.frequency_cap());
    bought_window_s_ =
        whole_seconds(settings.bought_window() == 0 ? 2'592'000'000 : settings.bought_window());
    currency_ = settings.currency().empty() ? "EUR" : settings.currency();
    holdout_ = settings.holdout() / 100;
    own_holdouts_.clear();
    for (const auto& [id, flow] : settings.flows()) {
      if (flow.has_holdout()) own_holdouts_[id] = flow.holdout() / 100;
    }
    const v1::Attribution& attribution = settings.attribution();
    click_window_s_ = whole_seconds(attribution.click() == 0 ? 432'000'000 : attribution.click());
    horizon_s_ = whole_seconds(attribution.horizon() == 0 ? 2'592'000'000 : attribution.horizon());
    double_opt_in_ = settings.double_opt_in();
    can_send_ = settings.has_smtp();
    can_text_ = settings.has_sms();
    makes_key_ = can_send_ && settings.secret().empty();
    if (settings.max_people() > 0) people_.set_most(settings.max_people());
    installed_ = *flows;
    learns_hours_ = learns_hours(installed_);
    book_.install(installed_);
    for (PersonNumber number = 0; number < people_.end(); ++number)
      schedule_dates(number);
    own_maker_ = *std::move(maker);
    publish_maker();
  }
  std::shared_ptr<Delivery> former;
  {
    const std::lock_guard lock(delivery_mutex_);
    former = std::exchange(delivery_, std::move(delivery));
  }
  if (former) former->stop();
  return {};
}

void Email::read_caps(const v1::FrequencyCap& cap) {
  const auto read = [](const auto& given) {
    return given.off() ? Cap()
                       : Cap{given.max() == 0 ? 3 : given.max(),
                             whole_seconds(given.per() == 0 ? 604'800'000 : given.per()),
                             given.on_cap() == "defer"};
  };
  caps_[0] = cap.has_email() ? read(cap.email()) : read(cap);
  caps_[1] = cap.has_sms() ? read(cap.sms()) : read(cap);
  cap_all_ = cap.has_all() ? read(cap.all()) : Cap();
  most_kept_ = std::max({caps_[0].most, caps_[1].most, cap_all_.most});
}

void Email::publish_maker() {
  if (own_maker_) maker_.publish(MessageMaker(*own_maker_->with_key(signing_key_)));
}

std::shared_ptr<Delivery> Email::delivery_now() const {
  const std::lock_guard lock(delivery_mutex_);
  return delivery_;
}

Status Email::start() {
  metrics_ = Metrics(host());
  const Lock lock(mutex_);
  publish_maker();
  arm_timer();
  record_metrics();
  return {};
}

Status Email::stop() {
  std::shared_ptr<Delivery> delivery;
  {
    const std::lock_guard lock(delivery_mutex_);
    delivery.swap(delivery_);
  }
  if (delivery) delivery->stop();
  return {};
}

void Email::on_batch_end() {
  const Lock lock(mutex_);
  if (std::exchange(new_maker_, false)) publish_maker();
  arm_timer();
  record_metrics();
}

void Email::record_metrics() {
  metrics_.steps.add(static_cast<double>(steps_ - std::exchange(steps_counted_, steps_)));
  metrics_.people.set(static_cast<double>(people_.size()));
  metrics_.inside.set(static_cast<double>(stays_));
  metrics_.forgotten.set(static_cast<double>(people_.forgotten() + people_.refused()));
  metrics_.products.set(static_cast<double>(catalog_.size()));
  if (const auto delivery = delivery_now())
    metrics_.waiting.set(static_cast<double>(delivery->waiting()));
}

void Email::snapshot(souk::Writer& writer) const {
  // Not locked: only the fold changes what is written here, and it waits. Questions are answered
  // meanwhile, which for a million people is most of a second.
  writer.number(now_s_);
  writer.text(signing_key_);
  writer.count(names_.size());
  for (const std::string& name : names_)
    writer.text(name);
  book_.save(writer);
  people_.save(writer, zones_);
  catalog_.save(writer);
  journal_.save(writer);
  send_times_.save(writer);
  variants_.save(writer);
  offers_.save(writer);
  measures_.save(writer);
  called_.save(writer);
}

Status Email::restore(souk::Reader& reader) {
  const Lock lock(mutex_);
  now_s_ = reader.number<std::uint32_t>();
  signing_key_ = reader.text(64);
  names_.clear();
  for (std::uint64_t left = reader.count(kMostEmailNames); left > 0 && reader.ok(); --left)
    names_.push_back(reader.text(4'096));
  book_.load(reader);
  people_.load(reader, zones_);
  catalog_.load(reader);
  journal_.load(reader);
  send_times_.load(reader);
  variants_.load(reader);
  offers_.load(reader);
  measures_.load(reader);
  called_.load(reader);
  if (!reader.ok()) return reader.status();
  for (PersonNumber number = 0; number < people_.end(); ++number) {
    if (!whole(people_.at(number))) return {Code::data_loss, "a person names what is not there"};
  }
  book_.install(installed_);
  for (PersonNumber number = 0; number < people_.end(); ++number)
    schedule_dates(number);
  rebuild_agenda();
  publish_maker();
  return {};
}

/// Numbers in a snapshot lead to what is there: a fault in storage must not become one in memory.
bool Email::whole(const Person& person) const {
  const auto product = [&](std::uint32_t number) { return number < catalog_.size(); };
  const auto stay = [&](const Inside& one) {
    return book_.valid(one.version) && one.at < book_.version(one.version).flow->program.size() &&
           (one.subject == kNoProduct || product(one.subject));
  };
  const auto flow = [&](std::uint16_t number) { return number < book_.flows().size(); };
  const auto date = [&](const Dated& one) {
    return one.name < names_.size() && (one.flow == kNoFlow || flow(one.flow)) && one.month >= 1 &&
           one.month <= 12 && one.day >= 1 && one.day <= 31;
  };
  const auto mark = [&](const Mark& one) {
    return flow(one.flow) && (one.variant == kNoFlow || one.variant < names_.size());
  };
  return std::all_of(person.cart.begin(), person.cart.end(),
                     [&](const CartLine& one) { return product(one.product); }) &&
         std::all_of(person.interests.begin(), person.interests.end(),
                     [&](const Interest& one) { return product(one.product); }) &&
         std::all_of(person.rare().bought.begin(), person.rare().bought.end(),
                     [&](const Bought& one) { return product(one.product); }) &&
         std::all_of(person.inside.begin(), person.inside.end(), stay) &&
         std::all_of(person.rare().dates.begin(), person.rare().dates.end(), date) &&
         std::all_of(person.rare().marks.begin(), person.rare().marks.end(), mark) &&
         std::all_of(person.segments.begin(), person.segments.end(),
                     [&](std::uint16_t one) { return one < names_.size(); }) &&
         std::all_of(person.rare().topics.begin(), person.rare().topics.end(),
                     [&](const TopicWord& one) { return one.topic < names_.size(); });
}

void Email::health(souk::v1::PluginHealth& health) const {
  using souk::v1::HealthNote;
  const auto add = [&](std::string_view part, HealthNote::Level level, std::string text) {
    auto* note = health.add_notes();
    note->set_part(std::string(part));
    note->set_level(level);
    note->set_text(std::move(text));
  };
  const auto maker = maker_.read();
  const Lock lock(mutex_);
  add("flows", installed_.empty() ? HealthNote::LEARNING : HealthNote::OK,
      installed_.empty() ? "no flow is switched on: set `flows`"
                         : std::to_string(installed_.size()) + " flows, " + std::to_string(stays_) +
                               " stays in them");
  add("people", people_.size() == 0 ? HealthNote::LEARNING : HealthNote::OK,
      std::to_string(people_.size()) + " people, " + std::to_string(catalog_.size()) + " products");
  if (!can_send_) {
    add("smtp", HealthNote::LEARNING, "no server is set: flows run and nothing is sent");
  } else if (!maker || !maker->has_key()) {
    add("smtp", HealthNote::LEARNING, "the key of links is made with the first event");
  } else {
    add("smtp", HealthNote::OK, "ready");
  }
}

}  // namespace souk::email

SOUK_PLUGIN(souk::email::Email);
