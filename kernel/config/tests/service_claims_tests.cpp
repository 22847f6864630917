// Who serves what: two answers to one question are refused, an account's own module is not.
#include "kernel/config/service_claims.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "souk/v1/options.pb.h"

namespace souk::config {
namespace {

namespace pb = google::protobuf;

/// Both serve souk.v1.Recommendations.
std::string library(const std::string& name) {
  return std::string(SOUK_TEST_PLUGINS) + "/" + name + ".so";
}

class ServiceClaimsTest : public ::testing::Test {
 protected:
  LoadOutcome load(const std::string& store) {
    return load_text("storage: { url: sqlite://souk.db }\nstores:\n  - id: demo\n" + store,
                     ::testing::TempDir() + "souk.yaml", {});
  }
  void expect_fault(const std::string& store, int line, int column,
                    const std::vector<std::string>& words) {
    const LoadOutcome outcome = load(store);
    EXPECT_FALSE(outcome.config.has_value());
    ASSERT_EQ(outcome.faults.size(), 1U);
    const Fault& fault = outcome.faults.front();
    EXPECT_EQ(fault.line, line) << fault.text();
    EXPECT_EQ(fault.column, column) << fault.text();
    for (const std::string& word : words)
      EXPECT_NE(fault.message.find(word), std::string::npos) << fault.text();
  }
  static std::string entry(const std::string& id, const std::string& file) {
    return id + ": { library: \"" + library(file) + "\" }\n";
  }
};

TEST_F(ServiceClaimsTest, two_plugins_of_a_store_with_one_service_are_refused) {
  expect_fault(
      "    plugins:\n      " + entry("probe", "probe") + "      " + entry("second", "probe_second"),
      6, 7, {"\"probe\"", "line 5", "\"second\"", "souk.v1.Recommendations"});
}

TEST_F(ServiceClaimsTest, two_modules_of_one_account_are_refused) {
  expect_fault("    accounts:\n      - id: north\n        plugins:\n          " +
                   entry("second", "probe_second") + "          " + entry("probe", "probe"),
               8, 11, {"\"second\"", "line 7", "\"probe\"", "souk.v1.Recommendations"});
}

TEST_F(ServiceClaimsTest, one_that_is_off_serves_nothing) {
  const LoadOutcome outcome =
      load("    plugins:\n      " + entry("probe", "probe") + "      second: off\n");
  EXPECT_TRUE(outcome.config) << (outcome.faults.empty() ? "" : outcome.faults[0].text());
}

TEST_F(ServiceClaimsTest, an_accounts_module_may_take_the_place_of_the_stores) {
  const LoadOutcome outcome =
      load("    plugins:\n      " + entry("probe", "probe") +
           "    accounts:\n      - id: north\n        plugins:\n          " +
           entry("second", "probe_second") + "      - id: south\n        plugins:\n          " +
           entry("second", "probe_second"));
  ASSERT_TRUE(outcome.config) << (outcome.faults.empty() ? "" : outcome.faults[0].text());
  EXPECT_EQ(outcome.config->stores[0].plugins.size(), 3U);
}

TEST_F(ServiceClaimsTest, stores_do_not_meet) {
  const LoadOutcome outcome =
      load("    plugins:\n      " + entry("probe", "probe") +
           "  - id: other\n    plugins:\n      " + entry("second", "probe_second"));
  EXPECT_TRUE(outcome.config) << (outcome.faults.empty() ? "" : outcome.faults[0].text());
}

/// A plugin whose service `package`.Shelf answers GET `path`.
PluginSettings shelf_at(const std::string& id, const std::string& package,
                        const std::string& path) {
  pb::FileDescriptorSet set;
  const pb::FileDescriptor* const options = souk::v1::HttpRoute::descriptor()->file();
  for (int i = 0; i < options->dependency_count(); ++i)
    options->dependency(i)->CopyTo(set.add_file());
  options->CopyTo(set.add_file());
  pb::FileDescriptorProto& file = *set.add_file();
  file.set_name(id + ".proto");
  file.set_package(package);
  file.set_syntax("proto3");
  file.add_dependency(options->name());
  pb::DescriptorProto& ask = *file.add_message_type();
  ask.set_name("Ask");
  for (const char* name : {"id", "slot"}) {
    pb::FieldDescriptorProto& field = *ask.add_field();
    field.set_name(name);
    field.set_number(ask.field_size());
    field.set_label(pb::FieldDescriptorProto::LABEL_OPTIONAL);
    field.set_type(pb::FieldDescriptorProto::TYPE_STRING);
  }
  pb::ServiceDescriptorProto& service = *file.add_service();
  service.set_name("Shelf");
  pb::MethodDescriptorProto& method = *service.add_method();
  method.set_name("Look");
  method.set_input_type("." + package + ".Ask");
  method.set_output_type("." + package + ".Ask");
  method.mutable_options()->MutableExtension(souk::v1::http)->set_get(path);
  method.mutable_options()->MutableExtension(souk::v1::http)->set_scope("decide");

  auto info = std::make_shared<PluginInfo>();
  info->manifest.set_id(id);
  info->manifest.add_services(package + ".Shelf");
  auto schema = schema::DescriptorPool::build(set.SerializeAsString());
  EXPECT_TRUE(schema) << schema.status().message();
  if (schema) info->schema = std::move(*schema);
  PluginSettings plugin;
  plugin.id = id;
  plugin.library = info;
  return plugin;
}

TEST_F(ServiceClaimsTest, two_services_at_one_path_are_refused_whatever_its_variable_is_called) {
  FaultList faults("souk.yaml");
  ServiceClaims claims(faults);
  claims.add(shelf_at("left", "left.v1", "/v1/shelves/{id}"), YAML::Mark());
  claims.add(shelf_at("apart", "apart.v1", "/v1/shelves/{id}:look"), YAML::Mark());
  EXPECT_EQ(faults.size(), 0U);
  claims.add(shelf_at("right", "right.v1", "/v1/shelves/{slot}"), YAML::Mark());
  ASSERT_EQ(faults.size(), 1U);
  const std::string text = faults.sorted().front().message;
  for (const char* word : {"\"right\"", "GET /v1/shelves/{slot}", "\"left\"", "left.v1.Shelf"})
    EXPECT_NE(text.find(word), std::string::npos) << text;
}

}  // namespace
}  // namespace souk::config
