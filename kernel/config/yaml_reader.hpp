// YamlReader: YAML nodes → the wire bytes of a message, by the message's table and rules. Collects
// every fault with its place instead of stopping at the first.
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernel/config/config.hpp"
#include "kernel/config/environment.hpp"
#include "kernel/schema/message_table.hpp"
#include "kernel/schema/wire_builder.hpp"

namespace souk::config {

/// Faults of one file, in the order of its lines.
class FaultList {
 public:
  explicit FaultList(std::string file) : file_(std::move(file)), current_(file_) {}
  void add(const YAML::Mark& mark, std::string message);
  void add_at(int line, int column, std::string message);
  [[nodiscard]] std::vector<Fault> sorted() const;
  [[nodiscard]] std::size_t size() const noexcept { return faults_.size(); }
  [[nodiscard]] const std::string& file() const noexcept { return file_; }
  /// What is added from now on lies in `file`, which another one names; the former one is returned.
  std::string enter(std::string file) { return std::exchange(current_, std::move(file)); }
  /// "FILE:LINE:COLUMN"
  [[nodiscard]] std::string place(const YAML::Mark& mark) const;

 private:
  std::string file_;
  std::string current_;
  std::vector<Fault> faults_;
};

/// Nodes that describe one thing: the first is the base, each further one changes it. The last
/// layer that has a key decides; where all that have it are maps, they are laid over each other.
using Layers = std::vector<YAML::Node>;

/// `off`, `false` or `no`.
[[nodiscard]] bool says_off(const YAML::Node& value);
/// `on`, `true`, `yes` or nothing.
[[nodiscard]] bool says_on(const YAML::Node& value);

class YamlReader {
 public:
  /// `folder`: what relative paths are relative to.
  YamlReader(FaultList& faults, const Environment& environment, std::string folder);

  /// Keys that are handled elsewhere, by the full name of the message that has them.
  using Skip = std::function<bool(const schema::MessageTable& table, std::string_view key)>;
  void set_skip(Skip skip) { skip_ = std::move(skip); }

  /// The message's wire bytes with defaults. Faults were added when it returns an empty optional.
  /// `where` is the place to blame when the message as a whole is at fault.
  std::optional<std::string> read(const schema::MessageTable& table, const Layers& layers,
                                  const YAML::Mark& where);

  /// A scalar's text with variables put in; a fault and nullopt when that fails or it is no scalar.
  std::optional<std::string> text(const YAML::Node& node, std::string_view what);
  /// `path` relative to the file's folder, absolute.
  [[nodiscard]] std::string absolute(const std::string& path) const;

 private:
  bool read_switch(schema::WireBuilder& builder, const YAML::Node& node);
  void read_fields(schema::WireBuilder& builder, const Layers& layers);
  /// Ends what is open; what is missing in it is a fault only when nothing in it was at fault
  /// already.
  void end_message(schema::WireBuilder& builder, const YAML::Mark& where,
                   std::size_t faults_before);
  void read_field(schema::WireBuilder& builder, const schema::Field& field, const Layers& layers);
  void read_list(schema::WireBuilder& builder, const schema::Field& field, const YAML::Node& node);
  void read_map(schema::WireBuilder& builder, const schema::Field& field, const YAML::Node& node);
  void read_message(schema::WireBuilder& builder, const schema::Field& field, const Layers& layers);
  /// A message that stands in a YAML file of its own, which `node` names.
  void read_file(schema::WireBuilder& builder, const schema::Field& field, const YAML::Node& node);
  void read_scalar(schema::WireBuilder& builder, const schema::Field& field,
                   const YAML::Node& node);
  bool admit(const YAML::Node& node);

  FaultList& faults_;
  const Environment& environment_;
  std::string folder_;
  Skip skip_;
  std::size_t visited_ = 0;
};

}  // namespace souk::config
