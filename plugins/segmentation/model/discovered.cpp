#include "plugins/segmentation/model/discovered.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "plugins/segmentation/model/feature_table.hpp"
#include "plugins/segmentation/model/mixture.hpp"

namespace souk::segmentation {
namespace {

constexpr double kFarthest = 4;       ///< deviations; what lies beyond counts as there
constexpr double kLeastShare = 0.02;  ///< of the customers, for a group
constexpr double kSameGroup = 0.2;    ///< members in common of all members of both
constexpr double kWorthSaying = 1.0 / 3;
constexpr std::string_view kPrefix = "discovered-";
constexpr std::uint32_t kLayout = 1;

template <class T>
void put_group_bytes(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}
template <class T>
bool get_group_bytes(std::string_view& bytes, T& value) {
  if (bytes.size() < sizeof(T)) return false;
  std::memcpy(static_cast<void*>(&value), bytes.data(), sizeof(T));
  bytes.remove_prefix(sizeof(T));
  return true;
}

}  // namespace

std::optional<std::uint32_t> discovered_id(std::string_view text) {
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  std::uint32_t id = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), id);
  const bool good = read.ec == std::errc() && read.ptr == text.data() + text.size() && id > 0;
  return good ? std::optional<std::uint32_t>(id) : std::nullopt;
}

std::string discovered_name(std::uint32_t id) { return std::string(kPrefix) + std::to_string(id); }

void DiscoveredGroups::learn_scale(const std::vector<BehaviourValues>& customers) {
  for (std::size_t i = 0; i < kBehaviours; ++i) {
    std::vector<double> values;
    for (const BehaviourValues& customer : customers)
      if (std::isfinite(customer[i])) values.push_back(customer[i]);
    double sum = 0;
    double squares = 0;
    for (const double value : values) {
      sum += value;
      squares += value * value;
    }
    const auto n = static_cast<double>(values.size());
    scale_.typical[i] = n > 0 ? sum / n : Predictions::kNone;
    scale_.spread[i] = n > 0 ? std::sqrt(std::max(0.0, squares / n - sum / n * (sum / n))) : 0;
    // What is known of few would set apart those of whom it is known.
    const bool known = n >= 0.2 * static_cast<double>(customers.size());
    const RobustScale scale = robust_scale(values);
    scale_.middle[i] = scale.middle;
    scale_.deviation[i] = known ? scale.deviation : 0;
  }
}

double DiscoveredGroups::scaled(const BehaviourValues& values, std::size_t behaviour) const {
  const double deviation = scale_.deviation[behaviour];
  if (deviation == 0 || !std::isfinite(values[behaviour])) return 0;
  return std::clamp((values[behaviour] - scale_.middle[behaviour]) / deviation, -kFarthest,
                    kFarthest);
}

DiscoveredGroups DiscoveredGroups::learn(const std::vector<BehaviourValues>& all,
                                         const Options& options, const DiscoveredGroups* before) {
  DiscoveredGroups made;
  if (before != nullptr) made.next_id_ = before->next_id_;
  std::vector<BehaviourValues> customers;
  const std::size_t stride = 1 + (all.empty() ? 0 : (all.size() - 1) / kMostLearnedFrom);
  for (std::size_t i = 0; i < all.size(); i += stride)
    customers.push_back(all[i]);
  made.customers_ = all.size();
  // In one order, so that nothing depends on when somebody became known.
  std::sort(customers.begin(), customers.end(), [](const auto& a, const auto& b) {
    return std::memcmp(a.data(), b.data(), sizeof(a)) < 0;
  });
  made.learn_scale(customers);
  std::vector<std::size_t> used;
  for (std::size_t i = 0; i < kBehaviours; ++i)
    if (made.scale_.deviation[i] > 0) used.push_back(i);
  if (used.empty() || customers.size() < 3) return made;
  Points points(static_cast<Eigen::Index>(customers.size()),
                static_cast<Eigen::Index>(used.size()));
  for (std::size_t row = 0; row < customers.size(); ++row)
    for (std::size_t column = 0; column < used.size(); ++column)
      points(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(column)) =
          made.scaled(customers[row], used[column]);
  const ChosenMixture chosen =
      choose_mixture(points, options.fewest, options.most, kLeastShare, options.seed);
  made.silhouette_ = chosen.silhouette;
  if (chosen.mixture.weights.size() < 2) return made;
  for (Eigen::Index g = 0; g < chosen.mixture.weights.size(); ++g) {
    Group group;
    group.weight = chosen.mixture.weights[g];
    group.variance.fill(1);
    for (std::size_t column = 0; column < used.size(); ++column) {
      group.mean[used[column]] = chosen.mixture.means(g, static_cast<Eigen::Index>(column));
      group.variance[used[column]] = chosen.mixture.variances(g, static_cast<Eigen::Index>(column));
    }
    made.groups_.push_back(group);
  }
  made.keep_ids(customers, before);
  return made;
}

void DiscoveredGroups::keep_ids(const std::vector<BehaviourValues>& customers,
                                const DiscoveredGroups* before) {
  // Provisional ids are places, to count who is where.
  for (std::size_t g = 0; g < groups_.size(); ++g)
    groups_[g].id = static_cast<std::uint32_t>(g) + 1;
  const std::size_t old = before == nullptr ? 0 : before->groups_.size();
  Eigen::MatrixXd shared =
      Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(groups_.size()),
                            static_cast<Eigen::Index>(std::max<std::size_t>(old, 1)));
  std::vector<BehaviourValues> sums(groups_.size());
  std::vector<std::array<double, kBehaviours>> known(groups_.size());
  for (const BehaviourValues& customer : customers) {
    const std::size_t here = group_of(customer) - 1;
    ++groups_[here].size;
    for (std::size_t i = 0; i < kBehaviours; ++i) {
      if (!std::isfinite(customer[i])) continue;
      sums[here][i] += customer[i];
      known[here][i] += 1;
    }
    if (old == 0) continue;
    const std::uint32_t then = before->group_of(customer);
    for (std::size_t g = 0; g < old; ++g)
      if (before->groups_[g].id == then)
        shared(static_cast<Eigen::Index>(here), static_cast<Eigen::Index>(g)) += 1;
  }
  for (std::size_t g = 0; g < groups_.size(); ++g)
    for (std::size_t i = 0; i < kBehaviours; ++i)
      groups_[g].typical[i] = known[g][i] > 0 ? sums[g][i] / known[g][i] : Predictions::kNone;
  const Eigen::VectorXd now = shared.rowwise().sum();
  const Eigen::RowVectorXd then = shared.colwise().sum();
  Eigen::MatrixXd alike = shared;
  for (Eigen::Index a = 0; a < shared.rows(); ++a)
    for (Eigen::Index b = 0; b < shared.cols(); ++b)
      alike(a, b) = shared(a, b) / std::max(1.0, now[a] + then[b] - shared(a, b));
  const std::vector<int> same = best_assignment(alike);
  // New ids go to the largest first, so that they do not depend on the search.
  std::stable_sort(groups_.begin(), groups_.end(),
                   [&](const Group& a, const Group& b) { return a.size > b.size; });
  for (Group& group : groups_) {
    const std::size_t place = group.id - 1;
    const int match = old == 0 ? -1 : same[place];
    const bool goes_on = match >= 0 && alike(static_cast<Eigen::Index>(place), match) >= kSameGroup;
    group.id = goes_on ? before->groups_[static_cast<std::size_t>(match)].id : next_id_++;
  }
  std::sort(groups_.begin(), groups_.end(),
            [](const Group& a, const Group& b) { return a.id < b.id; });
}

std::uint32_t DiscoveredGroups::group_of(const BehaviourValues& values) const {
  std::uint32_t best = 0;
  double highest = 0;
  for (const Group& group : groups_) {
    double density = std::log(std::max(1e-300, group.weight));
    for (std::size_t i = 0; i < kBehaviours; ++i) {
      if (scale_.deviation[i] == 0) continue;
      const double away = scaled(values, i) - group.mean[i];
      density -= (std::log(group.variance[i]) + away * away / group.variance[i]) / 2;
    }
    if (best != 0 && density <= highest) continue;
    best = group.id;
    highest = density;
  }
  return best;
}

std::vector<GroupDifference> DiscoveredGroups::differences(const Group& group,
                                                           std::size_t most) const {
  std::vector<GroupDifference> out;
  for (std::size_t i = 0; i < kBehaviours; ++i) {
    if (!(scale_.spread[i] > 0) || !std::isfinite(group.typical[i])) continue;
    const double deviations = (group.typical[i] - scale_.typical[i]) / scale_.spread[i];
    if (std::abs(deviations) >= kWorthSaying) out.push_back({i, deviations});
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::abs(a.deviations) > std::abs(b.deviations);
  });
  out.resize(std::min(out.size(), most));
  return out;
}

std::string DiscoveredGroups::name_of(const Group& group) const {
  std::string out;
  for (const GroupDifference& one : differences(group, 2)) {
    const Behaviour& what = behaviours()[one.behaviour];
    out += (out.empty() ? "" : ", ") + std::string(one.deviations > 0 ? what.high : what.low);
  }
  if (out.empty()) return "Like most";
  if (out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 32);
  return out;
}

std::string DiscoveredGroups::describe(const Group& group) const {
  std::string out;
  for (const GroupDifference& one : differences(group)) {
    const Behaviour& what = behaviours()[one.behaviour];
    out += (out.empty() ? "" : "; ") + std::string(one.deviations > 0 ? what.high : what.low) +
           " (" + std::string(what.name) + ": " +
           behaviour_text(one.behaviour, group.typical[one.behaviour]) +
           ", all customers: " + behaviour_text(one.behaviour, scale_.typical[one.behaviour]) + ")";
  }
  if (out.empty()) return "Differs little from all customers.";
  if (out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 32);
  return out + ".";
}

std::string DiscoveredGroups::bytes() const {
  std::string out;
  put_group_bytes(out, kLayout);
  put_group_bytes(out, static_cast<std::uint32_t>(kBehaviours));
  put_group_bytes(out, scale_);
  put_group_bytes(out, customers_);
  put_group_bytes(out, silhouette_);
  put_group_bytes(out, next_id_);
  put_group_bytes(out, static_cast<std::uint32_t>(groups_.size()));
  for (const Group& group : groups_)
    put_group_bytes(out, group);
  return out;
}

bool DiscoveredGroups::read(std::string_view bytes) {
  DiscoveredGroups made;
  std::uint32_t layout = 0;
  std::uint32_t width = 0;
  std::uint32_t count = 0;
  if (!get_group_bytes(bytes, layout) || layout != kLayout || !get_group_bytes(bytes, width) ||
      width != kBehaviours || !get_group_bytes(bytes, made.scale_) ||
      !get_group_bytes(bytes, made.customers_) || !get_group_bytes(bytes, made.silhouette_) ||
      !get_group_bytes(bytes, made.next_id_) || !get_group_bytes(bytes, count) ||
      count * sizeof(Group) != bytes.size()) {
    return false;
  }
  made.groups_.resize(count);
  for (Group& group : made.groups_) {
    if (!get_group_bytes(bytes, group) || group.id == 0) return false;
    for (const double variance : group.variance)
      if (!(variance > 0)) return false;
  }
  *this = std::move(made);
  return true;
}

}  // namespace souk::segmentation
