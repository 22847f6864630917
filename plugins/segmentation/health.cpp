// How the plugin is: what each part has and what it needs, for operators and for Prometheus.
#include <string>

#include "plugins/segmentation/metrics.hpp"
#include "plugins/segmentation/segmentation.hpp"

namespace souk::segmentation {
namespace {

using souk::v1::HealthNote;

void add(souk::v1::PluginHealth& health, std::string_view part, HealthNote::Level level,
         std::string text) {
  auto* note = health.add_notes();
  note->set_part(std::string(part));
  note->set_level(level);
  note->set_text(std::move(text));
}

}  // namespace

void Segmentation::health(souk::v1::PluginHealth& health) const {
  const auto known = known_.read();
  if (!known) return add(health, "state", HealthNote::BROKEN, "not configured");
  add(health, "people", known->persons == 0 ? HealthNote::LEARNING : HealthNote::OK,
      known->persons == 0 ? "nobody yet: send events with a shopperId"
                          : std::to_string(known->persons) + " people, " +
                                std::to_string(known->accounts) + " accounts");
  add(health, "segments", HealthNote::OK,
      std::to_string(known->book->decided().size()) + " segments");
  const std::string note = known->models->note();
  add(health, "value", note.empty() ? HealthNote::OK : HealthNote::LEARNING,
      note.empty() ? "fitted on " + std::to_string(known->models->customers()) + " customers"
                   : note);
  const std::size_t met = known->experiments->size();
  if (met == 0) return;
  const std::size_t learned = known->models->experiments.size();
  add(health, "uplift", learned == 0 ? HealthNote::LEARNING : HealthNote::OK,
      std::to_string(learned) + " of " + std::to_string(met) + " experiments learned" +
          (learned == met ? "" : "; GET /v1/experiments says what the others lack"));
}

Metrics::Metrics(const Host& host)
    : answers_(host.counter("answers", "Profiles, segments and values answered")),
      previews_(host.counter("previews", "Segments previewed")),
      persons_(host.gauge("people", "Shoppers and visitors remembered")),
      accounts_(host.gauge("accounts", "Accounts remembered")),
      in_audiences_(host.gauge("people_in_audiences", "People who may be told to ad networks")),
      forgotten_(host.gauge("people_forgotten", "Shoppers and visitors that gave way")),
      names_dropped_(host.gauge("names_dropped", "Names that had no room")),
      refused_money_(host.gauge("amounts_refused",
                                "Amounts that were negative, absurd or in an "
                                "unknown currency")),
      unpublished_(host.gauge("changes_unpublished", "Changes of segments the host refused")),
      inseparable_(host.gauge("separations_refused", "Separations of ids that were no part")),
      experiments_(host.gauge("experiments", "Experiments that shoppers met")),
      experiments_dropped_(
          host.gauge("experiments_dropped", "Experiments and variants that had no room")),
      entered_(host.gauge("segments_entered", "Times somebody entered a segment")),
      exited_(host.gauge("segments_exited", "Times somebody left a segment")),
      trained_on_(host.gauge("trained_customers", "Customers the value models were fitted on")) {}

void Metrics::record(const Figures& figures) const {
  persons_.set(static_cast<double>(figures.persons));
  accounts_.set(static_cast<double>(figures.accounts));
  in_audiences_.set(static_cast<double>(figures.in_audiences));
  forgotten_.set(static_cast<double>(figures.forgotten));
  names_dropped_.set(static_cast<double>(figures.names_dropped));
  refused_money_.set(static_cast<double>(figures.refused_money));
  unpublished_.set(static_cast<double>(figures.unpublished));
  inseparable_.set(static_cast<double>(figures.inseparable));
  experiments_.set(static_cast<double>(figures.experiments));
  experiments_dropped_.set(static_cast<double>(figures.experiments_dropped));
  entered_.set(static_cast<double>(figures.entered));
  exited_.set(static_cast<double>(figures.exited));
  trained_on_.set(static_cast<double>(figures.customers_trained_on));
}

}  // namespace souk::segmentation
