// What was learned of an experiment as bytes: of the event that tells it, and of snapshots. Host
// byte order, as snapshots are.
#include <cstring>
#include <type_traits>

#include "plugins/segmentation/model/experiment.hpp"

namespace souk::segmentation {
namespace {

constexpr std::size_t kExperimentMostText = 512;
constexpr Eigen::Index kExperimentSlopes = 2 * (static_cast<Eigen::Index>(kUpliftColumns) + 1);

class ExperimentWriter {
 public:
  template <class T>
  void put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    out.append(reinterpret_cast<const char*>(&value), sizeof(T));
  }
  void put_text(const std::string& text) {
    put(static_cast<std::uint32_t>(text.size()));
    out += text;
  }
  std::string out;
};

class ExperimentReader {
 public:
  explicit ExperimentReader(std::string_view bytes) : bytes_(bytes) {}
  template <class T>
  void get(T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (bytes_.size() < sizeof(T)) good_ = false;
    if (!good_) return;
    std::memcpy(static_cast<void*>(&value), bytes_.data(), sizeof(T));
    bytes_.remove_prefix(sizeof(T));
  }
  void get_text(std::string& text) {
    std::uint32_t size = 0;
    get(size);
    if (size > kExperimentMostText || size > bytes_.size()) good_ = false;
    if (!good_) return;
    text.assign(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool done() const { return good_ && bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool good_ = true;
};

void put_model(ExperimentWriter& writer, const UpliftModel& model) {
  writer.put(std::array<double, 2>{model.treated_share, model.precision});
  writer.put(static_cast<std::uint32_t>(model.regular));
  for (Eigen::Index i = 0; i < kExperimentSlopes; ++i)
    writer.put(model.coefficients[i]);
  for (Eigen::Index i = 0; i < kExperimentSlopes; ++i)
    for (Eigen::Index j = 0; j <= i; ++j)
      writer.put(model.covariance(i, j));
}

bool get_model(ExperimentReader& reader, UpliftModel& model) {
  std::array<double, 2> figures{};
  std::uint32_t regular = 0;
  reader.get(figures);
  reader.get(regular);
  model.treated_share = figures[0];
  model.precision = figures[1];
  model.regular = regular != 0;
  model.coefficients = Eigen::VectorXd::Zero(kExperimentSlopes);
  model.covariance = Eigen::MatrixXd::Zero(kExperimentSlopes, kExperimentSlopes);
  for (Eigen::Index i = 0; i < kExperimentSlopes; ++i)
    reader.get(model.coefficients[i]);
  for (Eigen::Index i = 0; i < kExperimentSlopes; ++i) {
    for (Eigen::Index j = 0; j <= i; ++j) {
      reader.get(model.covariance(i, j));
      model.covariance(j, i) = model.covariance(i, j);
    }
  }
  return reader.good() && model.coefficients.allFinite() && model.covariance.allFinite() &&
         figures[0] > 0 && figures[0] < 1;
}

}  // namespace

std::string Experiment::bytes() const {
  ExperimentWriter writer;
  writer.put_text(id_);
  writer.put(window_s_);
  writer.put(met_several_);
  writer.put(middle_);
  writer.put(deviation_);
  writer.put(static_cast<std::uint32_t>(arms_.size()));
  for (const Arm& arm : arms_) {
    writer.put_text(arm.variant);
    writer.put(arm.people);
    writer.put(arm.ordered);
    writer.put(arm.revenue);
    writer.put(static_cast<std::uint32_t>(arm.learned));
    if (!arm.learned) continue;
    writer.put(arm.effect);
    writer.put(arm.qini);
    for (const Policy* policy : {&arm.nobody, &arm.everybody, &arm.gainers})
      writer.put(*policy);
    writer.put(arm.scores);
    put_model(writer, arm.model);
  }
  return std::move(writer.out);
}

bool Experiment::read(std::string_view bytes) {
  ExperimentReader reader(bytes);
  Experiment made;
  std::uint32_t arms = 0;
  reader.get_text(made.id_);
  reader.get(made.window_s_);
  reader.get(made.met_several_);
  reader.get(made.middle_);
  reader.get(made.deviation_);
  reader.get(arms);
  if (!reader.good() || arms < 2 || arms > kMostVariants) return false;
  made.arms_.resize(arms);
  for (Arm& arm : made.arms_) {
    std::uint32_t learned = 0;
    reader.get_text(arm.variant);
    reader.get(arm.people);
    reader.get(arm.ordered);
    reader.get(arm.revenue);
    reader.get(learned);
    arm.learned = learned != 0;
    if (!arm.learned) continue;
    reader.get(arm.effect);
    reader.get(arm.qini);
    for (Policy* policy : {&arm.nobody, &arm.everybody, &arm.gainers})
      reader.get(*policy);
    reader.get(arm.scores);
    if (!get_model(reader, arm.model)) return false;
  }
  if (!reader.done()) return false;
  *this = std::move(made);
  return true;
}

}  // namespace souk::segmentation
