// Variants of experiments that shoppers meet → records of the shoppers, with what is known of them
// just before.
#include "plugins/segmentation/segmentation.hpp"

namespace souk::segmentation {

void Segmentation::on(const souk::v1::ExperimentExposed& event, const EventInfo& info) {
  folded(info);
  const bool said = !event.experiment_id().empty() && !event.variant().empty();
  if (!said || info.shopper_id().empty()) return;
  if (!info.may_measure()) return declined(info);
  Exposure exposure;
  exposure.experiment = names_.number(event.experiment_id());
  exposure.variant = names_.number(event.variant());
  exposure.at_s = at_s(info);
  // Names beyond the bound are all one: nothing could be told apart by them.
  if (exposure.experiment == Names::kOther || exposure.variant == Names::kOther) return;
  if (!experiments_.knows(exposure.experiment, exposure.variant, exposure.at_s)) return;

  Person& person = people_.open(info.shopper_id(), SubjectKind::person);
  const Subject subject = person.view(segment_numbers_);
  const auto before = uplift_values(subject, exposure.at_s);
  if (before) {
    exposure.keep(*before);
    if (person.met(exposure)) {
      experiments_.met(exposure.experiment, exposure.variant);
      // What was told late: orders since then are known already.
      for (const DeedRecord& deed : person.deeds) {
        if (deed.deed != Deed::order_completed || deed.at_s < exposure.at_s) continue;
        if (deed.at_s - exposure.at_s > experiment_window_s_) break;
        person.exposures.back().revenue += deed.amount;
        ++person.exposures.back().orders;
      }
    }
  }
  decide(person, people_.opened_new() ? ~DeedSet{0} : 0, false);
}

}  // namespace souk::segmentation
