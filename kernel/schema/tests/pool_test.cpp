// Descriptor sets that must be refused, and what a good one becomes.
#include <all_types.pb.h>
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>
#include <souk/v1/options.pb.h>

#include <functional>

#include "kernel/schema/pool.hpp"
#include "kernel/schema/tests/test_types.hpp"
#include "schemas/descriptor_set.hpp"

namespace souk::schema {
namespace {

namespace pb = google::protobuf;
using ::testing::HasSubstr;

/// The test schema, changed.
Status build_changed(const std::function<void(pb::FileDescriptorSet&)>& change) {
  pb::FileDescriptorSet set;
  set.ParseFromString(
      testing::descriptor_set_of(*souk::schema_test::AllTypes::descriptor()->file()));
  change(set);
  return DescriptorPool::build(set.SerializeAsString()).status();
}

/// The file of the test schema, which stands last.
pb::FileDescriptorProto& main_file(pb::FileDescriptorSet& set) {
  return *set.mutable_file(set.file_size() - 1);
}

pb::FieldDescriptorProto& field_of(pb::FileDescriptorSet& set, const std::string& message,
                                   const std::string& name) {
  for (auto& type : *main_file(set).mutable_message_type()) {
    for (auto& field : *type.mutable_field()) {
      if (type.name() == message && field.name() == name) return field;
    }
  }
  ADD_FAILURE() << message << "." << name;
  return *main_file(set).mutable_message_type(0)->mutable_field(0);
}

souk::v1::FieldRules& rules_of(pb::FileDescriptorSet& set, const std::string& message,
                               const std::string& name) {
  return *field_of(set, message, name).mutable_options()->MutableExtension(souk::v1::field);
}

souk::v1::HttpRoute& route_of(pb::FileDescriptorSet& set, int method) {
  return *main_file(set)
              .mutable_service(0)
              ->mutable_method(method)
              ->mutable_options()
              ->MutableExtension(souk::v1::http);
}

TEST(Pool, RefusesWhatIsNoDescriptorSet) {
  for (const std::string& bytes : {std::string(), std::string("nonsense"), std::string(100, '\0'),
                                   std::string("\x0a\xff\xff\xff\x7f", 5)}) {
    const auto pool = DescriptorPool::build(bytes);
    EXPECT_EQ(pool.code(), Code::invalid_argument);
  }
  PoolLimits limits;
  limits.max_bytes = 10;
  EXPECT_THAT(DescriptorPool::build(schemas::descriptor_set(), limits).status().message(),
              HasSubstr("at most 10 are allowed"));
  limits = {};
  limits.max_files = 2;
  EXPECT_THAT(DescriptorPool::build(schemas::descriptor_set(), limits).status().message(),
              HasSubstr("at most 2 are allowed"));
  limits = {};
  limits.max_messages = 5;
  EXPECT_FALSE(DescriptorPool::build(schemas::descriptor_set(), limits).ok());
  limits = {};
  limits.max_fields = 3;
  EXPECT_FALSE(DescriptorPool::build(schemas::descriptor_set(), limits).ok());
}

TEST(Pool, RawBodiesStandWhereTheyMay) {
  using Set = pb::FileDescriptorSet;
  const std::pair<std::function<void(Set&)>, const char*> cases[] = {
      {[](Set& set) { route_of(set, 4).set_body("*"); }, "write body: \"page\""},
      {[](Set& set) {
         main_file(set).mutable_service(0)->mutable_method(4)->set_input_type(".souk.v1.HttpBody");
         route_of(set, 4).set_post("/t1/raw");
         route_of(set, 4).set_body("*");
       },
       "must be a field of the request"},
      {[](Set& set) {
         field_of(set, "RawThing", "page").set_label(pb::FieldDescriptorProto::LABEL_REPEATED);
       },
       "'page' is a list of HttpBody"},
      {[](Set& set) {
         for (auto& file : *set.mutable_file()) {
           if (file.name() != "souk/v1/http_body.proto") continue;
           file.mutable_message_type(0)->mutable_field(1)->set_type(
               pb::FieldDescriptorProto::TYPE_STRING);
         }
       },
       "HttpBody is not that of souk/v1"},
  };
  ASSERT_TRUE(build_changed([](Set&) {}).ok());
  for (const auto& [change, message] : cases) {
    const Status status = build_changed(change);
    ASSERT_FALSE(status.ok()) << message;
    EXPECT_EQ(status.code(), Code::invalid_argument);
    EXPECT_THAT(status.message(), HasSubstr(message));
  }
}

TEST(Pool, SaysWhichFileAndSymbolIsWrong) {
  using Set = pb::FileDescriptorSet;
  const std::pair<std::function<void(Set&)>, const char*> cases[] = {
      {[](Set& set) { set.mutable_file()->DeleteSubrange(0, 1); },
       "build it with --include_imports"},
      {[](Set& set) { *set.add_file() = set.file(0); }, "twice"},
      {[](Set& set) { main_file(set).add_dependency(main_file(set).name()); }, "imports itself"},
      {[](Set& set) { field_of(set, "AllTypes", "child").set_type_name(".no.Such"); },
       "AllTypes.child"},
      {[](Set& set) { field_of(set, "AllTypes", "d").set_number(0); }, "AllTypes.d"},
      {[](Set& set) { rules_of(set, "AllTypes", "text").set_min(1); },
       "min and max are for numbers"},
      {[](Set& set) { rules_of(set, "Ruled", "limit").set_max(0); },
       "Ruled.limit: min is above max"},
      {[](Set& set) { rules_of(set, "AllTypes", "d").set_pattern("x"); }, "are for strings"},
      {[](Set& set) { rules_of(set, "AllTypes", "text").set_pattern("("); },
       "AllTypes.text: pattern"},
      {[](Set& set) { rules_of(set, "AllTypes", "d").set_max_length(1); }, "max_length is for"},
      {[](Set& set) { rules_of(set, "AllTypes", "d").set_max_items(1); }, "max_items is for lists"},
      {[](Set& set) { rules_of(set, "AllTypes", "i32").set_duration(true); },
       "duration is for int64"},
      {[](Set& set) { rules_of(set, "Ruled", "limit").set_default_value("101"); },
       "default_value is 101"},
      {[](Set& set) { rules_of(set, "Ruled", "after").set_default_value("60"); }, "has no unit"},
      {[](Set& set) { rules_of(set, "AllTypes", "child").set_default_value("{}"); }, "for scalars"},
      {[](Set& set) { route_of(set, 0).set_get("/t1/{nothing}"); }, "{nothing}, which is no field"},
      {[](Set& set) { route_of(set, 0).set_get("/t1/{filter}"); }, "must be a scalar field"},
      {[](Set& set) { route_of(set, 0).set_get("/t1/a{id}"); }, "must be a whole segment"},
      {[](Set& set) { route_of(set, 0).set_get("t1"); }, "must begin with /"},
      {[](Set& set) { route_of(set, 0).set_get("/t1:"); }, "the verb after the colon is missing"},
      {[](Set& set) { route_of(set, 0).clear_pattern(); }, "the route has no path"},
      {[](Set& set) { route_of(set, 0).set_body("*"); }, "GET has no body"},
      {[](Set& set) { route_of(set, 0).set_scope("everyone"); }, "'everyone' is not one of"},
      {[](Set& set) { route_of(set, 1).set_body("nothing"); }, "which is no field of"},
      {[](Set& set) { route_of(set, 1).set_status(404); }, "status 404 is no success"},
      {[](Set& set) {
         main_file(set).mutable_service(0)->mutable_method(0)->set_server_streaming(true);
       },
       "streaming methods are not supported"},
      {[](Set& set) {
         auto& options = *main_file(set).mutable_message_type(0)->mutable_options();
         options.MutableExtension(souk::v1::message)->set_settings(true);
       },
       "is marked as settings"},
      {[](Set& set) {
         auto& options = *main_file(set).mutable_message_type(0)->mutable_options();
         options.MutableExtension(souk::v1::message)->add_cross_checks("d <= text");
       },
       "both sides must be fields"},
      {[](Set& set) {
         auto& options = *main_file(set).mutable_message_type(0)->mutable_options();
         options.MutableExtension(souk::v1::message)->add_cross_checks("d is f");
       },
       "has none of the operators"},
  };
  ASSERT_TRUE(build_changed([](Set&) {}).ok());
  for (const auto& [change, message] : cases) {
    const Status status = build_changed(change);
    ASSERT_FALSE(status.ok()) << message;
    EXPECT_EQ(status.code(), Code::invalid_argument);
    EXPECT_THAT(status.message(), HasSubstr(message));
  }
}

TEST(Pool, DamagedSetsNeverCrash) {
  std::mt19937_64 random(23);
  const std::string good =
      testing::descriptor_set_of(*souk::schema_test::AllTypes::descriptor()->file());
  for (int i = 0; i < 300; ++i) {
    std::string damaged = good;
    for (int k = 0; k < 3; ++k)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    (void)DescriptorPool::build(damaged);
  }
}

TEST(Pool, FindsWhatItHolds) {
  const DescriptorPool& pool = testing::test_pool();
  EXPECT_EQ(pool.message("souk.schema_test.Nothing"), nullptr);
  EXPECT_EQ(pool.settings(), pool.message("souk.schema_test.Ruled"));
  EXPECT_NE(pool.message("souk.schema_test.Ruled.Inner"), nullptr);
  EXPECT_NE(pool.enumeration("souk.schema_test.Colour"), nullptr);
  EXPECT_EQ(pool.enumeration("souk.schema_test.Color"), nullptr);
  EXPECT_EQ(pool.service("souk.schema_test.Nothing"), nullptr);
  EXPECT_EQ(DescriptorPool::builtin().settings(), nullptr);
  const MessageTable& all = testing::all_types();
  EXPECT_EQ(all.find("child_"), nullptr);
  EXPECT_EQ(all.find("far_away"), all.find(536870911u));
  EXPECT_EQ(all.find(536870910u), nullptr);
  EXPECT_EQ(all.find(18u), nullptr);
  EXPECT_EQ(all.find("maybeNumber")->oneof, -1);
  EXPECT_EQ(all.find("choiceText")->oneof, 0);
  const MessageTable& event = *DescriptorPool::builtin().message("souk.v1.Event");
  EXPECT_THAT(event.find("id")->doc, HasSubstr("unique within the store"));
}

TEST(Pool, EveryNameOfTheSchemasIsFound) {
  for (const DescriptorPool* pool : {&DescriptorPool::builtin(), &testing::test_pool()}) {
    for (const MessageTable* table : pool->messages()) {
      for (const Field& field : table->fields) {
        EXPECT_EQ(table->find(field.json_name), &field) << table->full_name << field.name;
        EXPECT_EQ(table->find(field.name), &field);
        EXPECT_EQ(table->find(field.number), &field);
        EXPECT_EQ(table->find(field.name + "x"), nullptr);
      }
    }
  }
}

TEST(NameIndexes, HoldManyAndRefuseTheRest) {
  std::mt19937_64 random(4);
  std::vector<std::string> names;
  for (int i = 0; i < 600; ++i)
    names.push_back("field_" + std::to_string(random() % 100000));
  std::vector<NameIndex::Entry> entries;
  for (std::size_t i = 0; i < names.size(); ++i) {
    entries.push_back({names[i], static_cast<std::uint16_t>(i)});
  }
  NameIndex index;
  index.build(entries);
  for (const std::string& name : names) {
    const int at = index.find(name);
    ASSERT_GE(at, 0);
    EXPECT_EQ(names[static_cast<std::size_t>(at)], name);
  }
  EXPECT_EQ(index.find("field_"), -1);
  EXPECT_EQ(index.find(""), -1);
  // Names that differ only where the hash does not look are found all the same.
  entries = {{"aaaaaaaaXaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0},
             {"aaaaaaaaYaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1}};
  index.build(entries);
  EXPECT_EQ(index.find(entries[1].name), 1);
  EXPECT_EQ(index.find("aaaaaaaaZaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), -1);
  index.build({});
  EXPECT_EQ(index.find("x"), -1);
}

}  // namespace
}  // namespace souk::schema
